package console_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// held returns the holds of an organization: one of its own that every rig begins with,
// and those that were set.
func (m *memory) held(org tenants.ID) []tenants.Hold {
	if m.holds == nil {
		m.holds = map[tenants.ID][]tenants.Hold{}
	}
	if _, there := m.holds[org]; !there {
		m.holds[org] = []tenants.Hold{{ID: tenants.GUID(org), Reason: "Contoso ./. Fabrikam", From: tenants.MonthOf(start), SetAt: start}}
	}
	return m.holds[org]
}

func (m *memory) Holds(_ context.Context, org tenants.ID) ([]tenants.Hold, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.held(org)), m.broken
}

func (m *memory) SetHold(_ context.Context, by authz.Caller, h tenants.Hold) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := h.Validate(); err != nil {
		return err
	}
	m.wrote = append(m.wrote, by)
	h.SetAt = m.at()
	m.holds[by.Org()] = append(m.held(by.Org()), h)
	return m.broken
}

func (m *memory) LiftHold(_ context.Context, by authz.Caller, id tenants.GUID, why string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.IndexFunc(m.held(by.Org()), func(h tenants.Hold) bool { return h.ID == id })
	if at < 0 {
		return errNone
	}
	m.wrote = append(m.wrote, by)
	m.lifted = why
	m.holds[by.Org()] = slices.Delete(m.holds[by.Org()], at, at+1)
	return m.broken
}

// Erasures implements console.Erasures: whoever is asked for waits.
func (m *memory) Erasures(_ context.Context, org tenants.ID) ([]console.ErasureOf, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.toErase(org), m.broken
}

func (m *memory) toErase(org tenants.ID) []console.ErasureOf {
	if m.erasures == nil {
		m.erasures = map[tenants.ID][]console.ErasureOf{}
	}
	if _, there := m.erasures[org]; !there {
		m.erasures[org] = []console.ErasureOf{{Erasure: tenants.Erasure{ID: tenants.GUID(org), AskedAt: start}, Person: tenants.GUID(org)}}
	}
	return m.erasures[org]
}

func (m *memory) Ask(_ context.Context, by authz.Caller, id tenants.GUID, n console.NewErasure) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wrote = append(m.wrote, by)
	m.erasures[by.Org()] = append(m.toErase(by.Org()), console.ErasureOf{Erasure: tenants.Erasure{ID: id, AskedAt: m.at()}, Person: n.Person, Names: n.Names})
	return m.broken
}

func (m *memory) RestoreHold(_ context.Context, by authz.Caller, id tenants.GUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.IndexFunc(m.held(by.Org()), func(h tenants.Hold) bool { return h.ID == id })
	if at < 0 {
		return errNone
	}
	m.wrote = append(m.wrote, by)
	m.holds[by.Org()][at].EndsAt = time.Time{}
	return m.broken
}

func (m *memory) Approve(_ context.Context, by authz.Caller, id tenants.GUID, again console.ApprovedErasure) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.toErase(by.Org())
	at := slices.IndexFunc(all, func(e console.ErasureOf) bool { return e.ID == id })
	if at < 0 {
		return fault.New(fault.NotFound, "there is no such erasure")
	}
	m.wrote = append(m.wrote, by)
	m.confirmed, m.counted = again.Person, again.Names
	all[at].ApprovedAt, all[at].ApprovedBy = m.at(), by.Identity().OID
	return m.broken
}

func (m *memory) Withdraw(_ context.Context, by authz.Caller, id tenants.GUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.toErase(by.Org())
	at := slices.IndexFunc(all, func(e console.ErasureOf) bool { return e.ID == id })
	if at < 0 {
		return fault.New(fault.NotFound, "there is no such erasure")
	}
	m.wrote = append(m.wrote, by)
	m.erasures[by.Org()] = slices.Delete(all, at, at+1)
	return m.broken
}

func TestOwnersSetAndWithdrawHolds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	w := b.send(http.MethodPost, contoso+"/holds", `{"reason":"a lawsuit","from":"2026-01","until":"2026-03"}`, nil)
	want(t, w, http.StatusCreated)
	var made console.Hold
	decode(t, w, &made)
	set := r.held(r.contoso.ID)[1]
	if made.ID != set.ID || made.From != "2026-01" || made.Until != "2026-03" || set.Reason != "a lawsuit" || set.From.String() != "2026-01" || set.Until.String() != "2026-03" {
		t.Errorf("made %+v, set %+v", made, set)
	}
	want(t, b.send(http.MethodPost, contoso+"/holds/"+made.ID.String()+"/withdraw", `{"reason":"settled"}`, nil), http.StatusNoContent)
	if len(r.held(r.contoso.ID)) != 1 || r.lifted != "settled" {
		t.Errorf("%+v is left, %q", r.held(r.contoso.ID), r.lifted)
	}
	want(t, b.send(http.MethodPost, contoso+"/holds/"+made.ID.String()+"/withdraw", `{"reason":"settled"}`, nil), http.StatusNotFound)
	for body, says := range map[string]string{
		`{"reason":"x","from":"2026-13"}`:                   "is no month",
		`{"reason":"x","from":"2026-02","until":"2026-01"}`: "is before 2026-02",
		`{"reason":" "}`: "what the hold is for",
		`{}`:             "reason",
	} {
		if w := b.send(http.MethodPost, contoso+"/holds", body, nil); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s is answered %d %s", body, w.Code, w.Body)
		}
	}
}

func TestAHoldThatWasWithdrawnIsShownAndRestored(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.held(r.contoso.ID)[0].EndsAt = start.Add(time.Hour)
	id := r.held(r.contoso.ID)[0].ID
	owner := r.as(t, r.person(r.contoso, tenants.Owner))
	var all console.Page[console.Hold]
	owner.read(contoso+"/holds", &all)
	if got := all.Items[0].EndsAt; got == nil || !got.Equal(start.Add(time.Hour)) {
		t.Errorf("it ends at %v", got)
	}
	at := contoso + "/holds/" + id.String() + "/restore"
	want(t, r.as(t, r.person(r.contoso, tenants.Admin)).send(http.MethodPost, at, ``, nil), http.StatusForbidden)
	want(t, owner.send(http.MethodPost, at, ``, nil), http.StatusNoContent)
	if !r.held(r.contoso.ID)[0].EndsAt.IsZero() {
		t.Error("it still ends")
	}
}

func TestHoldsAreSetWhereTheOrganizationIsDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setState(tenants.Deleted)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	want(t, b.send(http.MethodPost, contoso+"/holds", `{"reason":"a lawsuit"}`, nil), http.StatusCreated)
	want(t, b.get(contoso+"/holds"), http.StatusOK)
	want(t, b.send(http.MethodPost, contoso+"/holds/"+r.held(r.contoso.ID)[1].ID.String()+"/withdraw", `{"reason":"settled"}`, nil), http.StatusNoContent)
}

func TestAnErasureIsAskedForAndApprovedWithThePersonTypedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.pass(time.Minute)
	admin, owner := r.as(t, r.person(r.contoso, tenants.Admin)), r.as(t, r.person(r.contoso, tenants.Owner))
	w := admin.send(http.MethodPost, contoso+"/erasures", `{"person":"`+alice.String()+`","names":["Alice Arden"]}`, nil)
	want(t, w, http.StatusCreated)
	if strings.Contains(w.Body.String(), alice.String()) {
		t.Errorf("the answer, which is kept, names the person: %s", w.Body)
	}
	var made console.Erasure
	decode(t, w, &made)
	at := contoso + "/erasures/" + made.ID.String()
	want(t, admin.send(http.MethodPost, at+"/approve", `{"person":"`+alice.String()+`","names":1}`, nil), http.StatusForbidden)
	want(t, owner.send(http.MethodPost, at+"/approve", `{}`, nil), http.StatusUnprocessableEntity)
	want(t, owner.send(http.MethodPost, at+"/approve", `{"person":"`+alice.String()+`"}`, nil), http.StatusUnprocessableEntity)
	var shown console.Page[console.Erasure]
	owner.read(contoso+"/erasures", &shown)
	if got := shown.Items[1].Names; !slices.Equal(got, []string{"Alice Arden"}) {
		t.Errorf("who approves is shown the names %q", got)
	}
	shown = console.Page[console.Erasure]{}
	admin.read(contoso+"/erasures", &shown)
	if got := shown.Items[1].Names; got != nil {
		t.Errorf("an admin is shown the names %q", got)
	}
	want(t, owner.send(http.MethodPost, at+"/approve", `{"person":"`+alice.String()+`","names":1}`, nil), http.StatusNoContent)
	var all console.Page[console.Erasure]
	admin.read(contoso+"/erasures", &all)
	if got := all.Items[1]; r.confirmed != alice || r.counted != 1 || got.State != "approved" || got.Person == nil || *got.Person != alice {
		t.Errorf("%+v, confirmed as %s", got, r.confirmed)
	}
	all = console.Page[console.Erasure]{}
	r.as(t, r.person(r.contoso, tenants.Viewer)).read(contoso+"/erasures", &all)
	if got := all.Items[1]; got.State != "approved" || got.Person != nil {
		t.Errorf("a viewer is shown %+v", got)
	}
	done := r.erasures[r.contoso.ID]
	done[1].DoneAt, done[1].Person = r.at(), tenants.GUID{}
	admin.read(contoso+"/erasures", &all)
	if got := all.Items[1]; got.State != "done" || got.Person != nil {
		t.Errorf("%+v", got)
	}
	want(t, admin.send(http.MethodPost, contoso+"/erasures", `{"person":"`+tenants.GUID{}.String()+`"}`, nil), http.StatusUnprocessableEntity)
}

func TestAShorterRetentionIsShownUntilItIsInEffect(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	settings := `{"name":"contoso","origins":[],"membership":{"softSeconds":60,"hardSeconds":3600},"log":{"retentionMonths":`
	put := func(months string) console.Organization {
		t.Helper()
		w := b.send(http.MethodPut, contoso, settings+months+`}}`, map[string]string{"If-Match": b.get(contoso).Header().Get("ETag")})
		want(t, w, http.StatusOK)
		var o console.Organization
		decode(t, w, &o)
		return o
	}
	if o := put("25"); o.Log.RetentionMonths != 25 || o.Log.Shortened != nil {
		t.Errorf("longer: %+v", o.Log)
	}
	o := put("6")
	if s := o.Log.Shortened; o.Log.RetentionMonths != 6 || s == nil || s.EffectiveMonths != 25 || !s.From.Equal(r.at().Add(7*24*time.Hour)) {
		t.Errorf("shorter: %+v", o.Log)
	}
	for _, months := range []string{"0", "121"} {
		w := b.send(http.MethodPut, contoso, settings+months+`}}`, map[string]string{"If-Match": b.get(contoso).Header().Get("ETag")})
		want(t, w, http.StatusUnprocessableEntity)
	}
}
