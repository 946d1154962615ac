package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

// theme is one file, who reads it, and what they are told.
type theme struct {
	name  string
	file  []byte
	trust evidence.Trust
	want  evidence.Verdict
	says  string // part of the report
}

// play has both verifiers read the files of all themes.
func play(t *testing.T, themes []theme) {
	t.Helper()
	jobs := make([]job, 0, len(themes))
	for _, c := range themes {
		j, report := jobOf(t, c.name, c.file, c.trust)
		if report.Verdict() != c.want || !strings.Contains(j.want, c.says) {
			t.Errorf("%s: want %d and %q\n%s", c.name, c.want, c.says, j.want)
		}
		jobs = append(jobs, j)
	}
	others(t, jobs)
}

func whole(from, to int64, stops ...int64) question {
	return question{from: from, to: to, disclosure: evidence.FilterFields, stops: stops}
}

func asking(from, to int64) evidence.Asked {
	return evidence.Asked{Range: &evidence.Range{From: from, To: to}}
}

// TestNobodyElseChoosesWhatIsProven: of a range that neither the reader nor a time has
// named, the file alone says that it is the one that was asked for.
func TestNobodyElseChoosesWhatIsProven(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 14, 13)
	kinds := filter.Filter{Kinds: []string{"consent"}}
	ask := func(from, to int64, f filter.Filter) []byte {
		return h.export(question{from: from, to: to, filter: f, disclosure: evidence.FilterFields})
	}
	trust := func(a evidence.Asked) evidence.Trust {
		x := h.trust()
		x.Asked = a
		return x
	}
	none, any := evidence.Asked{}, filter.Filter{}
	play(t, []theme{
		{"all", ask(0, 13, any), trust(none), evidence.Proven, "\nPROVEN: of every record of all 13\n"},
		{"all that match", ask(0, 13, kinds), trust(none), evidence.Proven, "\nPROVEN: of what matches the filter of all 13\n"},
		{"the beginning hidden", ask(8, 13, any), trust(none), evidence.Unchecked, "\nnot shown: 8 records before the range and 0 behind it; "},
		{"the end hidden", ask(0, 12, kinds), trust(none), evidence.Unchecked, "\nnot shown: 0 records before the range and 1 behind it; "},
		{"everything hidden", ask(5, 5, kinds), trust(none), evidence.Unchecked, "\nnot shown: 5 records before the range and 8 behind it; "},
		{"asked for", ask(8, 12, any), trust(asking(8, 12)), evidence.Proven, "\nPROVEN: of every record of records 8 to 11 of 13\n"},
		{"nothing asked for", ask(5, 5, any), trust(asking(5, 5)), evidence.Proven, "\nPROVEN: of no record at all, at 5 of 13\n"},
		{"another range", ask(8, 12, any), trust(asking(7, 12)), evidence.Wronged, "line 1: question: the file is of the records from 8 up to, without, 12, which"},
		{"the filter asked for", ask(0, 13, kinds), trust(evidence.Asked{Filter: &kinds}), evidence.Proven, "PROVEN"},
		{"another filter", ask(0, 13, kinds), trust(evidence.Asked{Filter: &any}), evidence.Wronged, "line 1: question: the file answers another filter than"},
	})
	if r := verify(t, ask(8, 9, any), trust(evidence.Asked{One: true})); r.Verdict() != evidence.Proven {
		t.Errorf("one record: %s", r.String())
	}
	if r := verify(t, ask(8, 10, any), trust(evidence.Asked{One: true})); r.Wrong == nil || r.Wrong.Check != evidence.QuestionCheck {
		t.Errorf("two records for one: %s", r.String())
	}
}

// TestRecordThatNobodyCouldReadIsNamed, and the file goes on behind it.
func TestRecordThatNobodyCouldReadIsNamed(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 15, 9)
	h.records[4].Fields = nil
	var all []theme
	for _, f := range []filter.Filter{{}, {Kinds: []string{"consent"}}} {
		file := h.export(question{to: 9, filter: f, disclosure: evidence.FilterFields})
		all = append(all, theme{f.String(), file, h.trust(), evidence.Wronged, "line 6, record 4: filter: nothing of the record is told"})
	}
	play(t, all)
}

func TestFileIsHeldAgainstTheReadersCheckpoint(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 4, 40)
	asked := asking(7, 21)
	holding := func(size int64, at time.Time) evidence.Trust {
		return evidence.Trust{Origin: h.origin, Keys: []proof.Key{h.key.Key}, Checkpoint: h.checkpoint(size, at, h.key), Asked: asked}
	}
	before, alone := begin.Add(time.Hour), evidence.Trust{Origin: h.origin, Keys: []proof.Key{h.key.Key}}
	other := h.clone()
	touch(other, 3)
	other.reseal(3)
	other.sign(begin.Add(1000 * time.Hour))
	older := h.clone()
	older.records, older.leaves = older.records[:30], older.leaves[:30]
	older.sign(before)
	head := older.header(whole(7, 21))
	head.Produced = before
	aged := older.write(head, h.key, same)
	play(t, []theme{
		{"none", h.export(whole(7, 21)), alone, evidence.Unchecked, "\nNOT ANCHORED: the operator could have rewritten this\nnot checked: later history: give --checkpoint"},
		{"nothing known", h.export(whole(7, 21)), evidence.Trust{Keys: alone.Keys}, evidence.Unchecked, "\nnot checked: whose log this is"},
		{"no origin", h.export(whole(7, 21)), evidence.Trust{Keys: alone.Keys, Checkpoint: h.signed, Asked: asked}, evidence.Proven, "anchored since"},
		{"within the range", h.export(whole(7, 21)), holding(12, before), evidence.Unchecked, "records before 12, to which your checkpoint commits\nNOT ANCHORED: the operator could have rewritten this: records from 12 on"},
		{"at its end", h.export(whole(7, 21)), holding(21, before), evidence.Proven, "anchored since 2026-11-21T09:00:00.000Z: your checkpoint of 21 records commits to all"},
		{"right of it", h.export(whole(7, 21, 37)), holding(37, before), evidence.Proven, "your checkpoint of 37 records"},
		{"right of it, no stop", h.export(whole(7, 21)), holding(37, before), evidence.Unchecked, "\nnot checked against your checkpoint: the file does not lead to 37 records; export again with that stop\nNOT ANCHORED"},
		{"left of it", h.export(whole(7, 21, 5)), holding(5, before), evidence.Unchecked, "the history before record 5, and none of these records\nNOT ANCHORED"},
		{"left of it, no stop", h.export(whole(7, 21)), holding(5, before), evidence.Unchecked, "does not lead to 5 records"},
		{"several stops", h.export(whole(7, 21, 37, 3, 5, 22, 3)), holding(22, before), evidence.Proven, "your checkpoint of 22 records"},
		{"of nothing", h.export(whole(7, 21)), holding(0, before), evidence.Unchecked, "the history before record 0"},
		{"newer than the file", aged, holding(40, before.Add(2*time.Minute)), evidence.Unchecked, "not checked against your checkpoint: it is of 40 records, and the file knows 30; export again, or give an earlier one"},
		{"rolled back", older.export(whole(7, 21)), holding(40, before.Add(2*time.Minute)), evidence.Wronged, "anchor: the log was rolled back: the file is younger than your checkpoint, and knows 30 records, not 40"},
		{"signed again", older.export(whole(7, 21)), holding(40, begin.Add(-time.Hour)), evidence.Wronged, "anchor: the log was rolled back"},
		{"rewritten", other.export(whole(7, 21, 37)), holding(37, before), evidence.Wronged, "anchor: the log was rewritten: its first 37 records are not those of your checkpoint"},
		{"rewritten before", other.export(whole(7, 21, 5)), holding(5, before), evidence.Wronged, "anchor: the log was rewritten"},
		{"rewritten elsewhere", other.export(whole(7, 21, 3)), holding(3, before), evidence.Unchecked, "the history before record 3"},
	})
}

func TestEdgesOfATimeAreProven(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 5, 40)
	ask := func(from, to int64, f filter.Filter) []byte {
		return h.export(question{from: from, to: to, filter: f, disclosure: evidence.FilterFields})
	}
	span := filter.Filter{From: instantAt(10), To: instantAt(20)}
	late, early := h.clone(), h.clone()
	late.change(15, "at", stamp(instantAt(16)))
	early.change(15, "sealed_at", stamp(instantAt(13)))
	early.change(15, "at", stamp(instantAt(12)))
	odd := h.clone()
	odd.change(15, "at", `"2026-11-21T08:15:00Z"`)
	for _, changed := range []*history{late, early, odd} {
		changed.sign(begin.Add(1000 * time.Hour))
	}
	timed := func(h *history) []byte {
		return h.export(question{from: 9, to: 21, filter: span, disclosure: evidence.FilterFields})
	}
	play(t, []theme{
		{"both", ask(9, 21, span), h.trust(), evidence.Proven, "and was sealed before 2026-11-21T08:20:00.000000Z is in the file; that none before the range was sealed later than its first is the sealer's word"},
		{"from the beginning", ask(0, 21, span), h.trust(), evidence.Proven, "sealed before 2026-11-21T08:20:00.000000Z is in the file\n"},
		{"lower left out", ask(10, 21, span), h.trust(), evidence.Unchecked, "completeness: not proven: records before the range may have been made in the filter's time"},
		{"upper left out", ask(9, 20, span), h.trust(), evidence.Unchecked, "completeness: not proven: records after the range"},
		{"up to the checkpoint", ask(9, 40, span), h.trust(), evidence.Proven, "sealed before 2027-01-02T00:00:00.000Z is"},
		{"no end", ask(9, 30, filter.Filter{From: instantAt(10)}), h.trust(), evidence.Unchecked, "records after the range"},
		{"no beginning", ask(9, 30, filter.Filter{To: instantAt(20)}), h.trust(), evidence.Unchecked, "records before the range"},
		{"nothing", ask(9, 9, span), h.trust(), evidence.Unchecked, "records before the range"},
		{"nothing at the beginning", ask(0, 0, span), h.trust(), evidence.Unchecked, "records after the range"},
		{"made after it was sealed", timed(late), late.trust(), evidence.Wronged, "line 8, record 15: time: the record was made after it was sealed"},
		{"sealed before the one before", timed(early), early.trust(), evidence.Wronged, "record 15: time: the record was sealed before one that precedes it"},
		{"an instant of another spelling", timed(odd), odd.trust(), evidence.Wronged, "record 15: time: an instant is not spelled as instants are"},
	})
}

// change gives a record another value, and its leaf with it.
func (h *history) change(at int, name, value string) {
	fields := h.records[at].Fields
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Value = []byte(value)
			fields[i].Hash = proof.Commit(fields[i].Salt, name, fields[i].Value)
		}
	}
	h.reseal(at)
}

func TestKeysNameTheirSuccessors(t *testing.T) {
	t.Parallel()
	first, second, third, stranger := signer(t, 1), signer(t, 2), signer(t, 3), signer(t, 4)
	h := newHistory(t, 6, 20)
	succeed := func(origin string, from proof.Signer, to proof.Key) proof.Succession {
		s, err := from.Succeed(origin, to)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	export := func(chain ...proof.Succession) []byte {
		c := h.clone()
		c.chain, c.key = chain, third
		c.signed = c.checkpoint(20, begin.Add(1000*time.Hour), third)
		return c.export(whole(0, 20))
	}
	one, two := succeed(h.origin, first, second.Key), succeed(h.origin, second, third.Key)
	manifest := func(of proof.Signer, by ...proof.Signer) []byte {
		c := h.clone()
		c.chain = []proof.Succession{one, two}
		c.signed = c.checkpoint(20, begin.Add(1000*time.Hour), by...)
		return c.write(c.header(whole(0, 20)), of, same)
	}
	aged := func(at time.Time) []byte {
		head := h.header(whole(0, 20))
		head.Produced = at
		return h.write(head, h.key, same)
	}
	forged := one
	forged.Signature = succeed(h.origin, stranger, second.Key).Signature
	trust := func(keys ...proof.Signer) evidence.Trust {
		x := h.trust()
		x.Keys = nil
		for _, k := range keys {
			x.Keys = append(x.Keys, k.Key)
		}
		return x
	}
	own := func(x evidence.Trust, by ...proof.Signer) evidence.Trust {
		x.Checkpoint = h.checkpoint(20, begin.Add(time.Hour), by...)
		return x
	}
	play(t, []theme{
		{"the oldest is known", export(one, two), trust(first), evidence.Proven, "PROVEN"},
		{"one in between", export(one, two), own(trust(second), second, third), evidence.Proven, "PROVEN"},
		{"the newest alone", export(one, two), own(trust(third), third), evidence.Proven, "PROVEN"},
		{"without a chain", export(), trust(first, third), evidence.Proven, "PROVEN"},
		{"no key of it", export(one, two), trust(stranger), evidence.Wronged, "line 1: checkpoint: no key that is trusted has signed it"},
		{"a link is missing", export(two), trust(first), evidence.Wronged, "checkpoint: no key that is trusted has signed it"},
		{"not in order", export(two, one), trust(first), evidence.Wronged, "line 1: succession: succession 2 does not begin with the key that the one before ends with"},
		{"two successors", export(one, succeed(h.origin, first, third.Key)), trust(first), evidence.Wronged, "succession: succession 2 does not begin"},
		{"back and forth", export(one, succeed(h.origin, second, first.Key), one, two), trust(first), evidence.Proven, "PROVEN"},
		{"after a lost key", export(), own(trust(first, third), first), evidence.Proven, "PROVEN"},
		{"not the last key's", export(one, two, succeed(h.origin, third, first.Key)), trust(first), evidence.Wronged, "line 1: checkpoint: the key that the successions end with has not signed it"},
		{"a manifest of a former key", manifest(first, third), trust(first), evidence.Wronged, "manifest: it is signed by a key that was not in force at the file's checkpoint"},
		{"of a key on its way out", manifest(first, first, third), trust(first), evidence.Wronged, "manifest: it is signed by a key that was not in force"},
		{"older than its checkpoint", aged(begin.Add(1000*time.Hour - time.Minute - time.Millisecond)), trust(first), evidence.Wronged, "line 1: checkpoint: the file says that it is older than the checkpoint in it"},
		{"of a clock that is behind", aged(begin.Add(1000*time.Hour - time.Minute)), trust(first), evidence.Proven, "PROVEN"},
		{"forged", export(forged, two), trust(first), evidence.Wronged, "succession: succession 1 is not signed by the key that it begins with"},
		{"forged, and not needed", export(forged, two), trust(third), evidence.Wronged, "succession: succession 1 is not signed"},
		{"of another log", export(succeed("another/log", first, second.Key), two), trust(first), evidence.Wronged, "succession: succession 1 is not signed"},
	})
}

func TestCheckpointOfNoUseIsNoVerdict(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 7, 9)
	file := h.export(whole(0, 9))
	var jobs []job
	for name, change := range map[string]func(x *evidence.Trust){
		"no key":               func(x *evidence.Trust) { x.Keys = nil },
		"a stranger's":         func(x *evidence.Trust) { x.Checkpoint = h.checkpoint(9, begin, signer(t, 9)) },
		"no checkpoint at all": func(x *evidence.Trust) { x.Checkpoint = []byte("hello") },
	} {
		x := h.trust()
		change(&x)
		if report, err := evidence.Verify(bytes.NewReader(file), x); err == nil {
			t.Errorf("%s: %s", name, report.String())
		}
		jobs = append(jobs, job{name: name, file: file, trust: x, code: noVerdict})
	}
	others(t, jobs)
	x := h.trust()
	x.Checkpoint = bytes.ReplaceAll(h.checkpoint(9, begin, h.key), []byte(h.org.String()), []byte(organization(t, 50).String()))
	if report := verify(t, file, x); report.Wrong == nil || report.Wrong.Check != evidence.OriginCheck {
		t.Errorf("a checkpoint of another organization: %s", report.String())
	}
}

func TestClosedFieldsAreTold(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 8, 20)
	for _, n := range []int64{4, 7} {
		h.records[n] = closing(n, "actor_oid")(closing(n, "actor_name")(h.records[n]))
	}
	alice := filter.Filter{People: []tenants.GUID{tenants.MustGUID(people[0])}}
	ask := func(f filter.Filter, d evidence.Disclosure) []byte {
		return h.export(question{to: 20, filter: f, disclosure: d})
	}
	play(t, []theme{
		{"everything", ask(filter.Filter{}, evidence.FilterFields), h.trust(), evidence.Proven, "20 of 20 records; 2 of them with closed fields, erased or withheld; the first is record 4\n"},
		{"a person", ask(alice, evidence.FilterFields), h.trust(), evidence.Unchecked, "completeness: not proven: of 2 records a field that the filter needs is closed, erased or withheld; the first is record 4\n"},
		{"matches only", ask(alice, evidence.MatchesOnly), h.trust(), evidence.Unchecked, "completeness: not proven: the file tells nothing of records that do not match\n"},
		{"something else", ask(filter.Filter{Outcomes: []string{"ok"}}, evidence.FilterFields), h.trust(), evidence.Proven, "completeness: proven"},
	})
}

// again signs a file anew after its lines were changed, as an exporter with the key can.
func again(t *testing.T, file []byte, key note.Signer, change func(manifest string) string) []byte {
	t.Helper()
	lines := bytes.SplitAfter(bytes.TrimSuffix(file, []byte("\n")), []byte("\n"))
	last := len(lines) - 1
	var manifest struct{ Manifest string }
	if err := json.Unmarshal(lines[last], &manifest); err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(manifest.Manifest, "\n\n")
	body := bytes.Join(lines[:last], nil)
	digest := sha256.Sum256(body)
	text = regexp.MustCompile(`"digest":"[^"]*"`).ReplaceAllLiteralString(text+"\n", `"digest":"`+base64.StdEncoding.EncodeToString(digest[:])+`"`)
	signed, err := note.Sign(&note.Note{Text: change(text)}, key)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(body, "{\"manifest\":\"%s\"}\n", strings.NewReplacer("\\", `\\`, `"`, `\"`, "\n", `\n`).Replace(string(signed)))
}

func TestWhoHoldsTheKeyCannotBendTheFormat(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 9, 12)
	honest := h.export(question{to: 12, filter: filter.Filter{Tools: []string{"payroll_run"}}, disclosure: evidence.FilterFields})
	unchanged := func(s string) string { return s }
	replace := func(old, now string) []byte {
		if !bytes.Contains(honest, []byte(old)) {
			t.Fatalf("%s is not in the file", old)
		}
		return again(t, bytes.Replace(honest, []byte(old), []byte(now), 1), h.key, func(s string) string { return strings.Replace(s, old, now, 1) })
	}
	says := func(change func(string) string) []byte { return again(t, honest, h.key, change) }
	lines := bytes.SplitAfter(honest, []byte("\n"))
	line := func(i int, text string) []byte {
		all := slices.Clone(lines)
		all[i] = []byte(text)
		return again(t, bytes.Join(all, nil), h.key, unchanged)
	}
	long := strings.Repeat("x", evidence.MaxLine)
	leaf := base64.StdEncoding.EncodeToString(h.leaves[0][:])
	trust := h.trust()
	wrong := func(name string, file []byte, says string) theme {
		return theme{name, file, trust, evidence.Wronged, says}
	}
	play(t, []theme{
		{"honest", says(unchanged), trust, evidence.Proven, `{"tools":["payroll_run"]}`},
		wrong("member twice", replace(`"seq":3`, `"seq":3,"seq":3`), "line 5, record 3: form"),
		wrong("number as text", replace(`"seq":3`, `"seq":"3"`), "line 5, record 3: form"),
		wrong("number with a point", replace(`"seq":3`, `"seq":3.0`), "record 3: form"),
		wrong("leading zero", replace(`"seq":3`, `"seq":03`), "record 3: form"),
		wrong("member of no meaning", replace(`"seq":3`, `"seq":3,"zeal":1`), "record 3: form"),
		wrong("escape of nothing", replace(`"payroll_run"`, `"payroll\u005frun"`), "form"),
		wrong("space", replace(`"seq":3}`, `"seq":3 }`), "record 3: form"),
		wrong("no member", replace(`"seq":3`, `"sequ":3`), "record 3: form"),
		wrong("huge line", line(2, `{"closed":{"`+long+"\":0}}\n"), "line 3, record 1: form: the line is longer than 1048576 bytes"),
		wrong("deep line", line(2, strings.Repeat("[", 1<<19)+"\n"), "line 3, record 1: form"),
		wrong("deep filter", line(0, strings.Replace(string(lines[0]), `"filter":{`, `"filter":{"a":`+strings.Repeat("[", 1<<18)+strings.Repeat("]", 1<<18)+",", 1)), "line 1: form"),
		wrong("nothing told", line(1, `{"closed":{},"leaf":"`+leaf+`","open":{},"seq":0}`+"\n"), "line 2, record 0: form"),
		wrong("only a leaf", line(1, `{"leaf":"`+leaf+`","seq":0}`+"\n"), "line 2, record 0: filter: nothing of the record is told"),
		wrong("leaf over two lines", line(1, `{"leaf":"`+leaf[:10]+`\n`+leaf[10:]+`","seq":0}`+"\n"), "line 2, record 0: form"),
		wrong("strange name", line(1, `{"closed":{"__proto__":"`+leaf+`"},"leaf":"`+leaf+`","open":{},"seq":0}`+"\n"), "line 2, record 0: leaf"),
		wrong("capital", line(1, `{"closed":{"A":"`+leaf+`"},"leaf":"`+leaf+`","open":{},"seq":0}`+"\n"), "line 2, record 0: form"),
		wrong("half a character", line(1, `{"closed":{},"leaf":"`+leaf+`","open":{"tool":["AAAAAAAAAAAAAAAAAAAAAA==","\ud800"]},"seq":0}`+"\n"), "line 2, record 0: form"),
		wrong("control character", line(1, `{"closed":{},"leaf":"`+leaf+`","open":{"tool":["AAAAAAAAAAAAAAAAAAAAAA==","\n"]},"seq":0}`+"\n"), "line 2, record 0: form"),
		wrong("fraction", line(1, `{"closed":{},"leaf":"`+leaf+`","open":{"count":["AAAAAAAAAAAAAAAAAAAAAA==",1.5]},"seq":0}`+"\n"), "line 2, record 0: form"),
		wrong("open and closed", line(1, `{"closed":{"v":"`+leaf+`"},"leaf":"`+leaf+`","open":{"v":["AAAAAAAAAAAAAAAAAAAAAA==",1]},"seq":0}`+"\n"), "line 2, record 0: form"),
		wrong("broken UTF-8", line(1, "{\"closed\":{\"\xff\":0}}\n"), "line 2, record 0: form"),
		wrong("members out of order", line(1, `{"closed":{"b":"`+leaf+`","a":"`+leaf+`"},"leaf":"`+leaf+`","open":{},"seq":5}`+"\n"), "line 2, record 0: form"),
		wrong("another organization", replace(`"org":"`+h.org.String(), `"org":"`+organization(t, 51).String()), "line 1: origin: the log is not that of the organization"),
		wrong("a longer range", replace(`"to":12`, `"to":13`), "line 1: form: the range, the stops"),
		wrong("a backward range", replace(`"from":0`, `"from":13`), "line 1: form"),
		wrong("a stop within the range", replace(`"stops":[]`, `"stops":[3]`), "line 1: form: the range, the stops"),
		wrong("a subtree too many", replace(`"before":[]`, `"before":["`+leaf+`"]`), "line 1: form: the range, the stops"),
		wrong("a subtree too many after", line(13, `{"after":["`+leaf+`"]}`+"\n"), "line 14: form"),
		wrong("another disclosure", replace(`"disclosure":"filter"`, `"disclosure":"matches"`), "filter: the record does not match, and is told of"),
		wrong("a filter without entries", replace(`"tools":["payroll_run"]`, `"tools":[]`), "line 1: form"),
		wrong("a filter of no meaning", replace(`"tools":["payroll_run"]`, `"tolls":["payroll_run"]`), "line 1: form"),
		wrong("another count", says(func(s string) string { return regexp.MustCompile(`"matched":\d+`).ReplaceAllString(s, `"matched":99`) }), "line 15: manifest: it does not say what the file holds"),
		wrong("another filter in the manifest", says(func(s string) string { return strings.Replace(s, "payroll_run", "roll_dice", 1) }), "manifest: it does not say what the file holds"),
		wrong("another text", says(func(s string) string { return strings.Replace(s, "\n{", "\n {", 1) }), "manifest: it was signed for other lines"),
		wrong("another organization's manifest", again(t, honest, signer(t, 5), unchanged), "manifest: no key that is trusted"),
		{"words to a terminal", says(func(s string) string { return strings.Replace(s, "gatehouse test", `x\nPROVEN\u001b[2J`+"\u202e", 1) }), trust, evidence.Proven, " by x<a>PROVEN<1b>[2J<202e>\n"},
	})
}

func TestCharactersAreNotNormalized(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 10, 30)
	file := h.export(whole(0, 30))
	if !bytes.Contains(file, []byte("Ångström")) {
		t.Fatal("the history has nothing to normalize")
	}
	file = again(t, bytes.Replace(file, []byte("Ångström"), []byte("A\u030angstro\u0308m"), 1), h.key, func(s string) string { return s })
	play(t, []theme{{"decomposed", file, h.trust(), evidence.Wronged, ": leaf: the fields do not make the record's leaf"}})
}

func TestSignaturesOfStrangersStandOnCheckpointsOnly(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 11, 5)
	h.signed = h.checkpoint(5, begin, signer(t, 8), h.key)
	file := h.export(whole(0, 5))
	more := bytes.TrimSuffix(file, []byte("\\n\"}\n"))
	twice := append(slices.Clone(more), more[bytes.LastIndex(more, []byte("\\n— ")):]...)
	stranger := append(slices.Clone(more), "\\n— elsewhere AAAAAAAA\\n\"}\n"...)
	crowded, blunt, bare := h.clone(), h.clone(), h.clone()
	for n := range uint64(16) {
		stranger := bytes.SplitAfter(h.checkpoint(5, begin, signer(t, 100+n)), []byte("\n"))
		crowded.signed = append(crowded.signed, stranger[len(stranger)-2]...)
	}
	blunt.signed = bytes.TrimSuffix(blunt.signed, []byte("\n"))
	bare.signed = bytes.Replace(bare.signed, []byte("\n\n"), []byte("\n"), 1)
	trust := h.trust()
	trust.Checkpoint = nil
	signed := func(c *history) []byte {
		return bytes.Replace(file, quoted(h.signed), quoted(c.signed), 1)
	}
	play(t, []theme{
		{"checkpoint", file, h.trust(), evidence.Proven, "PROVEN"},
		{"checkpoint of a crowd", signed(crowded), trust, evidence.Wronged, "line 1: checkpoint: it bears more than 16 signatures"},
		{"checkpoint without its end", signed(blunt), trust, evidence.Wronged, "line 1: checkpoint: it is no signed note"},
		{"checkpoint without an empty line", signed(bare), trust, evidence.Wronged, "line 1: checkpoint: it is no signed note"},
		{"manifest", stranger, h.trust(), evidence.Wronged, "manifest: it does not say what the file holds"},
		{"manifest with an end of line", append(slices.Clone(more), "\\r\\n\"}\n"...), h.trust(), evidence.Wronged, "manifest: it is no signed note"},
		{"manifest twice", append(twice, "\\n\"}\n"...), h.trust(), evidence.Wronged, "manifest: it does not say what the file holds"},
	})
}
