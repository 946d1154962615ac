package console_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// bodyBook is what the fake keeps of one organization's permissions to read bodies.
type bodyBook struct {
	grants   []tenants.BodyGrant
	readings []search.Reading
	closed   bool // but to whom it was granted
}

func (m *memory) book(org tenants.ID) *bodyBook {
	if m.books == nil {
		m.books = map[tenants.ID]*bodyBook{}
	}
	if m.books[org] == nil {
		m.books[org] = &bodyBook{grants: []tenants.BodyGrant{{
			ID: tenants.MustGUID(org.String()), Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.NewGUID()}, Reason: "an older question", GrantedAt: start, BeginsAt: start, EndsAt: start.Add(time.Hour),
		}}}
	}
	return m.books[org]
}

func (m *memory) BodyGrants(_ context.Context, org tenants.ID) ([]tenants.BodyGrant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.book(org).grants), m.broken
}

func (m *memory) GrantBodies(_ context.Context, by authz.Caller, g tenants.BodyGrant) (tenants.BodyGrant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g.GrantedAt, g.BeginsAt = start, start
	if err := g.Validate(start); err != nil {
		return g, err
	}
	m.wrote = append(m.wrote, by)
	m.book(by.Org()).grants = append(m.book(by.Org()).grants, g)
	return g, m.broken
}

func (m *memory) WithdrawBodies(_ context.Context, by authz.Caller, id tenants.GUID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.IndexFunc(m.book(by.Org()).grants, func(g tenants.BodyGrant) bool { return g.ID == id })
	if at < 0 {
		return fault.New(fault.NotFound, "there is none")
	}
	m.wrote = append(m.wrote, by)
	m.book(by.Org()).grants[at].Withdrawn = start
	return m.broken
}

func (m *memory) ReadBodies(_ context.Context, by authz.Caller, in search.Reading) (search.Bodies, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, b := m.ledgers[by.Org()], m.book(by.Org())
	if id := l.record.Bytes(); in.Record != audit.ID(id) {
		return search.Bodies{}, fault.New(fault.NotFound, "the log has no such record")
	}
	if b.closed && !slices.ContainsFunc(b.grants, func(g tenants.BodyGrant) bool { return g.Grantee == in.Who }) {
		return search.Bodies{}, fault.New(fault.Forbidden, "you have no permission to read the bodies of calls")
	}
	b.readings = append(b.readings, in)
	return search.Bodies{Seq: 7, Call: in.Record, Bodies: []search.BodyShown{
		{Part: audit.ArgumentsPart, Standing: search.ProvenBody, Text: audit.Text{Form: audit.Full, Bytes: 9, Content: []byte("{\"a\":\"\u202e\"}")}},
		{Part: audit.ResultPart, Standing: search.GoneBody},
	}}, m.broken
}

func TestOnlyOwnersOpenBodiesAndOnlyByName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	auditor := r.person(r.contoso, tenants.Auditor)
	r.book(r.contoso.ID).closed = true
	owner, dan := r.as(t, r.person(r.contoso, tenants.Owner)), r.as(t, auditor)
	reading := contoso + "/log/records/" + r.ledgers[r.contoso.ID].record.String() + "/body"
	const why = `{"reason":"to look into INC-4711"}`
	for _, b := range []*browser{owner, dan} { // no role includes it
		want(t, b.send(http.MethodPost, reading, why, nil), http.StatusForbidden)
	}
	grant := func(kind, id, ends string) string {
		return `{"grantee":{"kind":"` + kind + `","id":"` + id + `"},"reason":"to look into INC-4711","endsAt":"` + ends + `"}`
	}
	soon := start.Add(29 * 24 * time.Hour).Format(time.RFC3339)
	want(t, dan.send(http.MethodPost, contoso+"/body-grants", grant("person", auditor.OID.String(), soon), nil), http.StatusForbidden)
	want(t, owner.send(http.MethodPost, contoso+"/body-grants", grant("group", auditor.OID.String(), soon), nil), http.StatusUnprocessableEntity)
	want(t, owner.send(http.MethodPost, contoso+"/body-grants", grant("person", auditor.OID.String(), start.Add(31*24*time.Hour).Format(time.RFC3339)), nil), http.StatusUnprocessableEntity)
	w := owner.send(http.MethodPost, contoso+"/body-grants", grant("person", auditor.OID.String(), soon), nil)
	want(t, w, http.StatusCreated)
	var made console.BodyGrant
	decode(t, w, &made)
	want(t, owner.send(http.MethodPost, reading, why, nil), http.StatusForbidden)
	want(t, dan.send(http.MethodPost, reading, `{"reason":"short"}`, nil), http.StatusUnprocessableEntity)
	w = dan.send(http.MethodPost, reading, why, nil)
	want(t, w, http.StatusOK)
	if !strings.Contains(w.Body.String(), `\u202e`) {
		t.Errorf("what cannot be seen is shown as %s", w.Body)
	}
	if got := r.book(r.contoso.ID).readings; len(got) != 1 || got[0].Reason != "to look into INC-4711" || got[0].Who != (tenants.Grantee{Kind: tenants.PersonGrantee, ID: auditor.OID}) {
		t.Errorf("read was %+v", got)
	}
	want(t, dan.send(http.MethodPost, contoso+"/body-grants/"+made.ID.String()+"/withdraw", "", nil), http.StatusForbidden)
	want(t, owner.send(http.MethodPost, contoso+"/body-grants/"+made.ID.String()+"/withdraw", "", nil), http.StatusNoContent)
	want(t, owner.send(http.MethodPost, contoso+"/body-grants/"+tenants.NewGUID().String()+"/withdraw", "", nil), http.StatusNotFound)
}
