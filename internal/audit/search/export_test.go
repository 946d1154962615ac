package search_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// trust is what an auditor holds who knows the log and its present checkpoint.
func (r *rig) trust() evidence.Trust {
	r.t.Helper()
	head, err := r.db.LogHead(r.t.Context(), r.org)
	must(r.t, err)
	return evidence.Trust{Origin: proof.Origin(sealtest.Host, r.org), Keys: []proof.Key{sealtest.Signer(0).Key}, Checkpoint: head.Checkpoint}
}

func (r *rig) verify(text string) evidence.Report {
	r.t.Helper()
	report, err := evidence.Verify(strings.NewReader(text), r.trust())
	must(r.t, err)
	return report
}

func TestEvidenceOfAnExportIsProven(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.journal.Pace = 2 * time.Minute // so that a time has a before and an after of more than an hour
	r.write(400)
	from, to := r.all[150].At, r.all[250].At
	for name, w := range map[string]search.Wanted{
		"everything": {}, "time": {Filter: filter.Filter{From: from, To: to}},
		"time and tool":    {Filter: filter.Filter{From: from, To: to, Tools: []string{"whoami"}}},
		"person":           {Filter: filter.Filter{People: r.journal.People[:1]}},
		"until now":        {Filter: filter.Filter{From: from}},
		"from the first":   {Filter: filter.Filter{To: to}},
		"nothing in there": {Filter: filter.Filter{Tools: []string{"no_such_tool"}}},
	} {
		w.Format, w.Completeness = search.Evidence, search.Proven
		_, token := r.export(w)
		report := r.verify(r.content(token, search.All))
		want := int64(len(r.expected(func(a audit.Record) bool {
			f := w.Filter
			return (f.From.IsZero() || !a.At.Before(f.From)) && (f.To.IsZero() || a.At.Before(f.To)) && (len(f.Tools) == 0 || a.Tool == f.Tools[0]) &&
				(len(f.People) == 0 || a.Actor.OID == f.People[0] || a.Subject.OID == f.People[0])
		})))
		if w.Filter.From.IsZero() && len(w.Filter.Tools)+len(w.Filter.People) == 0 {
			want++ // the organization's registration
		}
		if report.Verdict() != evidence.Proven || report.Tally.Matched != want {
			t.Errorf("%s: %d records match, want %d:\n%s", name, report.Tally.Matched, want, report.String())
		}
	}
}

// TestUnprovenEvidenceTellsNothingOfOthers: not even what the filter asks about.
func TestUnprovenEvidenceTellsNothingOfOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(100)
	_, token := r.export(search.Wanted{Filter: filter.Filter{Tools: []string{"whoami"}}, Format: search.Evidence, Completeness: search.Unproven})
	text := r.content(token, search.All)
	report := r.verify(text)
	if report.Wrong != nil || report.Missing == "" || report.Tally.Matched == 0 || strings.Contains(text, "notes_search") {
		t.Errorf("%+v\n%s", report.Tally, report.String())
	}
}

func TestReceiptIsTheEvidenceOfOneRecord(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(150)
	wanted := r.all[77].ID
	var text bytes.Buffer
	must(t, r.Receipt(t.Context(), r.org, wanted, &text))
	trust := r.trust()
	trust.Asked = evidence.Asked{One: true}
	report, err := evidence.Verify(bytes.NewReader(text.Bytes()), trust)
	must(t, err)
	if report.Verdict() != evidence.Proven || report.To-report.From != 1 || !strings.Contains(text.String(), wanted.String()) {
		t.Errorf("%s", report.String())
	}
	found, err := r.Find(t.Context(), r.org, wanted)
	must(t, err)
	if found.Seq != report.From || textOf(found.Field("id").Value) != wanted.String() || found.Trouble != search.None {
		t.Errorf("%+v", found)
	}
	waiting := r.journal.Row()
	must(t, r.outbox.Append(t.Context(), []audit.Row{waiting}))
	for id, kind := range map[audit.ID]fault.Kind{waiting.ID: fault.Unavailable, audit.ID(tenants.NewGUID().Bytes()): fault.NotFound} {
		_, err := r.Find(t.Context(), r.org, id)
		wantKind(t, err, kind)
		text.Reset()
		wantKind(t, r.Receipt(t.Context(), r.org, id, &text), kind)
		if text.Len() > 0 {
			t.Error("something was written of a record that is not there")
		}
	}
}

func TestContentGoesOnWhereItWasBrokenOff(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(300)
	for format, number := range map[search.Format]func(line string) (int64, bool){
		search.Evidence: func(line string) (int64, bool) {
			_, text, found := strings.Cut(strings.TrimSuffix(line, "}\n"), `},"seq":`)
			n, err := strconv.ParseInt(text, 10, 64)
			return n, found && err == nil
		},
		search.CSV: func(line string) (int64, bool) {
			text, _, _ := strings.Cut(line[1:], `"`)
			n, err := strconv.ParseInt(text, 10, 64)
			return n, err == nil
		},
		search.OCSF: func(line string) (int64, bool) {
			_, text, _ := strings.Cut(line, `"sequence":`)
			text, _, _ = strings.Cut(text, ",")
			n, err := strconv.ParseInt(text, 10, 64)
			return n, err == nil
		},
	} {
		w := search.Wanted{Filter: filter.Filter{Tools: []string{"whoami"}}, Format: format, Completeness: search.Unproven}
		if format == search.Evidence {
			w.Completeness = search.Proven
		}
		x, token := r.export(w)
		whole := r.content(token, search.All)
		r.write(20) // what comes later does not change it
		breaks, before := 0, 0
		for line := range strings.Lines(whole) {
			before += len(line)
			n, is := number(line)
			if !is || breaks > 40 {
				continue
			}
			breaks++
			if rest := r.content(token, n); whole[:before]+rest != whole {
				t.Fatalf("%s: what follows record %d is %.300q", format, n, rest)
			}
		}
		if breaks < 20 {
			t.Errorf("%s was broken off %d times", format, breaks)
		}
		for _, after := range []int64{-2, x.From - 1, x.To} {
			if after == search.All {
				continue
			}
			_, err := r.Open(t.Context(), r.auditor, token, after)
			wantKind(t, err, fault.Invalid)
		}
	}
}

func TestExportIsOnRecordBeforeAnybodyHasIt(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(10)
	r.refuse = fault.New(fault.Unavailable, "the log is full")
	w := search.Wanted{Filter: filter.Filter{Text: "Café <b>"}, Format: search.CSV, Completeness: search.Unproven}
	if _, token, err := r.Prepare(t.Context(), r.auditor, tenants.NewGUID(), w); err == nil || token != "" {
		t.Errorf("there is an export without a record: %v", err)
	}
	r.refuse = nil
	x, _ := r.export(w)
	e := r.noted[0]
	var said struct {
		Completeness string
		Filter       struct{ Text string }
		From, To     int64
	}
	must(t, json.Unmarshal([]byte(e.After), &said))
	if len(r.noted) != 1 || e.Kind != audit.Export || !strings.Contains(e.Target, x.ID.String()) || e.Detail != "csv" || e.Count != x.To-x.From ||
		said.Filter.Text != w.Filter.Text || said.From != x.From || said.To != x.To || said.Completeness != "none" {
		t.Errorf("the record is %+v", e)
	}
}

func TestExportIsItsCallersAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(10)
	_, token := r.export(search.Wanted{Format: search.OCSF, Completeness: search.Unproven})
	other := r.auditor.Identity()
	other.OID = tenants.NewGUID()
	_, err := r.Open(t.Context(), authz.Actor(other), token, search.All)
	wantKind(t, err, fault.NotFound)
	_, err = r.Open(t.Context(), r.auditor, token+"A", search.All)
	wantKind(t, err, fault.NotFound)
	r.ahead.Store(int64(8 * 24 * time.Hour))
	_, err = r.Open(t.Context(), r.auditor, token, search.All)
	wantKind(t, err, fault.NotFound)
}

func TestFewContentsAreReadAtATime(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(10)
	_, token := r.export(search.Wanted{Format: search.OCSF, Completeness: search.Unproven})
	var open []*search.Content
	for range 2 {
		c, err := r.Open(t.Context(), r.auditor, token, search.All)
		must(t, err)
		open = append(open, c)
	}
	_, err := r.Open(t.Context(), r.auditor, token, search.All)
	wantKind(t, err, fault.Limited)
	open[0].Close()
	open[0].Close()
	open[1].Close()
	for range 2 {
		_, err = r.Open(t.Context(), r.auditor, token, search.All)
		must(t, err)
	}
	_, err = r.Open(t.Context(), r.auditor, token, search.All)
	wantKind(t, err, fault.Limited)
}

func TestWhatCannotBeExportedIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	prepare := func(w search.Wanted) error {
		_, _, err := r.Prepare(t.Context(), r.auditor, tenants.NewGUID(), w)
		return err
	}
	wantKind(t, prepare(search.Wanted{Format: search.CSV, Completeness: search.Unproven}), fault.Unavailable) // nothing is sealed
	r.write(1)
	for name, w := range map[string]search.Wanted{
		"format": {Format: "pdf", Completeness: search.Unproven}, "completeness": {Format: search.Evidence, Completeness: "some"},
		"proof of a table": {Format: search.CSV, Completeness: search.Proven},
		"long filter":      {Format: search.CSV, Completeness: search.Unproven, Filter: filter.Filter{Clients: slices.Repeat([]string{strings.Repeat("c", 500)}, 7)}},
		"many checkpoints": {Format: search.Evidence, Completeness: search.Proven, Sizes: make([]int64, 65)},
	} {
		if err := prepare(w); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(r.noted) > 0 {
		t.Error("a refused export is on record")
	}
}

// TestEditedRowIsNamed in what is found, and by whoever verifies an export.
func TestEditedRowIsNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(60)
	whole := search.Wanted{Format: search.Evidence, Completeness: search.Proven}
	_, before := r.export(whole)
	if report := r.verify(r.content(before, search.All)); report.Wrong != nil {
		t.Fatal(report.String())
	}
	id := r.all[30].ID
	found, err := r.Find(t.Context(), r.org, id)
	must(t, err)
	r.exec("UPDATE audit_records SET own = set_byte(own, 40, get_byte(own, 40) # 1) WHERE id = '" + id.String() + "'")
	again, err := r.Find(t.Context(), r.org, id)
	must(t, err)
	if again.Trouble != search.Unreadable || again.Seq != found.Seq {
		t.Errorf("found is %+v", again)
	}
	_, token := r.export(whole)
	for _, token := range []string{before, token} {
		report := r.verify(r.content(token, search.All))
		if report.Wrong == nil || report.Wrong.Seq != found.Seq {
			t.Errorf("nobody names record %d:\n%s", found.Seq, report.String())
		}
	}
	page, err := r.Search(t.Context(), r.org, search.Query{Filter: filter.Filter{Tools: []string{"no_such_tool"}}, Limit: 5})
	must(t, err)
	if len(page.Records) != 1 || page.Records[0].Trouble != search.Unreadable {
		t.Errorf("a search shows %+v", page.Records)
	}
	_, token = r.export(search.Wanted{Format: search.CSV, Completeness: search.Unproven, Filter: filter.Filter{Tools: []string{"no_such_tool"}}})
	if text := r.content(token, search.All); !strings.Contains(text, `,"unreadable"`) {
		t.Errorf("the table is %s", text)
	}
}

// TestDamagedStoreIsNamedByTheExport: what is gone or cannot be read keeps nothing else
// from being exported.
func TestDamagedStoreIsNamedByTheExport(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(40)
	last := r.query("SELECT max(seq) FROM audit_records")
	for _, c := range []struct {
		damage string
		first  int64
	}{
		{"DELETE FROM audit_records WHERE seq = " + strconv.Itoa(last), int64(last)},
		{"DELETE FROM audit_records WHERE seq BETWEEN 20 AND 24", 20},
		{"UPDATE audit_records SET concerning = own WHERE seq = 15", 15},
		{"UPDATE audit_records SET personal = NULL, person = NULL WHERE seq = 12", 12},
		{"UPDATE audit_people SET key = set_byte(key, 40, get_byte(key, 40) # 1) WHERE person = (SELECT min(person) FROM audit_records WHERE seq < 10)", anywhere},
	} {
		r.exec(c.damage)
		for _, f := range []filter.Filter{{}, {Tools: []string{"whoami"}}} {
			_, token := r.export(search.Wanted{Format: search.Evidence, Completeness: search.Proven, Filter: f})
			text := r.content(token, search.All)
			report := r.verify(text)
			if report.Wrong == nil || c.first != anywhere && report.Wrong.Seq != c.first || report.Wrong.Seq < 0 {
				t.Errorf("%s: %s", c.damage, report.String())
			}
			if lines := strings.Count(text, "\n"); lines != last+1+3 {
				t.Errorf("%s: the export has %d lines", c.damage, lines)
			}
		}
	}
}

// anywhere is of a damage that shows at the first record that it is of.
const anywhere = -1

// slow is a reader that looks around when it is handed something, and has enough then.
type slow struct {
	look  func()
	wrote int
}

var errGone = errors.New("the reader has gone")

func (s *slow) Write(p []byte) (int, error) {
	s.wrote += len(p)
	s.look()
	return 0, errGone
}

// counted counts the rows that a store hands out.
type counted struct {
	search.Store
	rows *int
}

func (c counted) SealedRows(ctx context.Context, org tenants.ID, q seal.Query, each func(seal.Row, proof.Hash) error) error {
	return c.Store.SealedRows(ctx, org, q, func(row seal.Row, leaf proof.Hash) error {
		*c.rows++
		return each(row, leaf)
	})
}

// TestSlowReaderHoldsNothingUp: no transaction is open while it takes its time, and
// little is read ahead of it.
func TestSlowReaderHoldsNothingUp(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(4000)
	for _, format := range []search.Format{search.Evidence, search.CSV, search.OCSF} {
		rows := 0
		parts := r.Parts
		parts.Store = counted{r.db, &rows}
		_, token := r.export(search.Wanted{Format: format, Completeness: map[search.Format]search.Completeness{search.Evidence: search.Proven, search.CSV: search.Unproven, search.OCSF: search.Unproven}[format]})
		c, err := search.NewReader(parts).Open(t.Context(), r.auditor, token, search.All)
		must(t, err)
		open := func() int {
			return r.query("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'")
		}
		reader := &slow{look: func() { // what is read ahead comes to an end
			for until := time.Now().Add(20 * time.Second); open() != 0; {
				if time.Now().After(until) {
					t.Errorf("%s: transactions stay open", format)
					return
				}
			}
		}}
		if err := c.Write(t.Context(), reader); !errors.Is(err, errGone) {
			t.Errorf("%s ends with %v", format, err)
		}
		c.Close()
		if rows > 2000 || reader.wrote > 65<<10 {
			t.Errorf("%s: %d rows were read for the first %d bytes", format, rows, reader.wrote)
		}
	}
}

// TestTableIsOneThatAnyReaderTakes and no spreadsheet computes.
func TestTableIsOneThatAnyReaderTakes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, target := range []string{`=HYPERLINK("https://evil.example")`, "+1", "-1", "@x", " =1", "ok;=1+1", "＝1", `quoted "words", and; more`, "Zoë"} {
		row, err := audit.NewScribe(r.now).Row(r.auditor, audit.Event{Kind: audit.ConfigChange, Target: target})
		must(t, err)
		r.seal([]audit.Row{row})
	}
	_, token := r.export(search.Wanted{Format: search.CSV, Completeness: search.Unproven, Filter: filter.Filter{Kinds: []string{"config_change"}}})
	lines, err := csv.NewReader(strings.NewReader(r.content(token, search.All))).ReadAll()
	must(t, err)
	at := slices.Index(lines[0], "target")
	var got []string
	for _, cells := range lines[len(lines)-9:] {
		got = append(got, cells[at])
	}
	want := []string{`'=HYPERLINK("https://evil.example")`, "'+1", "'-1", "'@x", "' =1", "ok;'=1+1", "'＝1", `quoted "words", and; more`, "Zoë"}
	if !slices.Equal(got, want) {
		t.Errorf("targets are\n%q\nwant\n%q", got, want)
	}
}
