package evidence_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/proof"
)

// altered is a file after one change, and where that must show.
type altered struct {
	file   []byte
	checks string // words of checks, one of which must fail; empty: any
	seq    int64  // the record at which; anywhere: any
	hidden bool   // what was changed is not in the file; it must not say that nothing is missing
	missed bool   // not wrong, and not proven complete: it names the record
}

const anywhere = -2

// scene is an honest export, to be changed.
type scene struct {
	r    *rand.Rand
	h    *history
	q    question
	file []byte
}

func (s scene) lines() [][]byte {
	return slices.Collect(func(yield func([]byte) bool) {
		for line := range bytes.Lines(s.file) {
			if !yield(line) {
				return
			}
		}
	})
}

// record picks one of the range.
func (s scene) record() int64 { return s.q.from + s.r.Int64N(s.q.to-s.q.from) }

// matching picks one of the range that the file opens as a match, if there is one.
func (s scene) matching() (int64, bool) {
	var all []int64
	for n := s.q.from; n < s.q.to; n++ {
		fields := s.h.records[n].Fields
		if s.q.filter.Matches(func(name string) []byte { return valueOf(fields, name) }) {
			all = append(all, n)
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	return all[s.r.IntN(len(all))], true
}

func valueOf(fields []proof.Field, name string) []byte {
	for _, f := range fields {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// told reports whether the honest file has more than the leaf of a record.
func (s scene) told(n int64) bool {
	return s.q.disclosure == evidence.FilterFields || s.q.filter.Matches(func(name string) []byte { return valueOf(s.h.records[n].Fields, name) })
}

// edit changes the file.
func edit(change func(s scene) []byte) func(scene) altered {
	return func(s scene) altered { return altered{file: change(s), seq: anywhere} }
}

// store changes the log behind the operator's back, before the export.
func store(change func(s scene, h *history) (checks string, seq int64)) func(scene) altered {
	return func(s scene) altered {
		h := s.h.clone()
		checks, seq := change(s, h)
		return altered{file: h.export(s.q), checks: checks, seq: seq, hidden: s.q.disclosure == evidence.MatchesOnly}
	}
}

// changes are all the kinds.
var changes = map[string]func(scene) altered{
	"flipped bit": edit(func(s scene) []byte {
		s.file[s.r.IntN(len(s.file))] ^= 1 << s.r.IntN(8)
		return s.file
	}),
	"another byte": edit(func(s scene) []byte {
		at := s.r.IntN(len(s.file))
		for was := s.file[at]; s.file[at] == was; {
			s.file[at] = `"{}[],:0A= \`[s.r.IntN(12)]
		}
		return s.file
	}),
	"truncated":      edit(func(s scene) []byte { return s.file[:s.r.IntN(len(s.file))] }),
	"last byte gone": edit(func(s scene) []byte { return s.file[:len(s.file)-1] }),
	"line deleted":   edit(func(s scene) []byte { all := s.lines(); return join(slices.Delete(all, at(s, all), len(all))) }),
	"one line gone":  edit(func(s scene) []byte { all := s.lines(); i := at(s, all); return join(slices.Delete(all, i, i+1)) }),
	"line inserted":  edit(func(s scene) []byte { all := s.lines(); i := at(s, all); return join(slices.Insert(all, i, all[i])) }),
	"lines reordered": edit(func(s scene) []byte {
		all := s.lines()
		i := s.r.IntN(len(all) - 1)
		all[i], all[i+1] = all[i+1], all[i]
		return join(all)
	}),
	"space": edit(func(s scene) []byte { return slices.Insert(s.file, 1+s.r.IntN(3), ' ') }),
	"CRLF": edit(func(s scene) []byte {
		all := s.lines()
		i := at(s, all)
		all[i] = append(bytes.TrimSuffix(slices.Clone(all[i]), []byte("\n")), "\r\n"...)
		return join(all)
	}),
	"byte order mark": edit(func(s scene) []byte { return append([]byte("\ufeff"), s.file...) }),
	"something after": edit(func(s scene) []byte { return append(s.file, [][]byte{{'\n'}, {' '}, {'x'}, s.file}[s.r.IntN(4)]...) }),
	"second member":   edit(func(s scene) []byte { return twice(s, `"leaf":`) }),
	"number as text":  edit(func(s scene) []byte { return bytes.Replace(s.file, []byte(`"to":`), []byte(`"to":"0`), 1) }),
	"another filter":  edit(func(s scene) []byte { return otherFilter(s.file) }),
	"stored value":    store(changeValue),
	"stored leaf":     store(changeLeaf),
	"record and leaf": store(func(s scene, h *history) (string, int64) {
		n := s.record()
		touch(h, n)
		h.reseal(int(n))
		return "tree anchor", -1
	}),
	"records swapped":  store(swap),
	"record deleted":   store(remove),
	"record inserted":  store(insert),
	"before the range": changedBeside,
	"another key":      strangersKey,
	"another log":      otherLogsCheckpoint,
	"organization":     otherOrganization,
	"rolled back":      rolledBack,
	"rewritten":        rewritten,
	"match dropped":    dropped,
	"match closed":     closed,
	"match hidden":     hiddenPerson,
	"manifest forged":  forged,
}

func join(lines [][]byte) []byte { return bytes.Join(lines, nil) }

func at(s scene, lines [][]byte) int { return s.r.IntN(len(lines)) }

// twice repeats a member's name and value, so that which one counts depends on the reader.
func twice(s scene, name string) []byte {
	i := bytes.Index(s.file, []byte(name))
	member := s.file[i : i+bytes.IndexByte(s.file[i:], ',')+1]
	return slices.Insert(s.file, i, slices.Clone(member)...)
}

// otherFilter makes a file say that it was asked for something else.
func otherFilter(file []byte) []byte {
	return bytes.Replace(file, []byte(`"filter":{`), []byte(`"filter":{"clients":["nobody"]`+map[bool]string{true: "", false: ","}[bytes.Contains(file, []byte(`"filter":{}`))]), 1)
}

// touch changes one value of a record, whose commitment is then another.
func touch(h *history, n int64) {
	fields := h.records[n].Fields
	for i := range fields {
		if fields[i].Name == "v" {
			fields[i].Value = []byte("2")
			fields[i].Hash = proof.Commit(fields[i].Salt, "v", fields[i].Value)
		}
	}
}

func changeValue(s scene, h *history) (string, int64) {
	n := s.record()
	touch(h, n)
	return "leaf", n
}

func changeLeaf(s scene, h *history) (string, int64) {
	n := s.record()
	h.leaves[n][s.r.IntN(32)] ^= 1
	if !s.told(n) {
		return "tree", -1
	}
	return "leaf", n
}

// swap exchanges what is stored of two records, but not their leaves.
func swap(s scene, h *history) (string, int64) {
	a, b := s.record(), s.record()
	if a == b {
		return changeValue(s, h)
	}
	h.records[a].Fields, h.records[b].Fields = h.records[b].Fields, h.records[a].Fields
	if s.q.disclosure == evidence.MatchesOnly {
		return "leaf", anywhere
	}
	return "leaf", min(a, b)
}

// remove takes a record away, and the others move up.
func remove(s scene, h *history) (string, int64) {
	n := s.record()
	h.records = append(slices.Delete(h.records, int(n), int(n)+1), record(0, map[string]string{"v": "1"}))
	return renumbered(s, h, n)
}

// insert puts a record in, and the others move down.
func insert(s scene, h *history) (string, int64) {
	n := s.record()
	h.records = slices.Insert(h.records, int(n), record(0, map[string]string{"v": "9"}))
	return renumbered(s, h, n)
}

func renumbered(s scene, h *history, n int64) (string, int64) {
	for i := range h.records {
		h.records[i].Seq = int64(i)
	}
	if s.q.disclosure == evidence.MatchesOnly {
		return "leaf", anywhere
	}
	return "leaf", n
}

func changedBeside(s scene) altered {
	h := s.h.clone()
	beside := slices.DeleteFunc(slices.Collect(numbers(len(h.leaves))), func(n int) bool { return int64(n) >= s.q.from && int64(n) < s.q.to })
	if len(beside) == 0 {
		beside = []int{0}
	}
	h.leaves[beside[s.r.IntN(len(beside))]][0] ^= 1
	return altered{file: h.export(s.q), checks: "tree leaf", seq: anywhere}
}

func numbers(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func strangersKey(s scene) altered {
	h := s.h.clone()
	h.key = signer(h.t, 666)
	h.sign(begin.Add(1000 * time.Hour))
	return altered{file: h.export(s.q), checks: "checkpoint", seq: -1}
}

func otherLogsCheckpoint(s scene) altered {
	other := s.h.clone()
	other.origin = proof.Origin(host, organization(s.h.t, 77))
	other.sign(begin.Add(1000 * time.Hour))
	file := bytes.Replace(s.file, quoted(s.h.signed), quoted(other.signed), 1)
	return altered{file: file, checks: "checkpoint", seq: -1}
}

func quoted(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), "\n", `\n`)) }

func otherOrganization(s scene) altered {
	h := s.h.clone()
	h.org = organization(h.t, 78)
	h.origin = proof.Origin(host, h.org)
	for n := range h.records {
		h.reseal(n)
	}
	h.sign(begin.Add(1000 * time.Hour))
	return altered{file: h.export(s.q), checks: "origin", seq: -1}
}

// rolledBack ends the log before a record that the reader's checkpoint commits to.
func rolledBack(s scene) altered {
	h := s.h.clone()
	h.records, h.leaves = h.records[:len(h.records)-1], h.leaves[:len(h.leaves)-1]
	h.sign(begin.Add(999 * time.Hour))
	q := s.q
	q.to = min(q.to, int64(len(h.records)))
	q.from = min(q.from, q.to)
	return altered{file: h.export(q), checks: "anchor", seq: -1}
}

// rewritten is what only the operator can do: the log is made anew and signed.
func rewritten(s scene) altered {
	h := s.h.clone()
	n := s.r.Int64N(int64(len(h.records)))
	touch(h, n)
	h.reseal(int(n))
	h.sign(begin.Add(1000 * time.Hour))
	return altered{file: h.export(s.q), checks: "anchor", seq: -1}
}

// dropped leaves out of a match all but its leaf, as an exporter could who has the key.
func dropped(s scene) altered {
	n, any := s.matching()
	if !any || s.q.disclosure == evidence.MatchesOnly && !s.q.filter.IsZero() {
		return strangersKey(s)
	}
	all := s.lines()
	all[1+n-s.q.from] = fmt.Appendf(nil, "{\"leaf\":\"%s\",\"seq\":%d}\n", base64.StdEncoding.EncodeToString(s.h.leaves[n][:]), n)
	return altered{file: join(all), checks: "filter", seq: n}
}

// closed closes a field that decides and that no erasure takes.
func closed(s scene) altered {
	n, any := s.matching()
	name := decisive(s, n, any, "tool", "effect", "kind", "roles", "at", "sealed_at")
	if name == "" || name == "tool" || name == "roles" {
		return strangersKey(s)
	}
	return altered{file: s.h.write(s.h.header(s.q), s.h.key, closing(n, name)), checks: "filter", seq: n}
}

// hiddenPerson closes who acted, which might have been erased.
func hiddenPerson(s scene) altered {
	n, any := s.matching()
	if name := decisive(s, n, any, "actor_oid", "subject_oid"); name == "" {
		return strangersKey(s)
	}
	file := s.h.write(s.h.header(s.q), s.h.key, func(r proof.Record) proof.Record { return closing(n, "subject_oid")(closing(n, "actor_oid")(r)) })
	return altered{file: file, seq: n, missed: true}
}

// decisive returns which of some fields a provable export of the scene needs and the
// record has.
func decisive(s scene, n int64, any bool, names ...string) string {
	for _, name := range names {
		if any && s.q.disclosure == evidence.FilterFields && slices.Contains(s.q.filter.Fields(), name) && valueOf(s.h.records[n].Fields, name) != nil {
			return name
		}
	}
	return ""
}

// closing closes a field of one record.
func closing(n int64, name string) func(proof.Record) proof.Record {
	return func(r proof.Record) proof.Record {
		r.Fields = slices.Clone(r.Fields)
		for i := range r.Fields {
			if r.Seq == n && r.Fields[i].Name == name {
				r.Fields[i].Value = nil
			}
		}
		return r
	}
}

// forged has a manifest of somebody who does not hold the key.
func forged(s scene) altered {
	return altered{file: s.h.write(s.h.header(s.q), signer(s.h.t, 666), same), checks: "manifest", seq: -1}
}
