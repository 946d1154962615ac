package manage_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
	"gatehouse/internal/manage"
	"gatehouse/internal/tenants"
)

// logServer is a deployment that hands out a log, and breaks off.
type logServer struct {
	*httptest.Server
	lines    []string // of the content; those of records begin with their number in quotes
	breaks   []int    // after how many bytes of an answer it breaks off, one answer after the other
	after    []string
	exports  []map[string]any
	searches []string
	waits    int // answers before the record is sealed
	receipt  []byte
}

func newLogServer(t *testing.T) *logServer {
	t.Helper()
	s := &logServer{}
	mux := http.NewServeMux()
	const base = "/api/organizations/contoso/log/"
	mux.HandleFunc("POST "+base+"exports", func(w http.ResponseWriter, r *http.Request) {
		var asked map[string]any
		_ = json.NewDecoder(r.Body).Decode(&asked)
		s.exports = append(s.exports, asked)
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprint(w, `{"id":"1","from":0,"to":4,"sealedAt":"2026-03-01T00:00:00Z","token":"t"}`)
	})
	mux.HandleFunc("GET "+base+"exports/content", s.content)
	mux.HandleFunc("GET "+base+"records", func(w http.ResponseWriter, r *http.Request) {
		s.searches = append(s.searches, r.URL.RawQuery)
		seq, next := 9-len(s.searches), `"nextCursor":"n",`
		if len(s.searches) == 3 {
			next = ""
		}
		_, _ = fmt.Fprintf(w, `{"items":[{"seq":%d,"fields":{"at":"2026-03-01T08:00:00.000000Z","kind":"tool_call","phase":"intent","actor_name":"Al\u001b[2Jice","tool":"whoami","id":"r%d"}}],%s"sealedAt":"2026-03-01T09:00:00Z"}`, seq, seq, next)
	})
	mux.HandleFunc("GET "+base+"records/{id}/receipt", func(w http.ResponseWriter, _ *http.Request) {
		if s.waits--; s.waits >= 0 {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = fmt.Fprint(w, `{"title":"Not available now","detail":"the record is not sealed yet"}`)
			return
		}
		_, _ = w.Write(s.receipt)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// content sends the lines after that of a record, as far as it gets.
func (s *logServer) content(w http.ResponseWriter, r *http.Request) {
	after := r.URL.Query().Get("after")
	s.after = append(s.after, after)
	from := 0
	for i, line := range s.lines {
		if strings.HasPrefix(line, `"`+after+`",`) {
			from = i + 1
		}
	}
	text := strings.Join(s.lines[from:], "")
	if len(s.breaks) == 0 {
		_, _ = w.Write([]byte(text))
		return
	}
	text, s.breaks = text[:min(s.breaks[0], len(text))], s.breaks[1:]
	_, _ = w.Write([]byte(text))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func TestExportIsWholeHoweverOftenItBreaksOff(t *testing.T) {
	t.Parallel()
	lines := []string{"\"seq\",\"id\"\r\n", "\"0\",\"a\"\r\n", "\"1\",\"b\"\r\n", "\"3\",\"c\"\r\n", "end\r\n", "last\r\n"}
	whole := strings.Join(lines, "")
	for _, first := range []int{0, 5, 12, 17, 22} {
		t.Run(strconv.Itoa(first), func(t *testing.T) {
			t.Parallel()
			s := newLogServer(t)
			s.lines, s.breaks = lines, []int{first, 12}
			var out strings.Builder
			made, err := manage.ExportLog(t.Context(), client(t, s.URL), manage.LogExport{Format: "csv", Checkpoints: []int64{2}}, &out)
			if err != nil || out.String() != whole || made.ID != "1" || len(s.exports) != 1 || len(s.after) != 3 {
				t.Fatalf("%v, asked after %q: %q", err, s.after, out.String())
			}
		})
	}
	s := newLogServer(t)
	s.lines, s.breaks = lines, []int{len(whole) - 8, 3}
	var out strings.Builder
	if _, err := manage.ExportLog(t.Context(), client(t, s.URL), manage.LogExport{Format: "csv"}, &out); err != nil || out.String() != whole || s.after[1] != "3" {
		t.Errorf("broken off near the end: %v, asked after %q: %q", err, s.after, out.String())
	}
}

func TestExportThatIsRefusedIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	s := newLogServer(t)
	c := client(t, s.URL)
	c.Org = tenants.MustSlug("fabrikam")
	var out strings.Builder
	if _, err := manage.ExportLog(t.Context(), c, manage.LogExport{Format: "csv"}, &out); fault.KindOf(err) != fault.NotFound || out.Len() > 0 {
		t.Errorf("%v: %q", err, out.String())
	}
}

func TestSearchGoesThroughPagesAndShowsNoControls(t *testing.T) {
	t.Parallel()
	s := newLogServer(t)
	var out, said strings.Builder
	asked := filter.Filter{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Tools: []string{"whoami"}, People: []tenants.GUID{tenants.MustGUID(owner)}, Text: "x&y"}
	if err := manage.SearchLog(t.Context(), client(t, s.URL), manage.Search{Filter: asked, Most: 300}, &out, &said); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(out.String(), "\n"); len(lines) != 4 || !strings.HasPrefix(lines[0], "2026-03-01 08:00:00  Al") || !strings.HasSuffix(lines[2], "tool_call  begins  whoami  r6") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%q", lines)
	}
	if !strings.Contains(said.String(), "sealed up to 2026-03-01T09:00:00Z") {
		t.Errorf("%q", said.String())
	}
	const query = "from=2026-03-01T00%3A00%3A00Z&limit=200&person=" + owner + "&text=x%26y&tool=whoami"
	if s.searches[0] != query || !strings.HasPrefix(s.searches[1], "cursor=n&") || strings.Contains(s.searches[1], "limit=300") {
		t.Errorf("asked %q", s.searches)
	}
	s.searches = nil
	out.Reset()
	if err := manage.SearchLog(t.Context(), client(t, s.URL), manage.Search{Most: 2, Form: manage.JSON}, &out, &said); err != nil || len(s.searches) != 2 || strings.Count(out.String(), `"seq":`) != 2 {
		t.Errorf("%v: %d searches: %s", err, len(s.searches), out.String())
	}
}

// receiptOf makes the evidence of a log of one record.
func receiptOf(t *testing.T, id string) ([]byte, evidence.Trust) {
	t.Helper()
	signer, err := proof.NewSigner("gatehouse.test", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	org, at := tenants.NewID(), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	r := proof.Record{}
	for i, f := range [][2]string{{"at", `"2026-03-01T00:00:00.000000Z"`}, {"id", strconv.Quote(id)}, {"kind", `"tool_call"`}, {"org", strconv.Quote(org.String())}, {"sealed_at", `"2026-03-01T00:00:00.000000Z"`}, {"v", "1"}} {
		salt := proof.Salt{byte(i)}
		r.Fields = append(r.Fields, proof.Field{Name: f[0], Salt: salt, Value: []byte(f[1]), Hash: proof.Commit(salt, f[0], []byte(f[1]))})
	}
	if r.Leaf, err = r.Recomputed(org); err != nil {
		t.Fatal(err)
	}
	var tree proof.Frontier
	tree.Append(r.Leaf)
	signed, err := proof.Checkpoint{Origin: proof.Origin("gatehouse.test", org), Size: 1, Root: tree.Root(), At: at, Clock: proof.Clock{Source: "test"}}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := evidence.NewWriter(&out, evidence.Header{Origin: proof.Origin("gatehouse.test", org), Org: org, To: 1, Disclosure: evidence.FilterFields, Checkpoint: signed, Produced: at})
	if err == nil {
		err = w.Write(r)
	}
	if err == nil {
		_, err = w.Close(nil, "test", signer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), evidence.Trust{Origin: proof.Origin("gatehouse.test", org), Keys: []proof.Key{signer.Key}, Checkpoint: signed}
}

func TestReceiptIsCheckedHere(t *testing.T) {
	t.Parallel()
	s, id, other := newLogServer(t), tenants.NewGUID().String(), tenants.NewGUID().String()
	text, trust := receiptOf(t, id)
	s.receipt, s.waits = text, 1
	got, err := manage.Receipt(t.Context(), client(t, s.URL), id)
	if err != nil || !bytes.Equal(got, text) {
		t.Fatalf("%v: %s", err, got)
	}
	if report, err := manage.CheckReceipt(got, id, trust); err != nil || report.Verdict() != evidence.Proven {
		t.Errorf("%v\n%s", err, report.String())
	}
	if _, err := manage.CheckReceipt(got, other, trust); err == nil || !strings.Contains(err.Error(), other) {
		t.Errorf("the receipt of another record is taken: %v", err)
	}
	forged := bytes.Replace(got, []byte(id), []byte(other), 1)
	if report, err := manage.CheckReceipt(forged, other, trust); err != nil || report.Wrong == nil || report.Wrong.Seq != 0 {
		t.Errorf("a forged receipt is taken: %v\n%s", err, report.String())
	}
	elsewhere, _ := receiptOf(t, id)
	if report, err := manage.CheckReceipt(elsewhere, id, trust); err != nil || report.Wrong == nil {
		t.Errorf("the receipt of another log is taken: %v\n%s", err, report.String())
	}
}

func TestReceiptOfWhatIsNotThereIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	s := newLogServer(t)
	c := client(t, s.URL)
	c.Org = tenants.MustSlug("fabrikam")
	began := time.Now()
	if _, err := manage.Receipt(t.Context(), c, "x"); fault.KindOf(err) != fault.NotFound || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}
