package exports_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/audittest"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// schedule makes a schedule of every record as a table, and returns it.
func (r *rig) schedule(org tenants.ID, name string, every tenants.Every, sink string) tenants.ExportSchedule {
	r.t.Helper()
	s, err := r.desk().Schedule(r.t.Context(), r.auditor(org), tenants.ExportSchedule{ID: tenants.NewGUID(), Name: name, Every: every, SinkName: sink}, search.Wanted{Format: search.CSV, Completeness: search.Unproven})
	must(r.t, err)
	return s
}

func (r *rig) jobs(org tenants.ID) []tenants.ExportJob {
	r.t.Helper()
	all, err := r.db.Exports(r.t.Context(), org)
	must(r.t, err)
	return all
}

// scheduled is an organization's only schedule.
func (r *rig) scheduled(org tenants.ID) tenants.ExportSchedule {
	r.t.Helper()
	all, err := r.desk().Schedules(r.t.Context(), org)
	must(r.t, err)
	if len(all) != 1 {
		r.t.Fatalf("there are %d schedules", len(all))
	}
	return all[0]
}

// until moves the clock to an instant.
func (r *rig) until(at time.Time) { r.advance(at.Sub(r.now())) }

func TestScheduleExportsEachPeriodOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 30) // from the beginning of a day on
	first, second := r.runner(1<<20, nil), r.runner(1<<20, nil)
	s := r.schedule(org, "daily", tenants.EveryDay, "azure")
	if !s.From.Equal(r.begin) || !s.NextAt.Equal(r.begin.Add(25*time.Hour)) {
		t.Errorf("the first period is from %s on, asked for at %s", s.From, s.NextAt)
	}
	r.until(s.NextAt.Add(-time.Second))
	if r.sweep(first); len(r.jobs(org)) != 0 {
		t.Error("it is exported before it is over")
	}
	r.until(s.NextAt)
	for _, x := range []*exports.Runner{first, second, first} {
		r.sweep(x)
	}
	all := r.jobs(org)
	if len(all) != 1 || all[0].SinkName != "azure" || all[0].Format != "csv" {
		t.Fatalf("there are %+v", all)
	}
	if want := "exports/daily-" + r.begin.Format(time.DateOnly) + "-" + all[0].ID.String() + ".csv"; all[0].Object != want {
		t.Errorf("the object is %s, want %s", all[0].Object, want)
	}
	r.arrived(r.azure, org, all[0].ID)
	if lines := bytes.Count(r.azure.Object("/logs/"+all[0].Object), []byte("\n")); lines != 31 {
		t.Errorf("the day has %d lines", lines)
	}
	now := r.scheduled(org)
	if !now.From.Equal(r.begin.AddDate(0, 0, 1)) || now.Last != all[0].ID || now.Trouble != "" || now.MadeBy.Name != "Dan" {
		t.Errorf("it goes on as %+v", now)
	}
	var said string
	r.one(&said, "SELECT convert_from(payload, 'UTF8') FROM audit_outbox WHERE kind = 'export' AND payload LIKE '%by schedule%'")
	if !strings.Contains(said, "csv to sink azure by schedule daily") || !strings.Contains(said, `"actor_kind":"system"`) || !strings.Contains(said, r.begin.Format(time.DateOnly)) {
		t.Errorf("the log says %s", said)
	}

	r.until(r.begin.AddDate(0, 0, 4).Add(2 * time.Hour)) // nothing ran for two days more
	for range 5 {
		r.sweep(second)
	}
	if n := len(r.jobs(org)); n != 4 {
		t.Errorf("%d of 4 days are exported", n)
	}
	must(t, r.desk().Unschedule(t.Context(), r.auditor(org), "daily"))
	r.one(&said, "SELECT string_agg(convert_from(payload, 'UTF8'), ' ') FROM audit_outbox WHERE kind = 'config_change'")
	for _, part := range []string{"export schedule created", "export schedule cancelled", "completeness", "filter"} {
		if !strings.Contains(said, part) {
			t.Errorf("the log does not say %q: %s", part, said)
		}
	}
	r.advance(48 * time.Hour)
	if r.sweep(first); len(r.jobs(org)) != 4 {
		t.Error("a schedule that was cancelled goes on")
	}
	wantKind(t, r.desk().Unschedule(t.Context(), r.auditor(org), "daily"), fault.NotFound)
}

// TestNothingIsBroughtToASinkThatLeadsElsewhere: whoever may change a sink may not read
// the log.
func TestNothingIsBroughtToASinkThatLeadsElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 10)
	x := r.runner(1<<20, nil)
	s := r.schedule(org, "daily", tenants.EveryDay, "azure")
	j := r.ask(org, search.CSV, "azure")
	lead := func(url string) {
		_, err := r.db.EditAccess(t.Context(), r.auditor(org), "sink changed", func(c *access.Configuration) error {
			for _, old := range c.Sinks {
				if old.Name == "azure" {
					old.URL = url
					return c.PutSink(old, access.Deployment{Loopback: access.AllowLoopback})
				}
			}
			return nil
		})
		must(t, err)
	}
	lead(r.azure.URL + "/mine")
	r.sweep(x)
	if got := r.job(org, j.ID); got.State != tenants.ExportFailed || !strings.Contains(got.Trouble, "leads elsewhere") {
		t.Errorf("the export that was under way is %+v", got)
	}
	r.until(s.NextAt)
	r.sweep(x)
	if now := r.scheduled(org); !strings.Contains(now.Trouble, "leads elsewhere") || !now.From.Equal(s.From) || !now.NextAt.After(r.now()) || len(r.jobs(org)) != 1 || r.azure.Requests() != 0 {
		t.Errorf("%d requests, and %+v", r.azure.Requests(), now)
	}
	since := r.scheduled(org).FailingSince
	lead(r.azure.URL + "/logs") // back, and without a secret
	r.advance(time.Hour)
	r.sweep(x)
	if now := r.scheduled(org); !strings.Contains(now.Trouble, "has no secret") || !now.FailingSince.Equal(since) || since.IsZero() {
		t.Errorf("%+v", now)
	}
	_, err := r.db.EditAccess(t.Context(), r.auditor(org), "sink removed", func(c *access.Configuration) error { return c.RemoveSink("azure") })
	must(t, err)
	r.advance(time.Hour)
	r.sweep(x)
	if now := r.scheduled(org); !strings.Contains(now.Trouble, "the sink is gone") || now.FailingSince.IsZero() {
		t.Errorf("%+v", now)
	}
}

func TestPeriodThatRetentionHasRemovedIsLeftOutOnRecord(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 10)
	s := r.schedule(org, "daily", tenants.EveryDay, "azure")
	r.exec("UPDATE audit_heads SET first = size, gone_until = $1", s.From.Add(36*time.Hour))
	r.until(s.From.AddDate(0, 0, 3))
	x := r.runner(1<<20, nil)
	r.sweep(x)
	if now := r.scheduled(org); !now.From.Equal(s.From.AddDate(0, 0, 1)) || now.FailingSince.IsZero() || !strings.HasPrefix(now.Trouble, "there is none of "+s.From.Format(time.DateOnly)) || len(r.jobs(org)) != 0 {
		t.Errorf("%+v", now)
	}
	r.exec("UPDATE audit_heads SET gone_until = $1", s.From)
	if r.sweep(x); len(r.jobs(org)) != 1 || r.scheduled(org).Trouble != "" {
		t.Errorf("the day after it is %+v", r.scheduled(org))
	}
	var said string
	r.one(&said, "SELECT convert_from(payload, 'UTF8') FROM audit_outbox WHERE kind = 'export' AND payload LIKE '%export schedule daily%'")
	if !strings.Contains(said, "export schedule daily") || !strings.Contains(said, s.From.Format(time.DateOnly)+": ") || !strings.Contains(said, `"outcome":"`+string(audit.Failed)+`"`) {
		t.Errorf("the log says %s", said)
	}
}

// TestPeriodIsExportedWhenAllOfItIsSealed: a worker that was away exports nothing before
// what has waited for it is in the log.
func TestPeriodIsExportedWhenAllOfItIsSealed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 30)
	s := r.schedule(org, "daily", tenants.EveryDay, "azure")
	journal := audittest.New(org, 2, 9, r.begin.Add(10*time.Hour))
	var rows []audit.Row
	for range 20 {
		rows = append(rows, journal.Row())
	}
	must(t, r.database.OpenOutbox(t).Append(t.Context(), rows))
	x := r.runner(1<<20, nil)
	r.until(s.NextAt)
	r.sweep(x)
	if now := r.scheduled(org); len(r.jobs(org)) != 0 || !now.From.Equal(s.From) || !strings.Contains(now.Trouble, "not sealed yet") || now.FailingSince.IsZero() || !now.NextAt.Equal(r.now().Add(time.Minute)) {
		t.Errorf("%d exports, %+v", len(r.jobs(org)), now)
	}
	sealtest.All(t, r.sealer, org)
	r.exec("DELETE FROM audit_outbox")
	r.advance(time.Minute)
	r.sweep(x)
	all := r.jobs(org)
	if len(all) != 1 || bytes.Count(r.azure.Object("/logs/"+all[0].Object), []byte("\n")) < 51 || r.scheduled(org).Trouble != "" {
		t.Errorf("%+v, %+v", all, r.scheduled(org))
	}
}

// TestClockThatIsAheadEndsNoPeriod: of a worker, beside the database's.
func TestClockThatIsAheadEndsNoPeriod(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 10)
	r.advance(19 * 24 * time.Hour)
	s := r.schedule(org, "monthly", tenants.EveryMonth, "azure")
	r.exec("DELETE FROM audit_outbox") // the schedule's own record, for whose sealing it would wait
	r.until(s.NextAt.AddDate(0, 2, 0))
	r.sweep(r.runner(1<<20, nil))
	if now := r.scheduled(org); len(r.jobs(org)) != 0 || !now.From.Equal(s.From) {
		t.Errorf("%d exports, %+v", len(r.jobs(org)), now)
	}
}

// TestScheduleBeginsWithThePeriodThatIsSaid, so that one that is made again leaves none
// out.
func TestScheduleBeginsWithThePeriodThatIsSaid(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 10)
	r.advance(72 * time.Hour)
	for name, c := range map[string]struct{ from, want time.Time }{
		"before":    {r.begin.Add(30 * time.Hour), r.begin.AddDate(0, 0, 1)},
		"to-come":   {r.begin.AddDate(0, 1, 0), tenants.EveryDay.Period(r.now())},
		"under-way": {time.Time{}, tenants.EveryDay.Period(r.now())},
	} {
		s, err := r.desk().Schedule(t.Context(), r.auditor(org), tenants.ExportSchedule{ID: tenants.NewGUID(), Name: name, Every: tenants.EveryDay, SinkName: "azure", From: c.from}, search.Wanted{Format: search.CSV, Completeness: search.Unproven})
		if must(t, err); !s.From.Equal(c.want) {
			t.Errorf("%s: it begins with %s, want %s", name, s.From, c.want)
		}
	}
}

func TestSchedulesTakeTheirTurnBehindWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 10)
	s := r.schedule(org, "daily", tenants.EveryDay, "azure")
	r.until(s.NextAt)
	for range tenants.MostExports {
		r.ask(org, search.CSV, "s3")
	}
	r.exec("UPDATE exports SET due_at = due_at + interval '10 years'") // none of them ends
	x := r.runner(1<<20, nil)
	r.sweep(x)
	if now := r.scheduled(org); !now.From.Equal(s.From) || now.Trouble != "" || !now.NextAt.Equal(r.now().Add(time.Minute)) {
		t.Errorf("while there is no room it is %+v", now)
	}
	r.exec("DELETE FROM exports")
	r.advance(time.Minute)
	if r.sweep(x); len(r.jobs(org)) != 1 {
		t.Error("it has not had its turn")
	}
}

func TestWhatNoScheduleCanBe(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	org := r.organization("contoso", 10)
	good := search.Wanted{Format: search.CSV, Completeness: search.Unproven}
	proven, timed := good, good
	proven.Completeness = search.Proven
	timed.Filter = filter.Filter{To: r.begin}
	personal, said := good, good
	personal.Filter.People, said.Filter.Text = []tenants.GUID{tenants.NewGUID()}, "Anna"
	for says, c := range map[string]struct {
		name   string
		every  tenants.Every
		sink   string
		wanted search.Wanted
	}{
		"name: ":         {"A", tenants.EveryDay, "s3", good},
		"every: ":        {"a", "hour", "s3", good},
		"does not exist": {"a", tenants.EveryDay, "nowhere", good},
		"kind storage":   {"a", tenants.EveryDay, "mail", good},
		"no secret":      {"a", tenants.EveryDay, "bare", good},
		"completeness":   {"a", tenants.EveryDay, "s3", proven},
		"filter: has":    {"a", tenants.EveryDay, "s3", timed},
		"filter: is":     {"a", tenants.EveryDay, "s3", personal},
		"people or text": {"a", tenants.EveryDay, "s3", said},
	} {
		_, err := r.desk().Schedule(t.Context(), r.auditor(org), tenants.ExportSchedule{ID: tenants.NewGUID(), Name: c.name, Every: c.every, SinkName: c.sink}, c.wanted)
		if wantKind(t, err, fault.Invalid); err == nil || !strings.Contains(fault.Public(err), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
	again := func(name string) error {
		_, err := r.desk().Schedule(t.Context(), r.auditor(org), tenants.ExportSchedule{ID: tenants.NewGUID(), Name: name, Every: tenants.EveryWeek, SinkName: "s3"}, good)
		return err
	}
	must(t, again("a"))
	wantKind(t, again("a"), fault.Conflict)
	for i := range tenants.MostExportSchedules - 1 {
		must(t, again("n"+string(rune('a'+i))))
	}
	wantKind(t, again("z"), fault.Conflict)
}
