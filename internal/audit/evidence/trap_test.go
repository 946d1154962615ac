package evidence_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/keep"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

// TestNoFieldIsHeldToLastThatAnErasureTakes: of each field that a filter can need, one
// that erasures take from a record that names somebody leaves it undecided, and one that
// they never take is wrong to be closed.
func TestNoFieldIsHeldToLastThatAnErasureTakes(t *testing.T) {
	t.Parallel()
	who := keep.Who{OID: tenants.MustGUID(people[0]), Names: []string{"Claude"}}
	var all []theme
	for name, f := range map[string]filter.Filter{
		"client": {Clients: []string{"x"}}, "roles": {Roles: []string{"x"}}, "tool": {Tools: []string{"x"}}, "effect": {Effects: []string{"x"}},
		"kind": {Kinds: []string{"x"}}, "outcome": {Outcomes: []string{"x"}}, "at": {From: begin}, "sealed_at": {From: begin},
	} {
		h := &history{t: t, org: organization(t, 1), origin: proof.Origin(host, organization(t, 1)), key: signer(t, 1)}
		h.add(map[string]string{"at": stamp(begin), "sealed_at": stamp(begin), "client": `"Claude"`, "roles": `["Claude"]`, "tool": `"Claude"`, "effect": `"Claude"`, "kind": `"Claude"`, "outcome": `"Claude"`})
		h.sign(begin.Add(time.Hour))
		file := h.write(h.header(question{to: 1, filter: f, disclosure: evidence.FilterFields}), h.key, closing(0, name))
		want := theme{name, file, h.trust(), evidence.Wronged, "filter: " + name + " is closed"}
		if who.NamedIn(name, []byte(`"Claude"`)) {
			want = theme{name, file, h.trust(), evidence.Unchecked, "completeness: not proven: of 1 records a field"}
		}
		all = append(all, want)
	}
	play(t, all)
}

// TestVerifiersReadTheSameCheckpoints, where texts of different readers come apart.
func TestVerifiersReadTheSameCheckpoints(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 16, 9)
	at := begin.Add(time.Hour)
	text, _, _ := strings.Cut(string(h.checkpoint(9, at, h.key)), "\n\n")
	signed := func(text string) []byte {
		s, err := note.Sign(&note.Note{Text: text}, h.key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	file := h.export(whole(0, 9))
	more := signed(text + "\n\nand more\n")
	var jobs []job
	for name, own := range map[string][]byte{
		"more behind an empty line": more, "nothing": {}, "a root with a carriage return": signed(strings.Replace(text, "=\n", "=\r\n", 1) + "\n"),
		"a size beyond numbers": signed(strings.Replace(text, "\n9\n", "\n9007199254740992\n", 1) + "\n"),
	} {
		x := h.trust()
		x.Checkpoint = own
		if report, err := evidence.Verify(bytes.NewReader(file), x); err == nil {
			t.Errorf("%s: %s", name, report.String())
		}
		jobs = append(jobs, job{name: name, file: file, trust: x, code: noVerdict})
	}
	others(t, jobs)
	older := h.clone()
	older.records, older.leaves = older.records[:8], older.leaves[:8]
	older.sign(at)
	head := older.header(whole(0, 8))
	head.Produced = at.Add(time.Minute + time.Microsecond)
	x := h.trust()
	x.Checkpoint = h.checkpoint(9, at, h.key)
	file = bytes.Replace(h.export(whole(0, 9)), quoted(h.signed), quoted(more), 1)
	odd := h.clone()
	key, err := proof.NewSigner("a\ufeffb", ed25519.NewKeyFromSeed(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	odd.key = key
	odd.sign(at)
	named := odd.trust()
	named.Keys = []proof.Key{key.Key}
	play(t, []theme{
		{"a minute and a microsecond", older.write(head, h.key, same), x, evidence.Unchecked, "not checked against your checkpoint: it is of 9 records"},
		{"more in the file's", file, h.trust(), evidence.Wronged, "line 1: checkpoint: the checkpoint is of another log than the file, or none"},
		{"a name with a mark", odd.export(whole(0, 9)), named, evidence.Proven, "PROVEN"},
	})
}

// TestNothingInvisibleIsPrinted: whoever reads a report reads all of it.
func TestNothingInvisibleIsPrinted(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 17, 3)
	var all []theme
	for _, r := range []rune{0x61c, 0xad, 0x115f, 0x3164, 0x180e, 0xfe0f, 0xffa0, 0xe0100, 0x202e, 0x1d173} {
		file := h.export(question{to: 3, filter: filter.Filter{Text: "a" + string(r) + "b"}, disclosure: evidence.FilterFields})
		all = append(all, theme{string(r), file, h.trust(), evidence.Proven, fmt.Sprintf("a<%x>b", r)})
	}
	play(t, all)
}
