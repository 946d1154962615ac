package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/sources"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

func TestOneAsksASourceAtATime(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	now := time.Now().Truncate(time.Microsecond)
	try := func(at, notSince time.Time) sources.Standing {
		t.Helper()
		s, err := p.db.ClaimRefresh(t.Context(), caller(p.a), sources.Claim{Source: notes, Ticket: tenants.NewGUID(), Now: at, Until: at.Add(time.Minute), NotSince: notSince})
		must(t, err)
		return s
	}
	first := holding(t, p.db, p.a, now)
	if s := try(now.Add(59*time.Second), time.Time{}); s.Ours || !s.Held || s.Version == 0 {
		t.Errorf("while another asks: %+v", s)
	}
	if s := try(now.Add(61*time.Second), time.Time{}); !s.Ours || !s.TriedAt.IsZero() {
		t.Errorf("after the claim has ended: %+v", s)
	}
	for name, err := range map[string]error{
		"failing": p.db.FailRefresh(t.Context(), caller(p.a), sources.Failure{Source: notes, Ticket: first, At: now}),
		"ending":  endRefresh(t.Context(), p.db, p.a, first, replacing([]tools.Offer{tool("search")})),
	} {
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s with a claim that is lost: %v", name, err)
		}
	}
	if list := served(t, p.db, p.a); len(list) != 0 {
		t.Errorf("who has lost the claim stored %q", list)
	}
	late := now.Add(2 * time.Hour)
	ticket := holding(t, p.db, p.a, late)
	must(t, p.db.FailRefresh(t.Context(), caller(p.a), sources.Failure{Source: notes, Ticket: ticket, At: late, Trouble: "notes does not answer"}))
	if s := try(late, late); s.Ours || s.Held || !s.TriedAt.Equal(late) {
		t.Errorf("asked since, in vain: %+v", s)
	}
	if s := try(late, late.Add(time.Second)); !s.Ours {
		t.Errorf("not asked since: %+v", s)
	}
	states, err := p.db.SourceStates(t.Context(), p.a.ID)
	if s := states[notes]; err != nil || s.Trouble != "notes does not answer" || !s.RefreshedAt.IsZero() || !s.TriedAt.Equal(late) {
		t.Errorf("%+v %v", s, err)
	}
	_, err = p.db.ClaimRefresh(t.Context(), caller(p.a), sources.Claim{Source: tenants.NewGUID(), Ticket: ticket, Now: now, Until: now})
	if fault.KindOf(err) != fault.NotFound {
		t.Errorf("a source that is not there: %v", err)
	}
}

// TestTurnOfCallsIsKeptUntilALaterOne beside what reading finds.
func TestTurnOfCallsIsKeptUntilALaterOne(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	moved(t, p.db, p.a)
	now := time.Now().UTC().Truncate(time.Microsecond)
	note := func(at time.Time, trouble string) access.SourceState {
		must(t, p.db.NoteTurn(t.Context(), caller(p.a), sources.Turn{Source: notes, At: at, Trouble: trouble}))
		states, err := p.db.SourceStates(t.Context(), p.a.ID)
		must(t, err)
		return states[notes]
	}
	if s := note(now, "calls fail"); s.TurnedTo != "calls fail" || !s.TurnedAt.Equal(now) || s.Trouble != "" || !s.TriedAt.IsZero() {
		t.Errorf("%+v", s)
	}
	if s := note(now.Add(-time.Second), ""); s.TurnedTo != "calls fail" || !s.TurnedAt.Equal(now) {
		t.Errorf("what was found before has taken the place of what was found since: %+v", s)
	}
	if s := note(now.Add(time.Second), ""); s.TurnedTo != "" || !s.TurnedAt.Equal(now.Add(time.Second)) {
		t.Errorf("%+v", s)
	}
	err := p.db.NoteTurn(t.Context(), caller(p.a), sources.Turn{Source: tenants.NewGUID(), At: now})
	if fault.KindOf(err) != fault.NotFound {
		t.Errorf("a source that is not there: %v", err)
	}
}

// TestARefreshRaisesWhatItChanges: a version costs every replica a new view, and
// another one of decisions every remembered token.
func TestARefreshRaisesWhatItChanges(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	versions := func() (version, decisions int64) {
		t.Helper()
		d, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
		must(t, err)
		return d.Version, d.Decisions
	}
	for _, c := range []struct {
		name               string
		offers             []tools.Offer
		version, decisions int64
	}{
		{"what was approved appears", []tools.Offer{tool("search"), tool("write")}, 1, 1},
		{"nothing changes", []tools.Offer{tool("search"), tool("write")}, 0, 0},
		{"something waits for approval", []tools.Offer{tool("search"), tool("write"), tool("new")}, 1, 0},
		{"something nobody has approved goes", []tools.Offer{tool("search"), tool("write")}, 1, 0},
		{"what was approved goes", []tools.Offer{tool("write")}, 1, 1},
	} {
		version, decisions := versions()
		records := len(stored(t, p.db, p.a))
		refreshed(t, p.db, p.a, c.offers...)
		v, d := versions()
		if v-version != c.version || (d-decisions > 0) != (c.decisions > 0) || d > v {
			t.Errorf("%s: version %d became %d, decisions %d became %d", c.name, version, v, decisions, d)
		}
		if n := len(stored(t, p.db, p.a)) - records; int64(n) != c.version {
			t.Errorf("%s: %d records", c.name, n)
		}
	}
}

func TestAPolicysApprovalsAreRecorded(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	approved := approval(tool("write"), tools.Write)
	approved.Automatic = true
	must(t, endRefresh(t.Context(), p.db, p.a, holding(t, p.db, p.a, time.Now()), func(sources.Known) (sources.Settlement, error) {
		return sources.Settlement{
			Put:     []sources.Kept{{Offer: tool("write"), SeenAt: time.Now()}, {Offer: tool("search"), SeenAt: time.Now()}},
			Approve: []tools.Approval{approved},
			Pending: []sources.Pending{{Kind: tools.KindTool, Name: "a\u202eb", Hash: tool("search").Hash, Approved: tool("x").Hash}},
		}, nil
	}))
	r := last(t, p.db, p.a)
	if r.Target != "source refreshed" || !strings.Contains(r.After, `"automatic":true`) || !strings.Contains(r.After, approved.Hash.String()) ||
		!strings.Contains(r.After, "pending") || !strings.Contains(r.After, tool("x").Hash.String()) || strings.Contains(r.After, "\u202e") {
		t.Errorf("%+v", r)
	}
	c, err := p.db.Access(t.Context(), p.a.ID)
	must(t, err)
	at := slices.IndexFunc(c.Approvals, func(a tools.Approval) bool { return a.Name == "write" })
	if at < 0 || c.Approvals[at] != approved && !c.Approvals[at].At.Equal(approved.At) {
		t.Errorf("%+v, want %+v", c.Approvals, approved)
	}
}

// TestWhatSettlesFailsLeavesEverything: a refresh is one change.
func TestWhatSettlesFailsLeavesEverything(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	refreshed(t, p.db, p.a, tool("search"))
	ticket := holding(t, p.db, p.a, time.Now())
	err := endRefresh(t.Context(), p.db, p.a, ticket, func(known sources.Known) (sources.Settlement, error) {
		return sources.Settlement{Remove: known.Offers, Approve: []tools.Approval{{Source: notes, Kind: "x"}}}, nil
	})
	if fault.KindOf(err) != fault.Invalid || len(served(t, p.db, p.a)) != 1 {
		t.Errorf("%v, served %q", err, served(t, p.db, p.a))
	}
}

func TestThousandsOfOffersAndApprovalsFitOneChange(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	var offers []sources.Kept
	var approvals []tools.Approval
	for i := range 1000 {
		o := tool(fmt.Sprintf("tool_%d", i))
		offers = append(offers, sources.Kept{Offer: o, SeenAt: time.Now()})
		approvals = append(approvals, approval(o, tools.Read))
	}
	must(t, endRefresh(t.Context(), p.db, p.a, holding(t, p.db, p.a, time.Now()), func(sources.Known) (sources.Settlement, error) {
		return sources.Settlement{Put: offers, Approve: approvals}, nil
	}))
	if n := len(served(t, p.db, p.a)); n != 1000 {
		t.Errorf("%d are served", n)
	}
	_, err := editAccess(t, p.db, p.a, func(c *access.Configuration) { must(t, c.RemoveSource(notes)) })
	must(t, err)
}

// TestWithoutSourcesAViewCostsOneLookMore counts the statements of the reading
// that every organization pays for.
func TestWithoutSourcesAViewCostsOneLookMore(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	must(t, configure(t.Context(), p.db, p.b, access.Configuration{}))
	watch := &statements{}
	db, err := store.OpenTraced(t.Context(), d.API, watch)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	looks := func(read func()) (about []string) {
		t.Helper()
		watch.list = nil
		read()
		for _, s := range watch.list {
			for _, table := range []string{"sources", "source_secrets", "source_states", "approvals", "offers", "withdrawals", "toolsets"} {
				if strings.Contains(s.sql, table) {
					about = append(about, s.sql)
					break
				}
			}
		}
		return about
	}
	for name, read := range map[string]func(o tenants.Organization) error{
		"view":          func(o tenants.Organization) error { _, err := db.LoadSnapshot(t.Context(), o.ID); return err },
		"configuration": func(o tenants.Organization) error { _, err := db.Access(t.Context(), o.ID); return err },
	} {
		if got := looks(func() { must(t, read(p.b)) }); len(got) != 1 {
			t.Errorf("%s without sources: %q", name, got)
		}
		if got := looks(func() { must(t, read(p.a)) }); len(got) < 3 {
			t.Errorf("%s with sources: %q", name, got)
		}
	}
}
