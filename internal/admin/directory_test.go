package admin_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/admin"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// tokens gives everybody a token of their own for what they ask for.
type tokens struct {
	mu    sync.Mutex
	asked []string
	err   error
}

func (d *tokens) GraphToken(_ context.Context, p console.Person, scopes ...string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, strings.Join(scopes, " "))
	return "token of " + p.OID.String(), d.err
}

// groupsGraph is a directory in which the groups have members. It answers tokens
// of whom it knows.
type groupsGraph struct {
	mu      sync.Mutex
	members map[tenants.GUID][]tenants.GUID // by person
	groups  []graph.FoundGroup
	people  []graph.FoundPerson
	page    int // groups on a page
	asked   []string
	err     error
}

func (g *groupsGraph) note(ctx context.Context, as graph.Asking, what string) (string, error) {
	token, err := as.Token(ctx)
	g.asked = append(g.asked, what)
	return strings.TrimPrefix(token, "token of "), cmp.Or(err, g.err)
}

func tooMany(groups []tenants.GUID) error {
	if len(groups) > graph.MaxCheck {
		return fmt.Errorf("%d groups", len(groups))
	}
	return nil
}

func (g *groupsGraph) among(person string, groups []tenants.GUID) []tenants.GUID {
	id, _ := tenants.ParseGUID(person)
	return slices.DeleteFunc(slices.Clone(groups), func(group tenants.GUID) bool { return !slices.Contains(g.members[id], group) })
}

func (g *groupsGraph) CheckMemberGroups(ctx context.Context, as graph.Asking, groups []tenants.GUID) ([]tenants.GUID, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	who, err := g.note(ctx, as, fmt.Sprintf("me %d", len(groups)))
	return g.among(who, groups), cmp.Or(err, tooMany(groups))
}

func (g *groupsGraph) CheckMemberGroupsOf(ctx context.Context, as graph.Asking, person tenants.GUID, groups []tenants.GUID) ([]tenants.GUID, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	who, err := g.note(ctx, as, fmt.Sprintf("%s %d", person, len(groups)))
	if who == "" {
		err = errors.New("nobody asks")
	}
	return g.among(person.String(), groups), cmp.Or(err, tooMany(groups))
}

func (g *groupsGraph) SearchGroups(ctx context.Context, as graph.Asking, text, next string) (graph.Found[graph.FoundGroup], error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, err := g.note(ctx, as, "search "+text); err != nil {
		return graph.Found[graph.FoundGroup]{}, err
	}
	return pageOf(g.groups, g.page, next), nil
}

// pageOf is a page of so many of all.
func pageOf[T any](all []T, size int, next string) graph.Found[T] {
	at := 0
	_, _ = fmt.Sscan(next, &at)
	page := graph.Found[T]{Items: all[at:min(at+size, len(all))]}
	if at+size < len(all) {
		page.Next = fmt.Sprint(at + size)
	}
	return page
}

func (g *groupsGraph) SearchPeople(ctx context.Context, as graph.Asking, text, next string) (graph.Found[graph.FoundPerson], error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, err := g.note(ctx, as, "people "+text); err != nil {
		return graph.Found[graph.FoundPerson]{}, err
	}
	return pageOf(g.people, g.page, next), nil
}

func (g *groupsGraph) CountPeople(ctx context.Context, as graph.Asking, group tenants.GUID) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.note(ctx, as, "count "+group.String())
	n := 0
	for _, groups := range g.members {
		if slices.Contains(groups, group) {
			n++
		}
	}
	return n, err
}

func (g *groupsGraph) GroupsByID(ctx context.Context, as graph.Asking, ids []tenants.GUID) ([]graph.Group, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.note(ctx, as, fmt.Sprintf("by id %d", len(ids)))
	var there []graph.Group
	for _, group := range g.groups {
		if slices.Contains(ids, group.ID) {
			there = append(there, group.Group)
		}
	}
	return there, err
}

// wall is a clock that stands still until it is moved.
type wall struct {
	mu  sync.Mutex
	now time.Time
}

func (w *wall) read() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

func (w *wall) pass(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

func ids(n int) []tenants.GUID {
	all := make([]tenants.GUID, n)
	for i := range all {
		all[i] = tenants.NewGUID()
	}
	return all
}

var olga = console.Person{TID: tenants.TID{GUID: tenants.NewGUID()}, OID: tenants.NewGUID()}

func newDirectory(g *groupsGraph, d *tokens, clock *wall) console.Directory {
	return admin.NewDirectory(admin.DirectoryParts{Graph: g, Delegation: d, Now: clock.read})
}

func TestMembershipsAreAskedByTwentiesWithOneToken(t *testing.T) {
	t.Parallel()
	groups, d := ids(45), &tokens{}
	g := &groupsGraph{members: map[tenants.GUID][]tenants.GUID{olga.OID: {groups[0], groups[44], tenants.NewGUID()}}}
	in, err := newDirectory(g, d, &wall{}).MemberOf(t.Context(), olga, append(groups, groups[3]))
	if err != nil || len(in) != 2 || !slices.Contains(in, groups[0]) || !slices.Contains(in, groups[44]) {
		t.Errorf("%v %v", in, err)
	}
	if !slices.Equal(g.asked, []string{"me 20", "me 20", "me 5"}) || !slices.Equal(d.asked, []string{"User.Read GroupMember.Read.All"}) {
		t.Errorf("asked %v with %v", g.asked, d.asked)
	}
}

func TestMembershipsAreRememberedForAMinute(t *testing.T) {
	t.Parallel()
	groups := ids(2)
	g, clock := &groupsGraph{members: map[tenants.GUID][]tenants.GUID{olga.OID: groups[:1]}}, &wall{now: time.Now()}
	d := newDirectory(g, &tokens{}, clock)
	member := func(p console.Person, groups []tenants.GUID) int {
		t.Helper()
		in, err := d.MemberOf(t.Context(), p, groups)
		if err != nil {
			t.Fatal(err)
		}
		return len(in)
	}
	twin, elsewhere := olga, olga
	twin.OID, elsewhere.TID = tenants.NewGUID(), tenants.TID{GUID: tenants.NewGUID()}
	if member(olga, groups) != 1 || member(olga, []tenants.GUID{groups[1], groups[0]}) != 1 || len(g.asked) != 1 {
		t.Errorf("one question is asked %d times", len(g.asked))
	}
	if member(twin, groups) != 0 || member(elsewhere, groups) != 1 || member(olga, groups[1:]) != 0 || len(g.asked) != 4 {
		t.Error("another person, another directory or other groups are answered from memory")
	}
	g.mu.Lock()
	g.members = nil
	g.mu.Unlock()
	clock.pass(time.Minute - time.Nanosecond)
	if member(olga, groups) != 1 {
		t.Error("memory is shorter than a minute")
	}
	clock.pass(time.Nanosecond)
	if member(olga, groups) != 0 {
		t.Error("memory is longer than a minute")
	}
	if in, err := d.MemberOf(t.Context(), olga, nil); err != nil || len(in) != 0 || len(g.asked) != 5 {
		t.Errorf("no groups: %v %v %v", in, err, g.asked)
	}
}

func TestFailuresAreNotRemembered(t *testing.T) {
	t.Parallel()
	groups := ids(1)
	g := &groupsGraph{members: map[tenants.GUID][]tenants.GUID{olga.OID: groups}, err: fault.New(fault.Unavailable, "down")}
	d := newDirectory(g, &tokens{}, &wall{})
	if _, err := d.MemberOf(t.Context(), olga, groups); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
	g.err = nil
	if in, err := d.MemberOf(t.Context(), olga, groups); err != nil || len(in) != 1 {
		t.Errorf("%v %v", in, err)
	}
}

func TestSearchFollowsPagesUpToTheLimit(t *testing.T) {
	t.Parallel()
	g, d := &groupsGraph{page: 2}, &tokens{}
	for i, id := range ids(7) {
		g.groups = append(g.groups, graph.FoundGroup{Group: graph.Group{ID: id, DisplayName: fmt.Sprint("Group ", i)}})
	}
	for limit, pages := range map[int]int{1: 1, 2: 1, 3: 2, 7: 4, 50: 4} {
		g.asked = nil
		found, err := newDirectory(g, d, &wall{}).SearchGroups(t.Context(), olga, "Gr", limit)
		if err != nil || len(found) != min(limit, 7) || found[0].Name != "Group 0" || len(g.asked) != pages {
			t.Errorf("%d: %v %v in %d pages", limit, found, err, len(g.asked))
		}
	}
	if !slices.Equal(slices.Compact(d.asked), []string{"GroupMember.Read.All"}) {
		t.Errorf("with %v", d.asked)
	}
}

func TestGroupsAreThoseThatExist(t *testing.T) {
	t.Parallel()
	groups, d := ids(2), &tokens{}
	g := &groupsGraph{groups: []graph.FoundGroup{{Group: graph.Group{ID: groups[0], DisplayName: "Payroll"}}}}
	directory := newDirectory(g, d, &wall{})
	found, err := directory.Groups(t.Context(), olga, groups)
	if err != nil || len(found) != 1 || found[0] != (console.DirectoryGroup{ID: groups[0], Name: "Payroll"}) {
		t.Errorf("%v %v", found, err)
	}
	if none, err := directory.Groups(t.Context(), olga, nil); err != nil || len(none) != 0 || len(d.asked) != 1 {
		t.Errorf("%v %v %v", none, err, d.asked)
	}
}

// TestMissingConsentSaysHowToGiveIt has the delegation refuse, and Microsoft
// Graph.
func TestMissingConsentSaysHowToGiveIt(t *testing.T) {
	t.Parallel()
	without := fault.New(fault.Forbidden, "sign in again with /auth/sign-in?scopes=groups")
	denied := fault.Wrap(fault.Forbidden, "Microsoft Graph answered 403", &graph.Error{Status: http.StatusForbidden, Code: "Authorization_RequestDenied"})
	for name, d := range map[string]console.Directory{
		"delegation": newDirectory(&groupsGraph{page: 1}, &tokens{err: without}, &wall{}),
		"graph":      newDirectory(&groupsGraph{page: 1, err: denied}, &tokens{}, &wall{}),
	} {
		_, search := d.SearchGroups(t.Context(), olga, "x", 5)
		_, people := d.SearchPeople(t.Context(), olga, "x", 5)
		_, count := d.CountPeople(t.Context(), olga, tenants.NewGUID())
		_, member := d.MemberOf(t.Context(), olga, ids(1))
		_, groups := d.Groups(t.Context(), olga, ids(1))
		for what, err := range map[string]error{"search": search, "people": people, "count": count, "member": member, "groups": groups} {
			if fault.KindOf(err) != fault.Forbidden || !strings.Contains(fault.Public(err), "/auth/sign-in?scopes=groups") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}
