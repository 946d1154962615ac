package parcel_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/parcel"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

var begin = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

const (
	digest   = "aa11"
	accessAt = "2026-03-01T08:30:00Z"
)

var report = []byte(`{"at":"` + accessAt + `","configuration":{"since":"2026-03-01T08:05:00Z","record":"r5","digest":"` + digest + `"},"people":[]}` + "\n")

// log is an organization's log: record 5 brings the configuration, and the last says that
// the report was handed out.
type log struct {
	t       testing.TB
	org     tenants.ID
	origin  string
	key     proof.Signer
	records []proof.Record
}

func newLog(tb testing.TB, number byte) *log {
	tb.Helper()
	org, err := tenants.ParseID("3f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506")
	must(tb, err)
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = number
	key, err := proof.NewSigner("gatehouse.example", ed25519.NewKeyFromSeed(seed))
	must(tb, err)
	l := &log{t: tb, org: org, origin: proof.Origin("gatehouse.example", org), key: key}
	for n := range 20 {
		extra := map[string]string{}
		if n == 5 {
			extra = map[string]string{"kind": "config_change", "configuration": digest}
		}
		l.add(extra)
	}
	said, err := json.Marshal(parcel.Handed{At: instant(accessAt), SHA256: digestOf(report)})
	must(tb, err)
	l.add(map[string]string{"kind": "export", "detail": "access", "after": string(said), "actor_name": "Dan\u202e"})
	return l
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (l *log) add(extra map[string]string) {
	n := len(l.records)
	at := begin.Add(time.Duration(n) * time.Minute).Format(filter.Layout)
	values := map[string]string{"id": fmt.Sprintf("r%d", n), "at": at, "sealed_at": at, "kind": "tool_call"}
	for name, v := range extra {
		values[name] = v
	}
	r, seed := proof.Record{Seq: int64(n)}, proof.Seed{byte(n)}
	for name, v := range values {
		raw, err := json.Marshal(v)
		must(l.t, err)
		if name == "after" || name == "actor_name" { // in canonical JSON
			raw = []byte(`"` + strings.ReplaceAll(v, `"`, `\"`) + `"`)
		}
		salt := seed.Salt(name)
		r.Fields = append(r.Fields, proof.Field{Name: name, Salt: salt, Value: raw, Hash: proof.Commit(salt, name, raw)})
	}
	slices.SortFunc(r.Fields, func(a, b proof.Field) int { return strings.Compare(a.Name, b.Name) })
	var err error
	r.Leaf, err = r.Recomputed(l.org)
	must(l.t, err)
	l.records = append(l.records, r)
}

func (l *log) checkpoint(size int) []byte {
	l.t.Helper()
	var f proof.Frontier
	for _, r := range l.records[:size] {
		f.Append(r.Leaf)
	}
	c := proof.Checkpoint{Origin: l.origin, Size: int64(size), Root: f.Root(), At: begin.Add(time.Duration(size) * time.Minute), Clock: proof.Clock{Source: "database"}}
	signed, err := c.Sign(l.key)
	must(l.t, err)
	return signed
}

func (l *log) subtrees(list []proof.Subtree) (all []proof.Hash) {
	for _, s := range list {
		var f proof.Frontier
		for _, r := range l.records[s.Index<<s.Level : (s.Index+1)<<s.Level] {
			f.Append(r.Leaf)
		}
		all = append(all, f.Root())
	}
	return all
}

// evidence is that of the records from..to-1.
func (l *log) evidence(from, to int64, asked filter.Filter, sizes ...int64) []byte {
	l.t.Helper()
	size := int64(len(l.records))
	stops := evidence.Stops(from, to, size, sizes...)
	before, after, err := evidence.Plan(from, to, size, stops)
	must(l.t, err)
	var out bytes.Buffer
	w, err := evidence.NewWriter(&out, evidence.Header{
		Origin: l.origin, Org: l.org, From: from, To: to, Filter: asked, Disclosure: evidence.FilterFields, Checkpoint: l.checkpoint(int(size)), Stops: stops,
		Before: l.subtrees(before), Produced: begin.Add(time.Hour),
	})
	must(l.t, err)
	for _, r := range l.records[from:to] {
		must(l.t, w.Write(r))
	}
	_, err = w.Close(l.subtrees(after), "test", l.key)
	must(l.t, err)
	return out.Bytes()
}

// kit is what a package is made of.
type kit map[string][]byte

// files are what every package has.
var files = map[string][]byte{parcel.Readme: parcel.ReadmeText, parcel.Format: []byte("format\n"), parcel.Verifier: []byte("verifier\n")}

func (l *log) kit() kit {
	last := int64(len(l.records)) - 1
	k := kit{
		parcel.AccessJSON: report, parcel.AccessCSV: tableOf(report), parcel.AccessRecord: l.evidence(last, last+1, filter.Filter{}),
		parcel.Configuration: l.evidence(5, 6, filter.Filter{}), parcel.Origin: []byte(l.origin + "\n"), parcel.Keys: []byte(l.key.String() + "\n"),
		parcel.Checkpoint: l.checkpoint(len(l.records)), parcel.Export: l.evidence(0, last+1, filter.Filter{}, 10),
	}
	for name, content := range files {
		k[name] = content
	}
	return k
}

func tableOf(report []byte) []byte { return append([]byte("table of "), report...) }

var known = parcel.Known{Files: files, Table: func(report []byte) ([]byte, error) { return tableOf(report), nil }}

// pack makes a package of it.
func (k kit) pack(tb testing.TB) []byte {
	tb.Helper()
	out := &memory{}
	w := parcel.NewWriter(out)
	for _, name := range parcel.Members() {
		switch name {
		case parcel.Export:
			fill := func(out io.Writer) error {
				_, err := out.Write(k[name])
				return err
			}
			if k[parcel.Manifest] == nil {
				must(tb, w.AddExport(fill))
				continue
			}
			must(tb, w.Add(name, fill))
			must(tb, w.Put(parcel.Manifest, k[parcel.Manifest]))
		case parcel.Manifest, parcel.Sums:
		default:
			must(tb, w.Put(name, k[name]))
		}
	}
	must(tb, w.Close())
	return out.content
}

// memory is a file.
type memory struct {
	content []byte
	at      int64
}

func (m *memory) Write(p []byte) (int, error) {
	if more := m.at + int64(len(p)) - int64(len(m.content)); more > 0 {
		m.content = append(m.content, make([]byte, more)...)
	}
	copy(m.content[m.at:], p)
	m.at += int64(len(p))
	return len(p), nil
}

func (m *memory) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekStart {
		m.at = 0
	}
	m.at += offset
	return m.at, nil
}

func (l *log) trust() evidence.Trust {
	return evidence.Trust{Keys: []proof.Key{l.key.Key}, Checkpoint: l.checkpoint(len(l.records))}
}

func verified(tb testing.TB, content []byte, trust evidence.Trust) parcel.Report {
	tb.Helper()
	r, err := parcel.Verify(bytes.NewReader(content), trust, known)
	must(tb, err)
	return r
}
