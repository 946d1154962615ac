package store_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/usage"
	"gatehouse/internal/tenants"
)

func init() {
	crossings["Usage"] = func(t *testing.T, p pair) {
		t.Helper()
		p.sealLog(t, p.b)
		for _, o := range []tenants.Organization{p.a, p.b} {
			r, err := p.db.Usage(t.Context(), o.ID, usage.Before(time.Now(), 24*time.Hour, 7))
			must(t, err)
			if top := r.Top(5); len(top) != 1 || top[0].Tool != o.Slug.String() || r.Total.People != 1 || r.Total.Clients != 1 {
				t.Errorf("%s reads %+v of %+v", o.Slug, r.Total, top)
			}
		}
	}
}

// spread has a logbook write over the last days.
func (l *logbook) spread(t *testing.T, n int) {
	t.Helper()
	l.journal.Now, l.journal.Pace = time.Now().UTC().Add(-70*time.Hour), 70*time.Hour/time.Duration(n)*9/10
	l.write(t, n)
}

func (l *logbook) usage(t *testing.T, stretch time.Duration, many int) *usage.Report {
	t.Helper()
	r, err := l.db.Usage(t.Context(), l.org.ID, usage.Before(time.Now(), stretch, many))
	must(t, err)
	return r
}

// tallied is a report by hand: what its numbers are, and how long each call took.
type tallied struct {
	calls, failures, refusals int64
	people                    map[tenants.GUID]bool
	clients                   map[string]bool
	took                      []int64
}

func (l *logbook) tallied(t *testing.T, w usage.Window) (all tallied, stretches []tallied) {
	t.Helper()
	stretches = make([]tallied, w.Many+1)
	stretches[w.Many] = tallied{people: map[tenants.GUID]bool{}, clients: map[string]bool{}}
	for i := range stretches {
		stretches[i].people, stretches[i].clients = map[tenants.GUID]bool{}, map[string]bool{}
	}
	for _, row := range l.wrote {
		r, err := audit.Decode(row.Payload)
		must(t, err)
		if r.Kind != audit.ToolCall || r.Phase != audit.Result || r.At.Before(w.From) {
			continue
		}
		for _, s := range []*tallied{&stretches[r.At.Sub(w.From)/w.Stretch], &stretches[w.Many]} {
			s.people[r.Actor.OID], s.clients[r.Client] = true, true
			if r.Outcome == audit.Refused {
				s.refusals++
				continue
			}
			s.calls++
			s.took = append(s.took, r.DurationMicros)
			if r.Outcome != audit.OK {
				s.failures++
			}
		}
	}
	return stretches[w.Many], stretches[:w.Many]
}

func (s tallied) compare(t *testing.T, what any, u usage.Use) {
	t.Helper()
	if u.Calls != s.calls || u.Failures != s.failures || u.Refusals != s.refusals || u.People != len(s.people) || u.Clients != len(s.clients) {
		t.Errorf("%v: %d calls, %d failures, %d refusals of %d people through %d clients; the log has %d, %d, %d, %d, %d",
			what, u.Calls, u.Failures, u.Refusals, u.People, u.Clients, s.calls, s.failures, s.refusals, len(s.people), len(s.clients))
	}
	slices.Sort(s.took)
	for _, part := range []float64{0.5, 0.95} {
		got, known := u.Took.Quantile(part)
		if known != (len(s.took) > 0) {
			t.Errorf("%v: a duration is known: %t", what, known)
		}
		if !known {
			continue
		}
		exact := float64(s.took[int(math.Ceil(part*float64(len(s.took))))-1])
		if off := math.Abs(float64(got.Microseconds())/exact - 1); off > usage.MaxError+0.001 {
			t.Errorf("%v: %v of all take %v, not %v µs", what, part, got, exact)
		}
	}
}

func (l *logbook) checkUsage(t *testing.T) {
	t.Helper()
	for _, span := range []struct {
		stretch time.Duration
		many    int
	}{{time.Hour, 24}, {24 * time.Hour, 7}, {24 * time.Hour, 30}} {
		r := l.usage(t, span.stretch, span.many)
		all, stretches := l.tallied(t, r.Window)
		all.compare(t, span, r.Total)
		for i, s := range stretches {
			s.compare(t, r.Window.From.Add(time.Duration(i)*span.stretch), r.Stretches[i])
		}
	}
}

func TestUsageIsWhatTheLogSays(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.spread(t, 400)
	for more := true; more; { // few at a time: hours are added to
		var err error
		_, more, err = l.sealer.Seal(t.Context(), l.org.ID, seal.Limits{Records: 37, Bytes: 1 << 20})
		must(t, err)
	}
	l.checkUsage(t)
	r := l.usage(t, 24*time.Hour, 30)
	if r.Total.Calls < 100 || r.Total.Refusals < 10 || r.Total.People < 5 {
		t.Errorf("there is little to count: %+v", r.Total)
	}
	top := r.Top(20)
	if len(top) != 8 || !slices.IsSortedFunc(top, func(a, b usage.ToolUse) int { return int(b.Calls - a.Calls) }) {
		t.Errorf("the tools are %+v", top)
	}
	for _, tool := range top {
		if tool.Tool == "crm_delete_contact" {
			t.Error("what does not exist for who called it has a name")
		}
	}
}

func TestWhatIsSealedTwiceIsCountedOnce(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.spread(t, 60)
	l.seal(t)
	must(t, l.outbox.Append(t.Context(), l.wrote)) // as after a commit in doubt
	l.seal(t)
	l.checkUsage(t)
}

func TestWhatIsNotCommittedIsNotCounted(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	conn := connect(t, l.d.Superuser)
	l.spread(t, 60)
	_, err := conn.Exec(t.Context(), `CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the power is gone'; END $$;
		CREATE CONSTRAINT TRIGGER crash AFTER INSERT ON usage_hours DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION crash()`)
	must(t, err)
	if _, _, err := l.sealer.Seal(t.Context(), l.org.ID, seal.Limits{Records: 100, Bytes: 1 << 20}); err == nil {
		t.Fatal("it was sealed all the same")
	}
	if r := l.usage(t, 24*time.Hour, 30); r.Total.Calls+r.Total.Refusals != 0 || l.head(t).Waiting.Records != 60 {
		t.Errorf("%+v", r.Total)
	}
	_, err = conn.Exec(t.Context(), "DROP TRIGGER crash ON usage_hours")
	must(t, err)
	l.seal(t)
	l.checkUsage(t)
}

func TestUsageOfAnotherOrganizationIsNotSeen(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	other := organization("fabrikam")
	claimSealed(t, l.db, l.box, other)
	l.spread(t, 60)
	l.seal(t)
	r, err := l.db.Usage(t.Context(), other.ID, usage.Before(time.Now(), 24*time.Hour, 30))
	must(t, err)
	if r.Total.Calls+r.Total.Refusals != 0 || r.Total.People+r.Total.Clients != 0 || len(r.Top(5)) != 0 {
		t.Errorf("%+v", r.Total)
	}
	l.checkUsage(t)
}

// TestRegistrationsOfOneSoftwareAreOneApp: each device may register for itself.
func TestRegistrationsOfOneSoftwareAreOneApp(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	clients := []string{registered(t, l.db, l.org, time.Now()).ID, registered(t, l.db, l.org, time.Now()).ID, "https://claude.ai/client.json"}
	var rows []audit.Row
	for i := range 6 {
		r := l.journal.Record()
		for r.Kind != audit.ToolCall || r.Phase != audit.Result {
			r = l.journal.Record()
		}
		r.Client = clients[i%len(clients)]
		payload, err := audit.Encode(r)
		must(t, err)
		rows = append(rows, audit.Row{ID: r.ID, Org: r.Org, At: r.At, Kind: r.Kind, Payload: payload})
	}
	must(t, l.outbox.Append(t.Context(), rows))
	l.seal(t)
	if got := l.usage(t, 24*time.Hour, 7).Total.Clients; got != 2 {
		t.Errorf("%d AI apps are active", got)
	}
}

func TestWhoIsErasedWasNeverActive(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.spread(t, 200)
	l.seal(t)
	before := l.usage(t, 24*time.Hour, 7).Total
	people, err := l.db.LogPeople(t.Context(), l.org.ID, l.journal.People[0])
	must(t, err)
	must(t, l.worker.DestroyKeys(t.Context(), caller(l.org), []int32{people[0].Number}))
	after := l.usage(t, 24*time.Hour, 7).Total
	if after.People != before.People-1 || after.Calls != before.Calls || after.Clients != before.Clients {
		t.Errorf("%d people and %d calls, and there were %d and %d", after.People, after.Calls, before.People, before.Calls)
	}
	if left := column(t, connect(t, l.d.Superuser), "SELECT day::text FROM usage_people WHERE person = $1", people[0].Number); len(left) != 0 {
		t.Errorf("the numbers still know of %v", left)
	}
}

// TestUsageIsForgotten with the chore that removes what is over; and whoever the log
// does not know any more was not active either.
func TestUsageIsForgotten(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.aged()
	k.exec(`INSERT INTO usage_hours (org_id, hour, tool, calls, failures, refusals, took)
		SELECT $1, date_trunc('hour', now() - days * interval '1 day'), '', 1, 0, 0, '{1}' FROM unnest(ARRAY[1, 399, 402]) AS days`, k.org.ID.String())
	k.exec("INSERT INTO usage_clients (org_id, day, client, hours) SELECT $1, current_date - days, 'x', 1 FROM unnest(ARRAY[1, 399, 402]) AS days", k.org.ID.String())
	k.exec("INSERT INTO usage_people (org_id, day, person, hours) SELECT $1, current_date - 1, person, 1 FROM audit_people WHERE org_id = $1", k.org.ID.String())
	k.exec("INSERT INTO usage_people (org_id, day, person, hours) SELECT $1, current_date - 402, max(person), 1 FROM audit_people WHERE org_id = $1", k.org.ID.String())
	_, err := k.keeper.RemovePast(t.Context(), k.org.ID)
	must(t, err)
	hours, clients, people := k.number("SELECT count(*) FROM usage_hours"), k.number("SELECT count(*) FROM usage_clients"), k.number("SELECT count(*) FROM usage_people")
	if known := k.number("SELECT count(*) FROM audit_people"); hours != 2 || clients != 2 || people != known || known == 0 {
		t.Errorf("%d hours, %d clients, %d people of %d are left", hours, clients, people, known)
	}
}
