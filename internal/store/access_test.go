package store_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

func nothing(*access.Configuration) error { return nil }

func editAccess(t *testing.T, db *store.DB, o tenants.Organization, fn func(*access.Configuration)) (access.Configuration, error) {
	t.Helper()
	return db.EditAccess(t.Context(), caller(o), "access edited", func(c *access.Configuration) error {
		fn(c)
		return nil
	})
}

func allow(patterns ...string) []authz.Permission {
	return []authz.Permission{{Effect: authz.Allow, Patterns: patterns}}
}

func TestOnlyRowsThatDifferAreWritten(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	watch := &statements{}
	db, err := store.OpenTraced(t.Context(), d.API, watch)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	before, err := db.Access(t.Context(), p.a.ID)
	must(t, err)
	watch.list = nil
	after, err := editAccess(t, db, p.a, func(c *access.Configuration) {
		c.Tools = append(c.Tools, tools.Selection{Name: "roll_dice", Effect: tools.Read})
		c.Clients[0].Name = "Two"
		delete(c.Rules.ScopeCeilings, "tools.read")
	})
	must(t, err)
	var writes []string
	for _, s := range watch.list {
		if verb, rest, _ := strings.Cut(s.sql, " "); verb == "INSERT" || verb == "UPDATE" || verb == "DELETE" {
			fields := strings.Fields(strings.NewReplacer("INTO ", "", "FROM ", "").Replace(rest))
			writes = append(writes, verb+" "+strings.Trim(fields[0], `"`))
		}
	}
	if want := []string{"UPDATE organizations", "INSERT tools", "UPDATE clients", "DELETE scope_ceilings", "INSERT audit_outbox"}; !slices.Equal(writes, want) {
		t.Errorf("writes %v, want %v", writes, want)
	}
	if !reflect.DeepEqual(after.Rules.Roles, before.Rules.Roles) || !reflect.DeepEqual(after.Rules.Assignments, before.Rules.Assignments) {
		t.Errorf("%+v became %+v", before.Rules, after.Rules)
	}
	r := last(t, db, p.a)
	if r.Before != `{"client client-1":{"ceiling":["*"],"name":"One"},"scope ceiling tools.read":["*_get"]}` ||
		r.After != `{"client client-1":{"ceiling":["*"],"name":"Two"},"tool roll_dice":{"effect":"read"}}` || r.Detail != "1 added, 1 changed, 1 removed" {
		t.Errorf("%+v", r)
	}
}

func TestAssignmentsKeepTheirIDs(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	first, err := p.db.Access(t.Context(), p.a.ID)
	must(t, err)
	id, ends := first.Rules.Assignments[0].ID, time.Now().Add(time.Hour)
	if id.IsZero() {
		t.Fatal("an assignment has no id")
	}
	after, err := editAccess(t, p.db, p.a, func(c *access.Configuration) {
		old := c.Rules.Assignments[0]
		c.Rules.Assignments = []authz.Assignment{
			{Role: old.Role, Subject: old.Subject, Name: "Everybody", EndsAt: ends},
			{Role: old.Role, Subject: authz.Subject{Kind: authz.SubjectEveryGuest}},
		}
	})
	must(t, err)
	if a := after.Rules.Assignments; a[0].ID != id || a[1].ID.IsZero() || a[1].ID == id {
		t.Errorf("%+v, was %s", a, id)
	}
	read, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	must(t, err)
	at := slices.IndexFunc(read.Rules.Assignments, func(a authz.Assignment) bool { return a.ID == id })
	if a := read.Rules.Assignments[at]; a.Name != "Everybody" || !a.EndsAt.Equal(ends.Truncate(time.Microsecond)) {
		t.Errorf("%+v", a)
	}
}

func TestNamesAndAssignmentsMayChangePlaces(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	other := tenants.NewGUID()
	before, err := editAccess(t, p.db, p.a, func(c *access.Configuration) {
		c.Rules.Roles = append(c.Rules.Roles, authz.Role{ID: other, Name: "finance", Permissions: allow("whoami")})
	})
	must(t, err)
	_, err = editAccess(t, p.db, p.a, func(c *access.Configuration) {
		r := c.Rules.Roles
		r[0].Name, r[1].Name = r[1].Name, r[0].Name
	})
	must(t, err)
	moved, err := editAccess(t, p.db, p.a, func(c *access.Configuration) { // the role that goes had the assignment
		c.Rules.Roles = slices.DeleteFunc(c.Rules.Roles, func(r authz.Role) bool { return r.ID != other })
		c.Rules.Assignments[0].Role = other
	})
	must(t, err)
	read, err := p.db.Access(t.Context(), p.a.ID)
	must(t, err)
	if !reflect.DeepEqual(read, moved) || len(read.Rules.Roles) != 1 || len(read.Rules.Assignments) != 1 || read.Rules.Assignments[0].ID != before.Rules.Assignments[0].ID {
		t.Errorf("%+v, returned %+v", read, moved)
	}
}

func TestAccessThatBreaksARuleIsRefused(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	for want, row := range map[string]struct {
		kind  fault.Kind
		spoil func(*access.Configuration)
	}{
		"does not exist":            {fault.Invalid, func(c *access.Configuration) { c.Rules.Roles = nil }},
		"the client is not listed":  {fault.Invalid, func(c *access.Configuration) { c.Clients = nil }},
		"tool whoami stands twice":  {fault.Invalid, func(c *access.Configuration) { c.Tools = append(c.Tools, c.Tools[0]) }},
		"client client-1 stands tw": {fault.Invalid, func(c *access.Configuration) { c.Clients = append(c.Clients, c.Clients[0]) }},
		"id is missing":             {fault.Invalid, func(c *access.Configuration) { c.Rules.Roles = append(c.Rules.Roles, authz.Role{Name: "x"}) }},
		"a role of this name": {fault.Conflict, func(c *access.Configuration) {
			c.Rules.Roles = append(c.Rules.Roles, authz.Role{ID: tenants.NewGUID(), Name: c.Rules.Roles[0].Name})
		}},
		"has the role already": {fault.Conflict, func(c *access.Configuration) {
			again := c.Rules.Assignments[0]
			again.ID = tenants.NewGUID()
			c.Rules.Assignments = append(c.Rules.Assignments, again)
		}},
		"the database refused the value": {fault.Invalid, func(c *access.Configuration) { c.Clients[0].Name = "a\xff" }},
	} {
		before := len(stored(t, p.db, p.a))
		_, err := editAccess(t, p.db, p.a, row.spoil)
		refused(t, err, row.kind, want)
		if n := len(stored(t, p.db, p.a)); n != before {
			t.Errorf("%s: %d records, were %d", want, n, before)
		}
	}
}

func TestEditorsOfAccessTakeTurns(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	const editors = 8
	var wg sync.WaitGroup
	for n := range editors {
		wg.Go(func() {
			_, err := editAccess(t, p.db, p.a, func(c *access.Configuration) {
				c.Tools = append(c.Tools, tools.Selection{Name: fmt.Sprintf("tool_%d", n), Effect: tools.Read})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, err := p.db.Access(t.Context(), p.a.ID)
	if err != nil || len(c.Tools) != editors+1 {
		t.Errorf("%d tools %v", len(c.Tools), err)
	}
}

func TestRecordOfALargeChangeIsBoundedAndReadable(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	_, err := editAccess(t, p.db, p.a, func(c *access.Configuration) {
		for n := range 1000 {
			c.Clients = append(c.Clients, tenants.Client{ID: fmt.Sprintf("client-%04d", n), Name: "\"\\\u0085 " + strings.Repeat("x", n%50)})
		}
	})
	must(t, err)
	r := last(t, p.db, p.a)
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(r.After), &members); err != nil {
		t.Fatalf("%v: %.200s", err, r.After)
	}
	var omitted int
	must(t, json.Unmarshal(members["omitted"], &omitted))
	if len(r.After) > audit.DifferenceLimit || len(r.After) < audit.DifferenceLimit-200 || len(members)-1+omitted != 1000 || len(r.Altered) > 0 {
		t.Errorf("%d bytes, %d members, %d omitted, altered %v", len(r.After), len(members), omitted, r.Altered)
	}
}

// TestWhatAnEditReturnsIsWhatStands makes edits at random: after each the store
// reads what the edit has returned.
func TestWhatAnEditReturnsIsWhatStands(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	for n := range uint64(60) {
		random := rand.New(rand.NewPCG(n, 1))
		returned, err := editAccess(t, p.db, p.a, func(c *access.Configuration) { scramble(random, c) })
		must(t, err)
		read, err := p.db.Access(t.Context(), p.a.ID)
		must(t, err)
		if got, want := sorted(read), sorted(returned); !reflect.DeepEqual(got, want) {
			t.Fatalf("edit %d: read\n%+v, returned\n%+v", n, got, want)
		}
	}
}

// scramble replaces, keeps and drops parts of a configuration.
func scramble(random *rand.Rand, c *access.Configuration) {
	keep := func() bool { return random.IntN(3) > 0 }
	c.Tools = slices.DeleteFunc(c.Tools, func(tools.Selection) bool { return !keep() })
	for n := range random.IntN(4) {
		c.Tools = append(c.Tools, tools.Selection{Name: fmt.Sprintf("t%d_%d", n, random.Int64()), Effect: tools.Write})
	}
	c.Rules.Roles = slices.DeleteFunc(c.Rules.Roles, func(authz.Role) bool { return !keep() })
	for range random.IntN(3) {
		c.Rules.Roles = append(c.Rules.Roles, authz.Role{ID: tenants.NewGUID(), Name: fmt.Sprint(random.Int64()), Permissions: allow(fmt.Sprint("p", random.IntN(9)))})
	}
	c.Rules.Assignments = slices.DeleteFunc(c.Rules.Assignments, func(a authz.Assignment) bool {
		return !slices.ContainsFunc(c.Rules.Roles, func(r authz.Role) bool { return r.ID == a.Role }) || !keep()
	})
	for _, r := range c.Rules.Roles {
		c.Rules.Assignments = append(c.Rules.Assignments, authz.Assignment{
			Role: r.ID, Subject: authz.Subject{Kind: authz.SubjectPerson, Value: tenants.NewGUID().String()}, Name: "Someone", EndsAt: time.Unix(random.Int64N(1e9), 0).UTC(),
		})
	}
	c.Rules.ScopeCeilings = map[string]authz.Ceiling{"tools.read": {Patterns: []string{fmt.Sprint("p", random.IntN(9))}}}
	scrambleSources(random, c)
}

// scrambleSources does so with what has to do with sources.
func scrambleSources(random *rand.Rand, c *access.Configuration) {
	keep := func() bool { return random.IntN(3) > 0 }
	c.Sources = slices.DeleteFunc(c.Sources, func(tools.Source) bool { return !keep() })
	for i := range c.Sources {
		c.Sources[i].Trusted, c.Sources[i].Concurrent = keep(), 1+random.IntN(9)
	}
	c.Secrets = map[tenants.GUID][]byte{}
	for n := range random.IntN(3) {
		s := source()
		s.ID, s.Name, s.Credential = tenants.NewGUID(), fmt.Sprintf("s%d-%d", n, random.Uint64()), tools.SourceCredential{Kind: tools.OnBehalfOfUser, Scopes: []string{"api://a/a"}}
		if keep() {
			s.Credential = tools.SourceCredential{Kind: tools.HeaderCredential, ID: tenants.NewGUID(), Header: "X-Key"}
			c.Secrets[s.Credential.ID] = []byte(s.Name)
		}
		c.Sources = append(c.Sources, s)
	}
	c.Approvals = slices.DeleteFunc(c.Approvals, func(a tools.Approval) bool {
		return !slices.ContainsFunc(c.Sources, func(s tools.Source) bool { return s.ID == a.Source }) || !keep()
	})
	for _, s := range c.Sources {
		c.Approvals = append(c.Approvals, tools.Approval{
			Source: s.ID, Kind: tools.KindPrompt, Name: fmt.Sprint(random.Uint64()), Hash: tools.Hash{byte(random.IntN(9))}, Automatic: keep(), At: time.Unix(random.Int64N(1e9), 0),
		})
	}
	for i := range c.Approvals {
		if !keep() {
			c.Approvals[i].Hash[1]++
		}
	}
	c.Limits = slices.DeleteFunc(c.Limits, func(tenants.Limit) bool { return !keep() })
	for range random.IntN(2) {
		c.Limits = append(c.Limits, tenants.Limit{Name: fmt.Sprint("l", random.Uint32()), Per: tenants.PerTool, Tool: "a*", PerDay: 1 + random.Int64N(9), Uncounted: tenants.Admit})
	}
	for i := range c.Limits {
		if !keep() {
			c.Limits[i].Rate = tenants.LimitRate{Calls: 1 + random.IntN(9), Every: tenants.EverySecond, Burst: 1}
		}
	}
	c.Recordings = slices.DeleteFunc(c.Recordings, func(tenants.Recording) bool { return !keep() })
	for range random.IntN(2) {
		c.Recordings = append(c.Recordings, tenants.Recording{Name: fmt.Sprint("r", random.Uint32()), Tool: "a*", Arguments: []string{"/a"}, Result: []string{"/b", "/c"}})
	}
	for i := range c.Recordings {
		if !keep() {
			c.Recordings[i].Tool = fmt.Sprint("b", random.IntN(9))
		}
	}
	c.Contacts = slices.DeleteFunc(c.Contacts, func(tenants.Contact) bool { return !keep() })
	for range random.IntN(2) {
		c.Contacts = append(c.Contacts, tenants.Contact{
			ID: tenants.NewGUID(), Name: fmt.Sprint("c", random.Uint32()), Webhook: "https://hooks.example/a", Shape: tenants.TeamsShape, Urgent: keep(), Digest: keep(), Secrets: random.IntN(3),
		})
	}
	for i := range c.Contacts {
		if c.Contacts[i].Webhook != "" && !keep() {
			c.Contacts[i].Webhook += "b"
		}
	}
	c.Sinks = slices.DeleteFunc(c.Sinks, func(tenants.Sink) bool { return !keep() })
	for range random.IntN(2) {
		s := tenants.Sink{ID: tenants.NewGUID(), Name: fmt.Sprint("s", random.Uint32()), Kind: tenants.StorageSink, Checkpoints: keep(), Records: true, Every: time.Duration(1+random.IntN(20)) * time.Hour, URL: "https://a.example/c"}
		if keep() {
			s.Secret = tenants.NewGUID()
			c.Secrets[s.Secret] = []byte(s.Name)
		}
		c.Sinks = append(c.Sinks, s)
	}
	c.Toolsets = slices.DeleteFunc(c.Toolsets, func(tools.Toolset) bool { return !keep() })
	for range random.IntN(2) {
		c.Toolsets = append(c.Toolsets, tools.Toolset{Name: fmt.Sprint("t", random.Uint32()), Title: "T", Patterns: []string{"a"}})
	}
}

func sorted(c access.Configuration) access.Configuration {
	slices.SortFunc(c.Rules.Roles, func(a, b authz.Role) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	slices.SortFunc(c.Rules.Assignments, func(a, b authz.Assignment) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	slices.SortFunc(c.Tools, func(a, b tools.Selection) int { return strings.Compare(a.Name, b.Name) })
	c = c.Sorted()
	for i := range c.Approvals {
		c.Approvals[i].At = c.Approvals[i].At.UTC()
	}
	if len(c.Sources)+len(c.Approvals) == 0 {
		c.Sources, c.Approvals = nil, nil
	}
	if len(c.Toolsets) == 0 {
		c.Toolsets = nil
	}
	if len(c.Limits) == 0 {
		c.Limits = nil
	}
	if len(c.Recordings) == 0 {
		c.Recordings = nil
	}
	if len(c.Contacts) == 0 {
		c.Contacts = nil
	}
	if len(c.Sinks) == 0 {
		c.Sinks = nil
	}
	if len(c.Tools) == 0 {
		c.Tools = nil
	}
	if len(c.Rules.Roles) == 0 {
		c.Rules.Roles = nil
	}
	if len(c.Rules.Assignments) == 0 {
		c.Rules.Assignments = nil
	}
	return c
}

func TestConfigurationIsBoundedAsAWhole(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	var much []authz.Permission
	for range access.MaxTotalPatterns/access.MaxPatterns + 1 {
		much = append(much, authz.Permission{Effect: authz.Allow, Patterns: slices.Repeat([]string{"a"}, access.MaxPatterns)})
	}
	widen := func(c *access.Configuration) error {
		c.Rules.Roles[0].Permissions = much
		return nil
	}
	_, alone := p.db.EditAccess(t.Context(), caller(p.a), "widened", widen)
	_, whole := p.db.EditWhole(t.Context(), caller(p.a), "widened", func(w *access.Whole) error { return widen(&w.Access) })
	for _, err := range []error{alone, whole} {
		refused(t, err, fault.Invalid, "there may be 5000")
		if found := access.ProblemsOf(err); len(found) != 1 || found[0].Path != "roles" {
			t.Errorf("%q", found)
		}
	}
}
