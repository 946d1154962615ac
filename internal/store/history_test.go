package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/asof"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func init() {
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"KeepHistory": func(t *testing.T, p pair) {
			t.Helper()
			if _, err := p.db.ConfigurationAt(t.Context(), p.a.ID, time.Now()); fault.KindOf(err) != fault.Internal {
				t.Errorf("without a box: %v", err)
			}
			p.db.KeepHistory(testBox(t))
		},
		"ConfigurationAt": func(t *testing.T, _ pair) {
			t.Helper()
			h := newHistory(t)
			h.grant(t, "Staff")
			k, err := h.db.ConfigurationAt(t.Context(), h.other.ID, time.Now())
			if err != nil || len(k.Document.Assignments) != 0 || k.Document.Organization.Name != h.other.Name {
				t.Errorf("B reads %+v %v", k.Document.Assignments, err)
			}
		},
		"ForgetConfigurations": func(t *testing.T, _ pair) {
			t.Helper()
			h := newHistory(t)
			h.grant(t, "Staff")
			h.grant(t, "Finance")
			must(t, h.db.ForgetConfigurations(t.Context(), caller(h.other), time.Now()))
			if n := h.kept(t); n != 3 {
				t.Errorf("B has left %d of A's", n)
			}
		},
		"Testify": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.Testify(t.Context(), caller(p.b), membership.Testimony{Person: p.person, Kind: authz.User, At: time.Now(), Source: authz.SourceNone}))
			if people, err := p.db.PeopleAt(t.Context(), p.a.ID, asof.PeopleQuery{At: time.Now().Add(time.Hour), Most: 9}); err != nil || len(people) != 0 {
				t.Errorf("A has %+v %v", people, err)
			}
		},
		"PeopleAt": func(t *testing.T, p pair) {
			t.Helper()
			h := newHistory(t)
			must(t, h.db.Testify(t.Context(), caller(h.org), membership.Testimony{Person: p.person, Kind: authz.User, At: time.Now(), Source: authz.SourceNone}))
			if people, err := h.db.PeopleAt(t.Context(), h.other.ID, asof.PeopleQuery{At: time.Now().Add(time.Hour), Most: 9, People: []tenants.GUID{p.person}}); err != nil || len(people) != 0 {
				t.Errorf("B reads %+v %v", people, err)
			}
		},
		"ForgetSpans": func(t *testing.T, p pair) {
			t.Helper()
			person := rememberPerson(t, p)
			must(t, p.db.Testify(t.Context(), caller(p.b), membership.Testimony{Person: person, Kind: authz.User, At: time.Now(), Source: authz.SourceNone}))
			must(t, p.db.ForgetSpans(t.Context(), caller(p.a), time.Now().Add(time.Hour)))
			if people, err := p.db.PeopleAt(t.Context(), p.b.ID, asof.PeopleQuery{At: time.Now().Add(time.Hour), Most: 9}); err != nil || len(people) != 1 || people[0].Said == nil {
				t.Errorf("A has left B %+v %v", people, err)
			}
		},
		"ForgetPerson": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.db.Testify(t.Context(), caller(p.b), membership.Testimony{Person: p.person, Kind: authz.User, At: time.Now(), Source: authz.SourceNone}))
			must(t, p.db.ForgetPerson(t.Context(), caller(p.a), p.person))
			if people, err := p.db.PeopleAt(t.Context(), p.b.ID, asof.PeopleQuery{At: time.Now().Add(time.Hour), Most: 9}); err != nil || len(people) != 1 {
				t.Errorf("A has left B %+v %v", people, err)
			}
		},
	})
}

func testBox(t *testing.T) *secrets.Box {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{1})
	must(t, err)
	box, err := secrets.NewBox(kek)
	must(t, err)
	return box
}

// history is an organization whose configurations are kept, and another.
type history struct {
	db         *store.DB
	url        string
	box        *secrets.Box
	org, other tenants.Organization
}

func newHistory(t *testing.T) *history {
	t.Helper()
	d := storetest.New(t)
	h := &history{db: d.Open(t), url: d.Superuser, box: testBox(t), org: organization("contoso"), other: organization("fabrikam")}
	h.db.KeepHistory(h.box)
	for _, o := range []tenants.Organization{h.org, h.other} {
		key, err := h.box.NewOrganizationKey(t.Context(), o.ID)
		must(t, err)
		must(t, h.db.ClaimOrganization(t.Context(), caller(o), tenants.NewOrganization{Organization: o, WrappedKey: key, Credential: []byte("encrypted"), Owner: owner()}))
	}
	return h
}

// grant adds a role that everybody has.
func (h *history) grant(t *testing.T, role string) {
	t.Helper()
	_, err := h.db.EditAccess(t.Context(), caller(h.org), "role added", func(c *access.Configuration) error {
		r := authz.Role{ID: tenants.NewGUID(), Name: role, Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"*"}}}}
		c.Rules.Roles = append(c.Rules.Roles, r)
		c.Rules.Assignments = append(c.Rules.Assignments, authz.Assignment{Role: r.ID, Subject: authz.Subject{Kind: authz.SubjectEverybody}})
		return nil
	})
	must(t, err)
}

func (h *history) kept(t *testing.T) int {
	t.Helper()
	return len(column(t, connect(t, h.url), "SELECT version::text FROM configurations WHERE org_id = $1", h.org.ID.String()))
}

func (h *history) records(t *testing.T) (list []audit.Record) {
	t.Helper()
	must(t, h.db.Records(t.Context(), nil, h.org.ID, tenants.GUID{}, func(s store.StoredRecord) error {
		r, err := audit.Decode(s.Payload)
		list = append(list, r)
		return err
	}))
	return list
}

func roleNames(k asof.Kept) (names []string) {
	for _, r := range k.Document.Roles {
		names = append(names, r.Name)
	}
	return names
}

// TestEachChangeKeepsWhatItLeadsTo: the record of the change commits to it, and it
// can be read as it was at any instant since.
func TestEachChangeKeepsWhatItLeadsTo(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	h.grant(t, "Staff")
	h.grant(t, "Finance")
	records := h.records(t)
	if len(records) != 3 {
		t.Fatalf("%d records", len(records))
	}
	for i, want := range [][]string{nil, {"Staff"}, {"Finance", "Staff"}} {
		r := records[i]
		k, err := h.db.ConfigurationAt(t.Context(), h.org.ID, r.At)
		must(t, err)
		if got := roleNames(k); !slices.Equal(got, want) || k.Record != r.ID.String() || audit.Digest(k.Digest) != r.Configuration || !k.Since.Equal(r.At) {
			t.Errorf("at %s: roles %q of %s, whose record commits to %x; want %q", r.At, got, k.Record, r.Configuration, want)
		}
	}
	_, err := h.db.ConfigurationAt(t.Context(), h.org.ID, records[0].At.Add(-time.Microsecond))
	if fault.KindOf(err) != fault.NotFound {
		t.Errorf("before the first: %v", err)
	}
}

// TestRulesOnRecordAreTheRulesThatWere: what is read compiles to the rules that were.
func TestRulesOnRecordAreTheRulesThatWere(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	h.grant(t, "Staff")
	now, err := h.db.Access(t.Context(), h.org.ID)
	must(t, err)
	k, err := h.db.ConfigurationAt(t.Context(), h.org.ID, time.Now())
	must(t, err)
	then := k.Rules()
	if len(then.Assignments) != 1 || then.Assignments[0] != now.Rules.Assignments[0] || then.Roles[0].ID != now.Rules.Roles[0].ID || then.Scope != h.org.Connection.Scope {
		t.Errorf("then %+v, now %+v", then, now.Rules)
	}
}

func TestConfigurationThatComesBackIsKeptOnce(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	for _, name := range []string{"A", "B", "A"} {
		_, err := h.db.EditOrganization(t.Context(), caller(h.org), "renamed", func(o *tenants.Organization) error { o.Name = name; return nil })
		must(t, err)
	}
	documents := column(t, connect(t, h.url), "SELECT encode(digest, 'hex') FROM configuration_documents WHERE org_id = $1", h.org.ID.String())
	if h.kept(t) != 4 || len(documents) != 3 {
		t.Errorf("%d kept in %d documents", h.kept(t), len(documents))
	}
}

// TestWhatIsOnRecordIsEncryptedAndGuarded: the name of a role is in no table of the history.
func TestWhatIsOnRecordIsEncryptedAndGuarded(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	h.grant(t, "Staff")
	conn := connect(t, h.url)
	plain := column(t, conn, "SELECT 'x' FROM configuration_documents WHERE position(convert_to('Staff', 'UTF8') IN ciphertext) > 0 OR position(convert_to('allow', 'UTF8') IN ciphertext) > 0")
	if len(plain) > 0 {
		t.Error("it can be read in the database")
	}
	if _, err := conn.Exec(t.Context(), `UPDATE configuration_documents d SET ciphertext = o.ciphertext FROM configuration_documents o
		WHERE d.org_id = o.org_id AND d.digest <> o.digest AND d.org_id = $1`, h.org.ID.String()); err != nil {
		t.Fatal(err)
	}
	if k, err := h.db.ConfigurationAt(t.Context(), h.org.ID, time.Now()); err == nil {
		t.Errorf("another configuration is taken for it: %+v", roleNames(k))
	}
}

func TestForgettingLeavesWhatHeldThen(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	h.grant(t, "Staff")
	h.grant(t, "Finance")
	records := h.records(t)
	must(t, h.db.ForgetConfigurations(t.Context(), caller(h.org), records[2].At.Add(-time.Microsecond)))
	if _, err := h.db.ConfigurationAt(t.Context(), h.org.ID, records[0].At); fault.KindOf(err) != fault.NotFound {
		t.Errorf("what was replaced before is there: %v", err)
	}
	k, err := h.db.ConfigurationAt(t.Context(), h.org.ID, records[1].At)
	if err != nil || !slices.Equal(roleNames(k), []string{"Staff"}) {
		t.Errorf("what held then: %v %v", roleNames(k), err)
	}
	documents := column(t, connect(t, h.url), "SELECT encode(digest, 'hex') FROM configuration_documents WHERE org_id = $1", h.org.ID.String())
	if len(documents) != 2 {
		t.Errorf("%d documents", len(documents))
	}
}
