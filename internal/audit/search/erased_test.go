package search_test

import (
	"testing"
	"time"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/fault"
)

// TestContentIsNotGoneOnWithAcrossAnErasure: the reader may have lines of what has gone,
// and evidence is signed for all of its lines.
func TestContentIsNotGoneOnWithAcrossAnErasure(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(20)
	x, token := r.export(search.Wanted{Format: search.Evidence, Completeness: search.Proven})
	goesOn := func() error {
		c, err := r.Open(t.Context(), r.auditor, token, x.From+3)
		if err == nil {
			c.Close()
		}
		return err
	}
	// The store has a clock of its own: what is due has been due for a minute.
	erased := func(asked, approved, done string) {
		r.exec("INSERT INTO erasures (org_id, id, who, digest, asked_at, asked_by, approved_at, approved_by, due_at, done_at, scanned, records, fields) SELECT org_id, gen_random_uuid(), " +
			"CASE WHEN " + done + " IS NULL THEN 'x'::bytea END, CASE WHEN " + done + " IS NULL THEN sha256(random()::text::bytea) END, " + asked + ", org_id, " + approved + ", CASE WHEN " + approved +
			"::timestamptz IS NOT NULL THEN org_id END, CASE WHEN " + approved + "::timestamptz IS NOT NULL THEN now() - interval '1 minute' END, " + done + ", 0, 0, 0 FROM organizations")
	}
	at := func(d time.Duration) string { return "'" + x.At.Add(d).Format(time.RFC3339Nano) + "'::timestamptz" }
	const never = "NULL::timestamptz"
	erased(at(-2*time.Hour), at(-2*time.Hour), at(-time.Hour)) // before it
	erased(at(-time.Hour), never, never)                       // only asked for
	must(t, goesOn())
	for name, times := range map[string][3]string{
		"under way": {at(-time.Hour), at(-time.Minute), never}, "done since": {at(-time.Hour), at(-time.Minute), at(time.Second)},
	} {
		erased(times[0], times[1], times[2])
		if err := goesOn(); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: %v", name, err)
		}
		r.exec("DELETE FROM erasures WHERE approved_at > " + at(-time.Hour))
		must(t, goesOn())
	}
	erased(at(-time.Hour), at(-time.Minute), at(time.Second))
	if report := r.verify(r.content(token, search.All)); report.Wrong != nil { // from its beginning
		t.Error(report.String())
	}
}
