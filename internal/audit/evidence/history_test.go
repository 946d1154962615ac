package evidence_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

const host = "gatehouse.example"

var begin = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// history is an organization's log as a store would have it.
type history struct {
	t       testing.TB
	org     tenants.ID
	origin  string
	key     proof.Signer
	chain   []proof.Succession
	records []proof.Record
	leaves  []proof.Hash // as the tiles have them
	signed  []byte       // the newest checkpoint
}

func signer(tb testing.TB, number uint64) proof.Signer {
	tb.Helper()
	seed := make([]byte, ed25519.SeedSize)
	binary.BigEndian.PutUint64(seed, number)
	s, err := proof.NewSigner(host, ed25519.NewKeyFromSeed(seed))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func organization(tb testing.TB, number uint64) tenants.ID {
	tb.Helper()
	id, err := tenants.ParseID(fmt.Sprintf("3f1c2a34-5b6d-4e7f-8a90-%012x", number))
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

var people = []string{"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee", "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee"}

// instantAt is when the record of a number is sealed; it is made a moment before.
func instantAt(seq int) time.Time { return begin.Add(time.Duration(seq) * time.Minute) }

func stamp(t time.Time) string { return `"` + t.UTC().Format(filter.Layout) + `"` }

// newHistory makes a log of so many records, which follow from a number.
func newHistory(tb testing.TB, number uint64, size int) *history {
	tb.Helper()
	r := rand.New(rand.NewPCG(number, 7))
	org := organization(tb, 1+number%3)
	h := &history{t: tb, org: org, origin: proof.Origin(host, org), key: signer(tb, 1)}
	for n := range size {
		h.add(randomRecord(r, n))
	}
	h.sign(begin.Add(1000 * time.Hour))
	return h
}

func randomRecord(r *rand.Rand, n int) map[string]string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	values := map[string]string{
		"actor_oid": `"` + pick(people...) + `"`, "actor_name": pick(`"Alice \"Al\" Ångström \\ 李"`, `"Bob"`, `"😀 ＡＢ"`), "at": stamp(instantAt(n).Add(-time.Second)),
		"client": pick(`"vscode"`, `"claude"`), "effect": pick(`"read"`, `"write"`), "kind": pick(`"tool_call"`, `"consent"`), "outcome": pick(`"ok"`, `"fault"`),
		"roles": pick(`["staff"]`, `["staff","finance"]`), "sealed_at": stamp(instantAt(n)), "tool": pick(`"payroll_run"`, `"roll_dice"`), "v": "1",
	}
	for _, f := range [][2]string{{"actor_delegated", "true"}, {"count", "17"}, {"detail", `"a Detail"`}, {"subject_oid", `"` + pick(people...) + `"`}, {"trace_id", `""`}} {
		if r.IntN(3) == 0 {
			values[f[0]] = f[1]
		}
	}
	for _, name := range []string{"tool", "client", "roles"} {
		if r.IntN(6) == 0 {
			delete(values, name)
		}
	}
	return values
}

// add appends a record.
func (h *history) add(values map[string]string) {
	r := record(int64(len(h.records)), values)
	h.records = append(h.records, r)
	h.reseal(len(h.records) - 1)
}

func record(seq int64, values map[string]string) proof.Record {
	seed := proof.Seed{byte(seq), byte(seq >> 8), byte(len(values))}
	r := proof.Record{Seq: seq}
	for name, v := range values {
		salt := seed.Salt(name)
		r.Fields = append(r.Fields, proof.Field{Name: name, Salt: salt, Value: []byte(v), Hash: proof.Commit(salt, name, []byte(v))})
	}
	slices.SortFunc(r.Fields, func(a, b proof.Field) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return r
}

// reseal computes the leaf of a record anew, as only who writes the log can.
func (h *history) reseal(at int) {
	h.t.Helper()
	leaf, err := h.records[at].Recomputed(h.org)
	if err != nil {
		h.t.Fatal(err)
	}
	h.records[at].Seq, h.records[at].Leaf = int64(at), leaf
	if at == len(h.leaves) {
		h.leaves = append(h.leaves, leaf)
	}
	h.leaves[at] = leaf
}

// clone copies a history so that changing one leaves the other.
func (h *history) clone() *history {
	c := *h
	c.leaves, c.signed, c.chain = slices.Clone(h.leaves), slices.Clone(h.signed), slices.Clone(h.chain)
	c.records = slices.Clone(h.records)
	for i := range c.records {
		c.records[i].Fields = slices.Clone(c.records[i].Fields)
	}
	return &c
}

func (h *history) root(size int64) proof.Hash {
	var f proof.Frontier
	for _, leaf := range h.leaves[:size] {
		f.Append(leaf)
	}
	return f.Root()
}

// checkpoint signs the tree of a size.
func (h *history) checkpoint(size int64, at time.Time, keys ...proof.Signer) []byte {
	h.t.Helper()
	c := proof.Checkpoint{Origin: h.origin, Size: size, Root: h.root(size), At: at, Clock: proof.Clock{Source: "database"}}
	signed, err := c.Sign(keys...)
	if err != nil {
		h.t.Fatal(err)
	}
	return signed
}

func (h *history) sign(at time.Time) { h.signed = h.checkpoint(int64(len(h.leaves)), at, h.key) }

// subtrees returns the hashes of some.
func (h *history) subtrees(list []proof.Subtree) (all []proof.Hash) {
	for _, s := range list {
		var f proof.Frontier
		for _, leaf := range h.leaves[s.Index<<s.Level : (s.Index+1)<<s.Level] {
			f.Append(leaf)
		}
		all = append(all, f.Root())
	}
	return all
}

// question is what an export is asked for.
type question struct {
	from, to   int64
	filter     filter.Filter
	disclosure evidence.Disclosure
	stops      []int64
}

func (h *history) header(q question) evidence.Header {
	h.t.Helper()
	size := int64(len(h.leaves))
	if c, err := proof.ReadCheckpoint(h.signed); err == nil && c.Size < size {
		size = c.Size
	}
	head := evidence.Header{
		Origin: h.origin, Org: h.org, From: q.from, To: min(q.to, size), Filter: q.filter, Disclosure: q.disclosure, Checkpoint: h.signed, Successions: h.chain,
		Stops: evidence.Stops(q.from, min(q.to, size), size, q.stops...), Produced: begin.Add(1001 * time.Hour),
	}
	before, _, err := evidence.Plan(head.From, head.To, size, head.Stops)
	if err != nil {
		h.t.Fatal(err)
	}
	head.Before = h.subtrees(before)
	return head
}

// write writes a file, each record passed through change.
func (h *history) write(head evidence.Header, key note.Signer, change func(proof.Record) proof.Record) []byte {
	h.t.Helper()
	var out bytes.Buffer
	w, err := evidence.NewWriter(&out, head)
	if err != nil {
		h.t.Fatal(err)
	}
	for n := head.From; n < head.To; n++ {
		r := h.records[n]
		r.Leaf = h.leaves[n]
		if err := w.Write(change(r)); err != nil {
			h.t.Fatal(err)
		}
	}
	c, err := proof.ReadCheckpoint(head.Checkpoint)
	if err != nil {
		h.t.Fatal(err)
	}
	_, after, err := evidence.Plan(head.From, head.To, c.Size, head.Stops)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := w.Close(h.subtrees(after), "gatehouse test", key); err != nil {
		h.t.Fatal(err)
	}
	return out.Bytes()
}

func same(r proof.Record) proof.Record { return r }

// export writes an honest file.
func (h *history) export(q question) []byte { return h.write(h.header(q), h.key, same) }

// trust is what an organization holds: the name of its log, its key, and a checkpoint.
func (h *history) trust() evidence.Trust {
	return evidence.Trust{Origin: h.origin, Keys: []proof.Key{signer(h.t, 1).Key}, Checkpoint: h.signed}
}
