package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// softLimit is how old an answer may be, refreshEvery when it is asked for again.
const (
	softLimit    = 5 * time.Minute
	refreshEvery = 4 * time.Minute
)

// fleet is many organizations in one emulated cloud, within a synctest bubble.
type fleet struct {
	t    *testing.T
	e    *emulator.Emulator
	c    *graph.Client
	orgs []*staff

	low, high, refused, over int // over: answers that were 429, in batches and without
}

// staff is one organization's people and when they were asked about.
type staff struct {
	as     graph.Asking
	people []tenants.GUID
	asked  map[tenants.GUID]time.Time
	until  time.Time // when the background may ask again
}

const entraURL, graphURL = "http://localhost:1", "http://localhost:2"

// cloud has organizations of that many people each.
func cloud(t *testing.T, orgs, people int) *fleet {
	t.Helper()
	f := &fleet{t: t}
	var all []seed.Tenant
	for n := range orgs {
		all = append(all, organization(n, people))
	}
	var err error
	if f.e, err = emulator.New(emulator.Options{EntraURL: entraURL, GraphURL: graphURL, ControlToken: "test", Tenants: all, Entropy: "scale"}); err != nil {
		t.Fatal(err)
	}
	if f.c, err = graph.New(graphURL, f); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range all {
		s := &staff{as: f.sign(tenant), asked: map[tenants.GUID]time.Time{}}
		for _, u := range tenant.Users {
			s.people = append(s.people, tenants.MustGUID(u.ID))
		}
		f.orgs = append(f.orgs, s)
	}
	return f
}

func organization(n, people int) seed.Tenant {
	id := func(kind, i int) string { return fmt.Sprintf("%08d-%04d-4000-8000-%012d", n+1, kind, i) }
	tenant := seed.Tenant{
		ID: id(0, 0), Name: fmt.Sprintf("Company %d", n), Domain: fmt.Sprintf("company%d.example", n), Settings: seed.Settings{TokenMinutes: 1439},
		Apps: []seed.App{{
			ID: id(1, 0), Name: "Gatehouse", Secret: "x",
			Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Roles: []string{"User.ReadBasic.All", "GroupMember.Read.All"}}},
		}},
	}
	var all []string
	for i := range people {
		tenant.Users = append(tenant.Users, seed.User{ID: id(2, i), Username: fmt.Sprintf("user%d@company%d.example", i, n), Password: "pw"})
		all = append(all, id(2, i))
	}
	for g := range 3 {
		tenant.Groups = append(tenant.Groups, seed.Group{ID: id(3, g), Name: fmt.Sprintf("Group %d", g), Members: all[g:]})
	}
	return tenant
}

// Do asks the emulator, and counts what it throttles.
func (f *fleet) Do(_ context.Context, req *http.Request) (*egress.Response, error) {
	w := httptest.NewRecorder()
	f.e.Graph().ServeHTTP(w, req)
	if f.over += strings.Count(w.Body.String(), `"status":429`); w.Code == http.StatusTooManyRequests {
		f.over++
	}
	return &egress.Response{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}, nil
}

// sign gets the token of the app in its tenant.
func (f *fleet) sign(tenant seed.Tenant) graph.Asking {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {tenant.Apps[0].ID}, "client_secret": {"x"}, "scope": {"https://graph.microsoft.com/.default"}}
	req := httptest.NewRequest(http.MethodPost, entraURL+"/"+tenant.ID+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	f.e.Entra().ServeHTTP(w, req)
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Token == "" {
		f.t.Fatalf("no token: %s", w.Body)
	}
	return graph.Asking{
		Token:   func(context.Context) (string, error) { return answer.Token, nil },
		Account: graph.Account{TID: tidOf(tenant.ID), App: tenants.MustGUID(tenant.Apps[0].ID)},
	}
}

// refresh asks in the background about whoever is due, the longest first, and leaves
// to the next time whom the budget has no room for.
func (f *fleet) refresh(s *staff, groups []tenants.GUID) {
	now := time.Now()
	due := slices.DeleteFunc(slices.Clone(s.people), func(p tenants.GUID) bool { return now.Before(s.asked[p].Add(refreshEvery)) })
	slices.SortFunc(due, func(a, b tenants.GUID) int { return s.asked[a].Compare(s.asked[b]) })
	as := s.as
	as.Priority = graph.Low
	for some := range slices.Chunk(due, 20) {
		if now.Before(s.until) {
			return
		}
		for _, m := range f.c.MembersOf(f.t.Context(), as, some, groups) {
			switch {
			case m.Err == nil && len(m.Groups) > 0:
				s.asked[m.Person] = now
				f.low++
			case errors.Is(m.Err, graph.ErrBudget):
				s.until = now.Add(fault.RetryAfter(m.Err))
			default:
				f.t.Fatalf("%s: %v in %v", m.Person, m.Err, m.Groups)
			}
		}
	}
}

// wait is somebody who waits for an answer.
func (f *fleet) wait(s *staff, person tenants.GUID, groups []tenants.GUID) {
	as := s.as
	as.Priority = graph.High
	f.high++
	if _, err := f.c.CheckMemberGroupsOf(f.t.Context(), as, person, groups); err != nil {
		f.refused++
		f.t.Errorf("somebody who waits is told %v", err)
	}
}

// run goes on for so long: the background looks every second for who is due, and in
// each organization somebody waits every few seconds. It returns how old an answer
// ever was, and when everybody had one.
func (f *fleet) run(d, waits time.Duration) (oldest, complete time.Duration) {
	began := time.Now()
	for second := range int(d / time.Second) {
		for n, s := range f.orgs {
			groups := []tenants.GUID{tenants.MustGUID(fmt.Sprintf("%08d-0003-4000-8000-000000000000", n+1))}
			if (second+n)%int(waits/time.Second) == 0 {
				f.wait(s, s.people[second%len(s.people)], groups)
			}
			f.refresh(s, groups)
			for _, p := range s.people {
				asked, known := s.asked[p]
				if !known {
					asked, complete = began, time.Since(began)+time.Second
				}
				oldest = max(oldest, time.Since(asked))
			}
		}
		time.Sleep(time.Second)
	}
	return oldest, complete
}

// oneOf is of how many people it takes one to be simulated. The simulation is one
// goroutine's, so that the race detector learns nothing from a large one; without
// it nobody is left out.
func oneOf() int {
	if testing.Short() {
		return 10
	}
	return 1
}

// TestTenThousandMembersStayFresh: from nothing, and then for as long as one likes,
// nobody's answer is older than the soft limit, Graph throttles nobody, and those who
// wait are never held back.
func TestTenThousandMembersStayFresh(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		orgs, people int
		d, waits     time.Duration
	}{
		"in 100 organizations": {100, 100, 9 * time.Minute, 20 * time.Second},
		"in one organization":  {1, 10_000, 6 * time.Minute, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := cloud(t, row.orgs, row.people/oneOf())
			defer f.e.Close()
			began := time.Now()
			oldest, complete := f.run(row.d, row.waits)
			took := time.Since(began)
			if oldest > softLimit || f.over != 0 || f.refused != 0 {
				t.Errorf("%s: the oldest answer was %s old, %d were throttled, %d of them waited for", name, oldest, f.over, f.refused)
			}
			t.Logf("%s: %d refreshes (2 units) and %d questions of people who wait (4 units) in %s; the oldest answer was %s old, everybody had one after %s",
				name, f.low, f.high, took, oldest, complete)
		})
	}
}
