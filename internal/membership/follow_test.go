package membership_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

func (c *crew) follow(t *testing.T) time.Duration {
	t.Helper()
	again, err := c.Follow(t.Context(), membership.View{Organization: c.org, Credential: credential{}, Mapped: c.groups})
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// later makes everybody due in an hour.
func (c *crew) later() {
	for p, r := range c.store.records {
		r.DueAt = c.clock().Add(time.Hour)
		c.store.records[p] = r
	}
}

func (c *crew) dueNow() (people []tenants.GUID) {
	for p, r := range c.store.records {
		if !r.DueAt.After(c.clock()) && !r.DueAt.IsZero() {
			people = append(people, p)
		}
	}
	return people
}

func TestChangesAreReadOnFromWhereTheyEnded(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 3)
	c.later()
	c.roster.changed = graph.Changes[graph.PersonChange]{Since: "p1", Missed: true}
	c.roster.grouped = graph.Changes[graph.GroupChange]{Since: "g1", Missed: true}
	if again := c.follow(t); again != 0 || len(c.dueNow()) != 3 {
		t.Errorf("at first: again in %s, due are %v", again, c.dueNow())
	}
	if !strings.HasPrefix(string(c.store.follows), "sealed ") {
		t.Errorf("kept is %s", c.store.follows)
	}
	c.later()
	c.roster.changed, c.roster.grouped = graph.Changes[graph.PersonChange]{Since: "p2"}, graph.Changes[graph.GroupChange]{Since: "g2", More: true}
	if again := c.follow(t); again != time.Second || len(c.dueNow()) != 0 {
		t.Errorf("nothing has changed: again in %s, due are %v", again, c.dueNow())
	}
	c.follow(t)
	c.groups = append(c.groups, tenants.NewGUID()) // nobody has followed these
	c.follow(t)
	want := []string{"people ", "groups ", "people p1", "groups g1", "people p2", "groups g2", "people p2", "groups "}
	if !slices.Equal(c.roster.followed, want) {
		t.Errorf("shown were %q", c.roster.followed)
	}
}

func TestWhoeverChangesConcernIsDue(t *testing.T) {
	t.Parallel()
	for what, row := range map[string]struct {
		change graph.GroupChange
		all    bool
	}{
		"a person came or went": {graph.GroupChange{}, false},
		"a group came or went":  {graph.GroupChange{Groups: []tenants.GUID{tenants.NewGUID()}}, true},
		"the group was deleted": {graph.GroupChange{Gone: true}, true},
	} {
		c := newCrew(t, 3)
		c.later()
		row.change.People = []tenants.GUID{c.people[1], tenants.NewGUID()}
		c.roster.changed.Since, c.roster.grouped = "p", graph.Changes[graph.GroupChange]{Since: "g", All: []graph.GroupChange{row.change}}
		c.follow(t)
		if got := c.dueNow(); row.all && len(got) != 3 || !row.all && !slices.Equal(got, c.people[1:2]) {
			t.Errorf("%s: due are %v", what, got)
		}
	}
}

func TestWhoeverIsDisabledIsCutOffWhereItIsRead(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 4)
	c.later()
	c.roster.changed = graph.Changes[graph.PersonChange]{Since: "p", All: []graph.PersonChange{
		{ID: c.people[0], Gone: true}, {ID: c.people[1]}, {ID: c.people[2], Enabled: true, ValidFrom: c.clock()}, {ID: c.people[3], Enabled: true, ValidFrom: c.clock().AddDate(-1, 0, 0)}, {ID: tenants.NewGUID()},
	}}
	c.follow(t)
	gone := c.store.records[c.people[0]]
	gone.Failure = membership.Lost
	c.store.records[c.people[0]] = gone
	c.roster.changed.All = c.roster.changed.All[:1]
	c.follow(t) // it is known already
	slices.Sort(c.store.lost)
	var want []string
	for _, why := range []string{entra.AccountDisabled, entra.AccountGone, entra.SessionsRevoked} {
		want = append(want, "Microsoft Entra ID does not let the person go on: "+why)
	}
	slices.Sort(want)
	if !slices.Equal(c.store.lost, want) {
		t.Errorf("lost are %q", c.store.lost)
	}
	if r := c.store.records[c.people[2]]; r.DueAt.IsZero() {
		t.Error("whose sessions were revoked may have signed in again, and is not asked about any more")
	}
}

// TestLargeLossesAreReadTwice: the link stays where it was until they are believed.
func TestLargeLossesAreReadTwice(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 30)
	c.later()
	c.roster.changed, c.roster.grouped = graph.Changes[graph.PersonChange]{Since: "p1"}, graph.Changes[graph.GroupChange]{Since: "g1"}
	c.follow(t)
	c.roster.changed.Since = "p2"
	for _, p := range c.people[:25] {
		c.roster.people[p] = graph.Person{ID: p}
		c.roster.changed.All = append(c.roster.changed.All, graph.PersonChange{ID: p})
	}
	if again := c.follow(t); again != 20*time.Second || len(c.store.lost) != 0 {
		t.Errorf("again in %s, lost are %d", again, len(c.store.lost))
	}
	c.advance(every)
	if again := c.follow(t); again != 0 || len(c.store.lost) != 25 {
		t.Errorf("again in %s, lost are %d", again, len(c.store.lost))
	}
	c.roster.changed.All = nil
	c.follow(t)
	if want := []string{"people ", "people p1", "people p1", "people p2"}; !slices.Equal(slices.DeleteFunc(c.roster.followed, func(s string) bool { return strings.HasPrefix(s, "groups") }), want) {
		t.Errorf("shown were %q", c.roster.followed)
	}
}

// TestWhatIsNotSaidOfOneSparesNobodyElse: everybody else is cut off, and it is read
// once more.
func TestWhatIsNotSaidOfOneSparesNobodyElse(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 30)
	c.later()
	c.roster.changed, c.roster.grouped = graph.Changes[graph.PersonChange]{Since: "p1"}, graph.Changes[graph.GroupChange]{Since: "g1"}
	for _, p := range c.people[:25] {
		c.roster.people[p] = graph.Person{ID: p}
		c.roster.changed.All = append(c.roster.changed.All, graph.PersonChange{ID: p})
	}
	c.follow(t)
	c.advance(every)
	c.roster.unsaid = map[tenants.GUID]error{}
	for _, p := range c.people[:5] {
		c.roster.unsaid[p] = &graph.Error{Status: http.StatusBadGateway}
	}
	if _, err := c.Follow(t.Context(), membership.View{Organization: c.org, Credential: credential{}, Mapped: c.groups}); err == nil || len(c.store.lost) != 20 {
		t.Errorf("lost are %d; %v", len(c.store.lost), err)
	}
	c.roster.unsaid, c.store.lost = nil, nil
	c.follow(t)
	if got := c.roster.followed[len(c.roster.followed)-2]; len(c.store.lost) != 25 || got != "people " {
		t.Errorf("lost are %d, after %q", len(c.store.lost), got)
	}
}

// TestPeopleAreFollowedWhereGroupsCannotBe: where to read on about them is kept.
func TestPeopleAreFollowedWhereGroupsCannotBe(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 3)
	c.roster.refused = map[string]error{"groups ": fault.New(fault.Upstream, "no")}
	c.roster.changed, c.roster.grouped = graph.Changes[graph.PersonChange]{Since: "p1", Missed: true}, graph.Changes[graph.GroupChange]{Since: "g1"}
	for _, want := range []string{"people ", "people p1"} {
		if _, err := c.Follow(t.Context(), membership.View{Organization: c.org, Credential: credential{}, Mapped: c.groups}); fault.KindOf(err) != fault.Upstream {
			t.Errorf("nobody says so: %v", err)
		}
		if got := c.roster.followed[len(c.roster.followed)-2:]; got[0] != want || got[1] != "groups " {
			t.Errorf("shown were %q, want %q", got, want)
		}
	}
}

func TestLinkThatIsNoUseIsBegunAnew(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 1)
	c.store.follows = []byte(`sealed {"people":"old"}`)
	c.roster.refused = map[string]error{"people old": &graph.Error{Status: http.StatusBadRequest}}
	c.follow(t)
	c.store.follows = []byte("of another key")
	c.follow(t)
	if want := []string{"people old", "people ", "groups ", "people ", "groups "}; !slices.Equal(c.roster.followed, want) {
		t.Errorf("shown were %q", c.roster.followed)
	}
	c.roster.refused["people "] = fault.New(fault.Unavailable, "no")
	if _, err := c.Follow(t.Context(), membership.View{Organization: c.org, Credential: credential{}, Mapped: c.groups}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("an outage is %v", err)
	}
}

func TestChangesAreReadOnlyWhereThatIsWantedAndAllowed(t *testing.T) {
	t.Parallel()
	c := newCrew(t, 1)
	c.org.Connection.Background = tenants.Delegated
	if again := c.follow(t); again != 10*time.Minute || len(c.roster.followed) != 0 {
		t.Errorf("nobody wants it: again in %s, shown %q", again, c.roster.followed)
	}
	c.org.Connection.Background = tenants.Application
	c.roster.refused = map[string]error{"people ": &graph.Error{Status: http.StatusForbidden}}
	if again := c.follow(t); again != 5*time.Minute || c.store.follows != nil {
		t.Errorf("it is not allowed: again in %s, kept %s", again, c.store.follows)
	}
	if again := c.follow(t); again != 5*time.Minute || len(c.roster.followed) != 1 {
		t.Errorf("it is tried again: in %s, shown %q", again, c.roster.followed)
	}
}
