//go:build soak

package chaos_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What the log holds in the end: so many people's records of so many days.
const (
	logPeople = 2000
	logDays   = 31
)

var logRecords = flag.Int64("log-records", 5_000_000, "how large TestSoakLogAtSize makes a log; its report is written for the default only")

// What may never be.
const (
	searchLimit = 200 * time.Millisecond
	exportFloor = 50_000 // records a second
	bytesLimit  = 900    // a record, of everything that is stored of it
)

// figures are what was measured of a log of one size.
type figures struct {
	records                int64
	bytes                  [4]float64 // a record: rows, their indexes, the tree, the rest
	cold                   []time.Duration
	warm                   []time.Duration
	absent, present, count time.Duration
	counted                int // requests
	whole, table           arrived
	verified               float64 // records a second
}

// TestSoakLogAtSize fills a log through its sealer and reads it through the API, at a
// hundredth, a tenth and all of its size. It ends by writing its report.
func TestSoakLogAtSize(t *testing.T) {
	began := time.Now()
	l := newLibrary(t, *logRecords)
	var all []figures
	for _, size := range []int64{*logRecords / 100, *logRecords / 10, *logRecords} {
		l.grow(t, size)
		all = append(all, l.measure(t))
	}
	last := all[len(all)-1]
	p99, whole := percentile(append(last.warm, last.cold...), 99), last.bytes[0]+last.bytes[1]+last.bytes[2]+last.bytes[3]
	if p99 > searchLimit || last.whole.rate() < exportFloor || whole > bytesLimit {
		t.Errorf("search %s (at most %s), export %.0f/s (at least %d), %.0f bytes a record (at most %d)", p99, searchLimit, last.whole.rate(), exportFloor, whole, bytesLimit)
	}
	s := section{
		title: "The log at size",
		about: fmt.Sprintf("One organization's log of %s records of %d people and %d days is filled through the outbox and the sealer, 2,000 records at a time, and read through the "+
			"management API of a `cmd/api` while it has a hundredth, a tenth and all of its size. PostgreSQL waits for its disk (`fsync=on`) and has 512 MB of buffers. Everything runs on the same cores: "+
			"PostgreSQL, `cmd/api`, and the client, which takes an export apart line by line and holds the digest of its manifest against what arrived. \"Cold\" is the first search after PostgreSQL was "+
			"killed and started again. A person's day is the first page, of 50 records at most, of somebody's records of one of the days that there are.", thousands(*logRecords), logPeople, logDays),
		rows: append(circumstances(t, time.Since(began)), append([][2]string{
			{"load average of the machine", loadAverage(t)},
			{"written, one transaction after the other", fmt.Sprintf("%s/s", thousands(int64(float64(last.records)/l.written.Seconds())))},
			{"sealed, one transaction after the other, while others were written", fmt.Sprintf("%s/s", thousands(int64(float64(last.records)/l.sealing.Seconds())))},
		}, rowsOf(all)...)...),
	}
	t.Log("\n" + s.text())
	if !t.Failed() && *logRecords == 5_000_000 {
		s.write(t)
	}
}

// rowsOf is a row a figure, with that of each size beside the others and what follows
// for ten times the last.
func rowsOf(all []figures) (rows [][2]string) {
	add := func(what string, tell func(f figures) string, more string) {
		var each []string
		for _, f := range all {
			each = append(each, tell(f))
		}
		rows = append(rows, [2]string{what, strings.Join(each, " · ") + more})
	}
	millis := func(d time.Duration) string { return d.Round(100 * time.Microsecond).String() }
	last := all[len(all)-1]
	ten := thousands(10 * last.records)
	grown := func(of func(f figures) time.Duration) string { // by what each tenfold has added
		first := of(all[0])
		return fmt.Sprintf(" → %s at %s", millis(of(last)+max(0, (of(last)-first)/2)), ten)
	}
	add("records", func(f figures) string { return thousands(f.records) }, " → extrapolated: "+ten)
	for i, part := range []string{"rows", "their indexes", "tree (commitments)", "people, keys, head"} {
		add("bytes a record: "+part, func(f figures) string { return fmt.Sprintf("%.1f", f.bytes[i]) }, "")
	}
	add("**bytes a record, everything**", func(f figures) string { return fmt.Sprintf("%.0f", f.bytes[0]+f.bytes[1]+f.bytes[2]+f.bytes[3]) }, "")
	p50 := func(f figures) time.Duration { return percentile(f.warm, 50) }
	p99 := func(f figures) time.Duration { return percentile(f.warm, 99) }
	add("a person's day, p50", func(f figures) string { return millis(p50(f)) }, grown(p50))
	add("**a person's day, p99**", func(f figures) string { return millis(p99(f)) }, grown(p99))
	add("a person's day, the slowest of the first ten after a restart", func(f figures) string { return millis(percentile(f.cold, 100)) }, "")
	add("text that many records of a day have, a page", func(f figures) string { return millis(f.present) }, "")
	add("text that no record of a day has, one request (20,000 records are opened)", func(f figures) string { return millis(f.absent) }, "")
	add("counts by day of everything", func(f figures) string { return fmt.Sprintf("%s in %d", millis(f.count), f.counted) }, fmt.Sprintf(" → %s", millis(10*last.count)))
	add("**export of everything as evidence, records a second**", func(f figures) string { return thousands(int64(f.whole.rate())) }, "")
	add("export of everything as evidence", func(f figures) string {
		return fmt.Sprintf("%.0f MB in %s", float64(f.whole.bytes)/1e6, f.whole.took.Round(100*time.Millisecond))
	}, fmt.Sprintf(" → %s", (10*last.whole.took).Round(time.Second)))
	add("export of a day as a table, records a second", func(f figures) string { return thousands(int64(f.table.rate())) }, "")
	add("`gatehouse audit verify` of a day, records a second", func(f figures) string { return thousands(int64(f.verified)) }, "")
	return rows
}

// measure takes all figures of the log as it is.
func (l *library) measure(t *testing.T) figures {
	t.Helper()
	f := figures{records: l.head(t).Size}
	f.bytes = l.bytes(t)
	days := max(1, int(time.Unix(0, l.clock.Load()).Sub(l.began).Hours()/24)) // whole ones, if there is one
	random := rand.New(rand.NewPCG(1, 2))
	day := func(n int) (string, string) {
		from := l.began.AddDate(0, 0, n)
		return from.Format(time.RFC3339), from.AddDate(0, 0, 1).Format(time.RFC3339)
	}
	persons := func() url.Values {
		from, to := day(random.IntN(days))
		who := l.journal.People[random.IntN(logPeople/4)] // those who come often
		return url.Values{"person": {who.String()}, "from": {from}, "to": {to}}
	}
	must(t, l.postgres.Kill())
	must(t, l.postgres.Restart(t.Context()))
	l.settle(t)
	for range 10 {
		f.cold = append(f.cold, l.ask(t, "records", persons(), nil))
	}
	for range 200 {
		f.warm = append(f.warm, l.ask(t, "records", persons(), nil))
	}
	from, to := day(random.IntN(days))
	f.present = l.ask(t, "records", url.Values{"text": {"Payroll"}, "from": {from}, "to": {to}}, nil)
	f.absent = l.ask(t, "records", url.Values{"text": {"nobody says this"}, "from": {from}, "to": {to}}, nil)
	f.count, f.counted = l.countAll(t, f.records)
	f.whole = l.export(t, `{"format":"evidence"}`, "")
	file := filepath.Join(t.TempDir(), "day.ndjson")
	of := l.export(t, fmt.Sprintf(`{"format":"evidence","filter":{"from":%q,"to":%q}}`, from, to), file)
	f.verified = l.verify(t, file, of.records)
	f.table = l.export(t, fmt.Sprintf(`{"format":"csv","filter":{"from":%q,"to":%q}}`, from, to), "")
	if f.whole.records != f.records {
		t.Errorf("the export has %d of %d records", f.whole.records, f.records)
	}
	return f
}

// verify has cmd/gatehouse verify a file, and returns how many records a second it
// takes.
func (l *library) verify(t *testing.T, file string, records int64) float64 {
	t.Helper()
	h := l.head(t)
	cmd := exec.CommandContext(t.Context(), binary(t, "gatehouse"), "audit", "verify", file, "--key", h.Key, "--origin", h.Origin)
	began := time.Now()
	said, err := cmd.CombinedOutput()
	took := time.Since(began)
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != 2 || strings.Contains(string(said), "WRONG") { // without a checkpoint not everything is checked
		t.Errorf("the verifier says %v\n%s", err, said)
	}
	must(t, os.Remove(file))
	return float64(records) / took.Seconds()
}

// bytes is what the database keeps of a record: in rows, in their indexes, in the tree,
// and in everything else that belongs to the log.
func (l *library) bytes(t *testing.T) (each [4]float64) {
	t.Helper()
	var of [4]int64
	must(t, l.super.QueryRow(t.Context(), `SELECT pg_table_size('audit_records'), pg_indexes_size('audit_records'), pg_total_relation_size('audit_tiles'),
		pg_total_relation_size('audit_people') + pg_total_relation_size('audit_keys') + pg_total_relation_size('audit_heads')`).Scan(&of[0], &of[1], &of[2], &of[3]))
	n := float64(l.head(t).Size)
	for i := range of {
		each[i] = float64(of[i]) / n
	}
	return each
}

func loadAverage(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(raw))[:3], " ")
}

// thousands writes a number with commas.
func thousands(n int64) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
