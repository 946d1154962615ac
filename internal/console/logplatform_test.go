package console_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	common "gatehouse/internal/audit/platform"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// PlatformProofOf is what platformProofs answers.
func (m *memory) PlatformProofOf(org tenants.ID, w common.Wanted) ([]byte, error) {
	if w.Held > 100 {
		return nil, fault.New(fault.NotFound, "not in it yet")
	}
	return fmt.Appendf(nil, "{\"org\":%q,\"held\":%d,\"since\":%d}\n", org, w.Held, w.Since), nil
}

// platformProofs satisfies console.PlatformProofs; memory has a method of that name.
type platformProofs struct{ *memory }

// Organization implements console.PlatformProofs.
func (p platformProofs) Organization(_ context.Context, org tenants.ID, w common.Wanted) ([]byte, error) {
	return p.PlatformProofOf(org, w)
}

func TestProofsOfThePlatformsLogAreOfOnesOwnOrganization(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	w := b.get(ofContoso + "log/platform?held=20&since=9")
	want(t, w, http.StatusOK)
	if got := w.Body.String(); got != fmt.Sprintf("{\"org\":%q,\"held\":20,\"since\":9}\n", r.contoso.ID) || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%s %v", got, w.Header())
	}
	want(t, b.get(ofContoso+"log/platform?held=101"), http.StatusNotFound)
	want(t, b.get(ofContoso+"log/platform?held=-1"), http.StatusUnprocessableEntity)
	want(t, b.get("/api/organizations/fabrikam/log/platform"), http.StatusNotFound)
}

func TestNotNowIsAnAnswerToWhereCheckpointsGo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := ofContoso + "onboarding/checkpoints"
	want(t, r.as(t, r.person(r.contoso, tenants.Auditor)).send(http.MethodPost, path, "", nil), http.StatusForbidden)
	want(t, r.as(t, r.person(r.contoso, tenants.Admin)).send(http.MethodPost, path, "", nil), http.StatusOK)
	r.mu.Lock()
	defer r.mu.Unlock()
	if off := r.orgs[r.contoso.ID].CheckpointsPutOff; !off.Equal(start) {
		t.Errorf("it was put off at %s", off)
	}
}
