package console_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const requests = contoso + "/access-requests"

// wish is the request of somebody of an organization.
func wish(r *rig, person tenants.GUID) tenants.AccessRequest {
	return tenants.AccessRequest{
		ID: tenants.NewGUID(), Person: tenants.Person{OID: person, Name: "Alice"}, Username: "alice@x.example", Reason: "to pay", State: tenants.AccessAsked,
		MadeAt: r.at(), ExpiresAt: r.at().Add(time.Hour),
	}
}

// AskAccess implements console.AccessRequestStore.
func (m *memory) AskAccess(_ context.Context, by authz.Caller, a tenants.AccessRequest) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a.State, a.MadeAt, a.ExpiresAt = tenants.AccessAsked, m.at(), m.at().Add(tenants.AccessRequestLife)
	m.wishes[by.Org()] = append(slices.DeleteFunc(m.wishes[by.Org()], func(o tenants.AccessRequest) bool { return o.Person.OID == a.Person.OID }), a)
	m.wrote = append(m.wrote, by)
	return m.tooSoon
}

// AccessRequests implements console.AccessRequestStore.
func (m *memory) AccessRequests(_ context.Context, org tenants.ID) ([]tenants.AccessRequest, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.wishes[org]), func(r tenants.AccessRequest) bool { return !r.Waits(m.at()) }), nil
}

// AccessRequestOf implements console.AccessRequestStore.
func (m *memory) AccessRequestOf(_ context.Context, org tenants.ID, person tenants.GUID) (tenants.AccessRequest, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.wishes[org] {
		if r.Person.OID == person {
			return r, nil
		}
	}
	return tenants.AccessRequest{}, errNone
}

// AnswerAccess implements console.AccessRequestStore.
func (m *memory) AnswerAccess(_ context.Context, by authz.Caller, id tenants.GUID, state tenants.AccessRequestState, said string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, r := range m.wishes[by.Org()] {
		if r.ID == id && !r.Waits(m.at()) && state != tenants.AccessWithdrawn {
			return fault.New(fault.Conflict, "answered")
		}
		if r.ID == id && r.Waits(m.at()) && (state != tenants.AccessWithdrawn || r.Person.OID == by.Identity().OID) {
			m.wishes[by.Org()][i].State, m.wishes[by.Org()][i].Answer = state, said
			m.wrote = append(m.wrote, by)
			return nil
		}
	}
	return errNone
}

// ApproveAccess implements console.AccessRequestStore.
func (m *memory) ApproveAccess(ctx context.Context, by authz.Caller, id tenants.GUID, said string, give func(*access.Configuration, tenants.AccessRequest) error) error {
	at := slices.IndexFunc(m.wishes[by.Org()], func(r tenants.AccessRequest) bool { return r.ID == id && r.Waits(m.at()) })
	if at < 0 {
		return m.AnswerAccess(ctx, by, id, tenants.AccessApproved, said)
	}
	asked := m.wishes[by.Org()][at]
	if _, err := m.EditAccess(ctx, by, "", func(a *access.Configuration) error { return give(a, asked) }); err != nil {
		return err
	}
	return m.AnswerAccess(ctx, by, id, tenants.AccessApproved, said)
}

func TestSomebodyWithoutARoleAsksForAccess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bob := r.person(r.contoso, "")
	b := r.as(t, bob)
	var own console.Page[console.AccessRequest]
	if b.read("/api/me/access-requests", &own); len(own.Items) != 0 {
		t.Errorf("%+v", own)
	}
	w := b.send(http.MethodPost, "/api/me/access-requests", `{"reason":"I do <b>payroll</b> now"}`, nil)
	want(t, w, http.StatusOK)
	if b.read("/api/me/access-requests", &own); len(own.Items) != 1 || own.Items[0].Reason != "I do <b>payroll</b> now" || own.Items[0].State != tenants.AccessAsked || own.Items[0].Person.OID != bob.OID {
		t.Fatalf("%+v", own)
	}
	if len(r.wrote) != 1 || r.wrote[0].Identity().OID != bob.OID || r.wrote[0].Org() != r.contoso.ID {
		t.Errorf("written by %v", r.wrote)
	}
	var all console.Page[console.AccessRequest]
	r.as(t, r.person(r.contoso, tenants.Admin)).read(requests, &all)
	if !slices.ContainsFunc(all.Items, func(a console.AccessRequest) bool { return a.ID == own.Items[0].ID }) {
		t.Errorf("%+v", all)
	}
	want(t, b.send(http.MethodDelete, "/api/me/access-requests/"+own.Items[0].ID.String(), "", nil), http.StatusNoContent)
	want(t, b.send(http.MethodDelete, "/api/me/access-requests/"+own.Items[0].ID.String(), "", nil), http.StatusNotFound)
}

func TestReasonsAreOneLine(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, admin := r.as(t, r.person(r.contoso, "")), r.as(t, r.person(r.contoso, tenants.Admin))
	waiting := requests + "/" + r.wishes[r.contoso.ID][0].ID.String()
	for _, bad := range []string{"", strings.Repeat("x", 501), `two\nlines`, `turned \u202e round`} {
		want(t, b.send(http.MethodPost, "/api/me/access-requests", `{"reason":"`+bad+`"}`, nil), http.StatusUnprocessableEntity)
		want(t, admin.send(http.MethodPost, waiting+"/dismiss", `{"reason":"`+bad+`"}`, nil), http.StatusUnprocessableEntity)
		if bad != "" {
			want(t, admin.send(http.MethodPost, waiting+"/approve", `{"answer":"`+bad+`"}`, nil), http.StatusUnprocessableEntity)
		}
	}
	if len(r.wrote) > 0 {
		t.Error("something was written")
	}
}

func TestAccessRequestsAreNobodyElses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	theirs := r.wishes[r.contoso.ID][0]
	for who, p := range map[string]console.Person{
		"an owner": r.person(r.contoso, tenants.Owner), "the same object id of another directory": {TID: r.other.TID, OID: theirs.Person.OID}, "an operator": r.operator(),
	} {
		b := r.as(t, p)
		if w := b.send(http.MethodDelete, "/api/me/access-requests/"+theirs.ID.String(), "", nil); w.Code != http.StatusNotFound {
			t.Errorf("%s is answered %d %s", who, w.Code, w.Body)
		}
		if w := b.get("/api/me/access-requests"); strings.Contains(w.Body.String(), theirs.ID.String()) {
			t.Errorf("%s reads %s", who, w.Body)
		}
	}
	if len(r.wrote) > 0 {
		t.Error("something was withdrawn")
	}
}

func TestAdminsAnswerWhatOthersAskFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	carol := r.person(r.contoso, tenants.Admin)
	mine := wish(r, carol.OID)
	r.wishes[r.contoso.ID] = append(r.wishes[r.contoso.ID], mine)
	theirs := r.wishes[r.contoso.ID][0].ID.String()
	b := r.as(t, carol)
	for act, body := range map[string]string{"approve": `{}`, "dismiss": `{"reason":"because"}`} {
		if w := b.send(http.MethodPost, requests+"/"+mine.ID.String()+"/"+act, body, nil); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "your own request") {
			t.Errorf("%s one's own: %d %s", act, w.Code, w.Body)
		}
	}
	want(t, b.send(http.MethodPost, requests+"/"+theirs+"/dismiss", `{"reason":"ask in March"}`, nil), http.StatusNoContent)
	if got := r.wishes[r.contoso.ID][0]; got.State != tenants.AccessDismissed || got.Answer != "ask in March" {
		t.Errorf("%+v", got)
	}
	want(t, b.send(http.MethodPost, requests+"/"+theirs+"/approve", `{}`, nil), http.StatusConflict)
	want(t, b.send(http.MethodPost, requests+"/"+tenants.NewGUID().String()+"/approve", `{}`, nil), http.StatusNotFound)
	r.tooSoon = fault.New(fault.Limited, "you asked a few minutes ago")
	want(t, r.as(t, r.person(r.contoso, "")).send(http.MethodPost, "/api/me/access-requests", `{"reason":"again"}`, nil), http.StatusTooManyRequests)
}

// TestARoleIsGivenWithTheAnswer and to whom asks, whatever else the body says.
func TestARoleIsGivenWithTheAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	carol := r.person(r.contoso, tenants.Admin)
	b := r.as(t, carol)
	asked := r.wishes[r.contoso.ID][0]
	role := r.access[r.contoso.ID].Rules.Roles[0].ID
	given := func() []authz.Assignment {
		return slices.DeleteFunc(slices.Clone(r.access[r.contoso.ID].Rules.Assignments), func(a authz.Assignment) bool { return a.Subject.Value != asked.Person.OID.String() })
	}
	approve := requests + "/" + asked.ID.String() + "/approve"
	want(t, b.send(http.MethodPost, approve, `{"role":"`+tenants.NewGUID().String()+`"}`, nil), http.StatusUnprocessableEntity)
	if len(given()) > 0 || r.wishes[r.contoso.ID][0].State != tenants.AccessAsked {
		t.Fatalf("a role that is not there was given: %+v", given())
	}
	want(t, b.send(http.MethodPost, approve, `{"role":"`+role.String()+`","answer":"go on"}`, nil), http.StatusNoContent)
	if got := given(); len(got) != 1 || got[0].Role != role || got[0].Subject.Kind != authz.SubjectPerson || got[0].Name != asked.Person.Name || !got[0].EndsAt.IsZero() {
		t.Errorf("given is %+v", got)
	}
	if got := r.wishes[r.contoso.ID][0]; got.State != tenants.AccessApproved || got.Answer != "go on" {
		t.Errorf("%+v", got)
	}
	want(t, b.send(http.MethodPost, approve, `{"role":"`+role.String()+`"}`, nil), http.StatusConflict)
	if len(given()) != 1 {
		t.Errorf("given is %+v", given())
	}
	mine := wish(r, carol.OID)
	r.wishes[r.contoso.ID] = append(r.wishes[r.contoso.ID], mine)
	want(t, b.send(http.MethodPost, requests+"/"+mine.ID.String()+"/approve", `{"role":"`+role.String()+`"}`, nil), http.StatusForbidden)
	viewer := r.as(t, r.person(r.contoso, tenants.Viewer))
	want(t, viewer.send(http.MethodPost, approve, `{"role":"`+role.String()+`"}`, nil), http.StatusForbidden)
}
