package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/tenants"
)

func TestAnOwnerCannotResumeWhatAnOperatorSuspended(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	o := r.orgs[r.contoso.ID]
	o.State, o.SuspendedBy = tenants.Suspended, tenants.ByOperator
	r.orgs[r.contoso.ID] = o
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	path := "/api/organizations/" + r.contoso.Slug.String()
	resume := func() (int, string) {
		w := b.get(path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"suspendedBy":"operator"`) && !strings.Contains(w.Body.String(), `"state":"active"`) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		w = b.send(http.MethodPost, path+"/resume", "", map[string]string{"If-Match": w.Header().Get("ETag")})
		return w.Code, w.Body.String()
	}
	if code, body := resume(); code != http.StatusConflict || !strings.Contains(body, "ask them") {
		t.Errorf("answers %d %s", code, body)
	}
	for _, step := range [][2]string{{http.MethodDelete, path}, {http.MethodPost, path + "/restore"}} {
		w := b.get(path)
		if w = b.send(step[0], step[1], "", map[string]string{"If-Match": w.Header().Get("ETag")}); w.Code != http.StatusOK {
			t.Fatalf("%s answers %d %s", step, w.Code, w.Body)
		}
	}
	if code, body := resume(); code != http.StatusConflict || !strings.Contains(body, "ask them") {
		t.Errorf("after deleting and restoring it answers %d %s", code, body)
	}
}

func TestDoctorTakesATokenOnceAndRepeatsItNowhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	path := "/api/organizations/" + r.contoso.Slug.String() + "/doctor"
	for _, body := range []string{"", "{}", `{"graphToken":"eyJ.a-token-for-graph"}`} {
		w := b.send(http.MethodPost, path, body, nil)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "a-token-for-graph") || !strings.Contains(w.Body.String(), `"notChecked":[]`) {
			t.Errorf("%s answers %d %s", body, w.Code, w.Body)
		}
	}
	if want := []string{"", "", "eyJ.a-token-for-graph"}; !slices.Equal(r.graphTokens, want) {
		t.Errorf("the doctor was given %q", r.graphTokens)
	}
	if strings.Contains(r.log.String(), "a-token-for-graph") {
		t.Error("the log holds the token")
	}
}

func TestClaimSaysWhetherItJoined(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	delete(r.orgs, r.contoso.ID)
	b := r.as(t, r.person(r.contoso, ""))
	w := b.send(http.MethodPost, "/api/organizations", `{"slug":"contoso","name":"Contoso"}`, nil)
	if w.Code != http.StatusCreated || !strings.Contains(w.Body.String(), `"state":"pending"`) || !strings.Contains(w.Body.String(), `"joined":false`) {
		t.Errorf("answers %d %s", w.Code, w.Body)
	}
}
