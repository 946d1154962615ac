package search_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// inPieces makes the content of an export piece by piece, each by a reader that knows
// nothing but what was written down of the place before.
func (r *rig) inPieces(x search.Export, most search.Portion) (content string, pieces int, at search.Place) {
	r.t.Helper()
	packed, err := x.Pack()
	must(r.t, err)
	var out bytes.Buffer
	for ; !at.Done; pieces++ {
		again, err := search.Unpack(packed)
		must(r.t, err)
		body, next, err := search.NewReader(r.Parts).Piece(r.t.Context(), r.org, again, at, most)
		must(r.t, err)
		out.Write(body)
		text, err := next.Pack()
		must(r.t, err)
		at, err = search.UnpackPlace(text)
		must(r.t, err)
		if pieces > 10_000 {
			r.t.Fatal("no end of pieces")
		}
	}
	return out.String(), pieces, at
}

func TestPiecesAreTheContent(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(60)
	for name, w := range map[string]search.Wanted{
		"evidence":           {Format: search.Evidence, Completeness: search.Proven},
		"evidence, some":     {Format: search.Evidence, Completeness: search.Proven, Filter: filter.Filter{Outcomes: []string{"refused"}, From: r.all[10].At, To: r.all[50].At}},
		"evidence, unproven": {Format: search.Evidence, Completeness: search.Unproven, Filter: filter.Filter{Outcomes: []string{"refused"}}},
		"evidence, stops":    {Format: search.Evidence, Completeness: search.Proven, Filter: filter.Filter{From: r.all[30].At, To: r.all[40].At}, Sizes: []int64{20, 60}},
		"csv":                {Format: search.CSV, Completeness: search.Unproven, Filter: filter.Filter{Kinds: []string{"tool_call"}}},
		"csv, nobody":        {Format: search.CSV, Completeness: search.Unproven, Filter: filter.Filter{People: []tenants.GUID{tenants.NewGUID()}}},
		"ocsf":               {Format: search.OCSF, Completeness: search.Unproven},
	} {
		x, token := r.export(w)
		want := r.content(token, search.All)
		for _, most := range []search.Portion{{1, 1000}, {20_000, 17}, {50_000, 5000}, {1 << 30, 1 << 30}} {
			if most.Bytes == 1 && strings.Contains(name, ",") {
				continue
			}
			got, pieces, at := r.inPieces(x, most)
			if got != want {
				t.Errorf("%s in %d pieces of %+v: %d bytes that are not the %d of the content", name, pieces, most, len(got), len(want))
			}
			if most.Bytes == 1 && w.Filter.IsZero() && pieces < 60 {
				t.Errorf("%s: %d pieces where each record should be one", name, pieces)
			}
			if n := strings.Count(want, "\n"); w.Format == search.CSV && at.Records != int64(n-1) || w.Format == search.OCSF && at.Records != int64(n) {
				t.Errorf("%s: %d records are counted of %d lines", name, at.Records, n)
			}
		}
		if w.Format != search.Evidence {
			continue
		}
		report, err := evidence.Verify(strings.NewReader(want), r.trust())
		must(t, err)
		if _, _, at := r.inPieces(x, search.Portion{30_000, 5000}); at.Records != report.Tally.Matched {
			t.Errorf("%s: %d records are counted, and %d match", name, at.Records, report.Tally.Matched)
		}
	}
}

func TestPieceOfWhatIsGoneIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(300)
	x, _ := r.export(search.Wanted{Format: search.CSV, Completeness: search.Unproven})
	_, at, err := r.Piece(t.Context(), r.org, x, search.Place{}, search.Portion{1, 1})
	must(t, err)
	r.exec("UPDATE audit_heads SET first = 100")
	_, _, err = r.Piece(t.Context(), r.org, x, at, search.Portion{1 << 20, 1000})
	wantKind(t, err, fault.NotFound)
	at.Next = 100
	_, _, err = r.Piece(t.Context(), r.org, x, at, search.Portion{1 << 20, 1000})
	must(t, err)
}

func TestEvidenceDoesNotGoOnFromAnotherPlace(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(50)
	x, _ := r.export(search.Wanted{Format: search.Evidence, Completeness: search.Proven})
	_, at, err := r.Piece(t.Context(), r.org, x, search.Place{}, search.Portion{1, 1})
	must(t, err)
	for name, change := range map[string]func(p *search.Place){
		"no state":          func(p *search.Place) { p.State = nil },
		"state cut short":   func(p *search.Place) { p.State = p.State[:len(p.State)/2] },
		"a digest of other": func(p *search.Place) { p.State = []byte(`{"next":1,"digest":"AAAA"}`) },
		"beyond the end":    func(p *search.Place) { p.State = bytes.Replace(p.State, []byte(`"next":1`), []byte(`"next":99999`), 1) },
		"another record":    func(p *search.Place) { p.Next++ },
	} {
		other := at
		other.State = bytes.Clone(at.State)
		change(&other)
		if _, _, err := r.Piece(t.Context(), r.org, x, other, search.Portion{1 << 20, 1000}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhatWasSealedLateIsExported has no worker for three hours: what was made before
// the end of an export is sealed long after it.
func TestWhatWasSealedLateIsExported(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(20)
	var rows []audit.Row
	for range 600 {
		rows = append(rows, r.journal.Row())
	}
	end := rows[300].At
	r.ahead.Store(int64(72 * time.Hour))
	r.seal(rows)
	_, token := r.export(search.Wanted{Format: search.CSV, Completeness: search.Unproven, Filter: filter.Filter{From: rows[0].At, To: end}})
	content := r.content(token, search.All)
	for i, row := range rows {
		if strings.Contains(content, row.ID.String()) != (i < 300) {
			t.Fatalf("record %d of 600 is on the wrong side of the end", i)
		}
	}
	x, _ := r.export(search.Wanted{Format: search.Evidence, Completeness: search.Proven, Filter: filter.Filter{From: rows[0].At, To: rows[100].At}})
	if head, err := r.db.LogHead(t.Context(), r.org); err != nil || x.To >= head.Size {
		t.Errorf("an export that ends early goes to the end: %d of %d, %v", x.To, head.Size, err)
	}
}
