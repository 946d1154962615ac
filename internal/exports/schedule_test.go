package exports_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/filter"
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
	if now := r.scheduled(org); !now.From.Equal(s.From.AddDate(0, 0, 1)) || now.Trouble != "" || len(r.jobs(org)) != 0 {
		t.Errorf("%+v", now)
	}
	var said string
	r.one(&said, "SELECT convert_from(payload, 'UTF8') FROM audit_outbox WHERE kind = 'export'")
	if !strings.Contains(said, "export schedule daily") || !strings.Contains(said, s.From.Format(time.DateOnly)+": ") || !strings.Contains(said, `"outcome":"`+string(audit.Failed)+`"`) {
		t.Errorf("the log says %s", said)
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
		"filter: ":       {"a", tenants.EveryDay, "s3", timed},
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
