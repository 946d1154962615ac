package evidence

import (
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
)

// Verdict is what a report comes to.
type Verdict uint8

// The verdicts.
const (
	Proven    Verdict = iota // everything
	Wronged                  // something is wrong
	Unchecked                // nothing is wrong, and something could not be checked
)

// Report is what was found in a file. Of one that is wrong, only Wrong is of use.
type Report struct {
	Wrong       *WrongError // nil: nothing
	Origin      string
	OriginKnown bool // the reader has said which log it has to be
	From, To    int64
	Filter      filter.Filter
	Disclosure  Disclosure
	Produced    time.Time
	Producer    string
	Checkpoint  proof.Checkpoint // of the file
	Own         *proof.Checkpoint
	Anchor      Anchor
	Tally       Tally
	Missing     string // why it is not proven that nothing which matches is missing; empty: it is
	Scope       string // of what nothing is missing
	Asked       Asked  // what the reader said that they asked for
	Met         int    // how many of Trust.Others the file could be held against
}

// conclude says what all of it comes to. It is the end of a pass.
func (v *verifier) conclude() {
	v.Scope, v.Missing = v.completeness()
}

// completeness says of what no match is missing, or why nobody knows.
func (v *verifier) completeness() (scope, missing string) {
	if v.Disclosure == MatchesOnly && !v.Filter.IsZero() {
		return "", "the file tells nothing of records that do not match"
	}
	if n := v.Tally.Undecided; n > 0 {
		return "", fmt.Sprintf("of %d records a field that the filter needs is closed, erased or withheld; the first is record %d", n, v.Tally.FirstUndecided)
	}
	if !v.Filter.Timed() {
		return "every record of the range that matches is in the file", ""
	}
	sealed := v.times.last
	if v.To == v.Checkpoint.Size {
		sealed = moment(v.Checkpoint.At)
	}
	switch from, to := v.Filter.From, v.Filter.To; {
	case v.From > 0 && (from.IsZero() || v.times.first == "" || v.times.first >= instant(from)):
		return "", "records before the range may have been made in the filter's time"
	case v.To < v.Checkpoint.Size && (to.IsZero() || sealed < instant(to)):
		return "", "records after the range may have been made in the filter's time"
	}
	scope = "every record that matches and was sealed before " + sealed + " is in the file"
	if v.From > 0 {
		scope += "; that none before the range was sealed later than its first is the sealer's word, which only a file from record 0 on shows"
	}
	return scope, ""
}

// Verdict sums the report up.
func (r *Report) Verdict() Verdict {
	switch {
	case r.Wrong != nil:
		return Wronged
	case r.Missing != "" || !r.OriginKnown || r.Anchor != Whole || r.chosen():
		return Unchecked
	}
	return Proven
}

// chosen reports whether whoever made the file chose which records it is about: they
// are not all, the filter's time does not say which, and the reader has not either.
func (r *Report) chosen() bool {
	all := r.From == 0 && r.To == r.Checkpoint.Size
	return !all && !r.Filter.Timed() && r.Asked.Range == nil && !r.Asked.One
}

// of is what the report is about, in few words.
func (r *Report) of() string {
	what := "every record"
	if !r.Filter.IsZero() {
		what = "what matches the filter"
	}
	switch {
	case r.From == r.To:
		return fmt.Sprintf("of no record at all, at %d of %d", r.From, r.Checkpoint.Size)
	case r.To-r.From == r.Checkpoint.Size:
		return fmt.Sprintf("of %s of all %d", what, r.Checkpoint.Size)
	}
	return fmt.Sprintf("of %s of records %d to %d of %d", what, r.From, r.To-1, r.Checkpoint.Size)
}

// String tells the report to people, line by line; the last line is the verdict.
func (r *Report) String() string {
	if r.Wrong != nil {
		return "WRONG: " + Shown(r.Wrong.Error()) + "\n"
	}
	all := append(r.facts(), r.findings()...)
	if r.Verdict() == Proven {
		all = append(all, "PROVEN: "+r.of())
	} else {
		all = append(all, "SOUND, BUT NOT EVERYTHING COULD BE CHECKED")
	}
	for i := range all {
		all[i] = Shown(all[i])
	}
	return strings.Join(all, "\n") + "\n"
}

// facts are what the file is about.
func (r *Report) facts() []string {
	records := fmt.Sprintf("records %d to %d of %d", r.From, r.To-1, r.Checkpoint.Size)
	if r.From == r.To {
		records = fmt.Sprintf("no record, at %d of %d", r.From, r.Checkpoint.Size)
	}
	matched := fmt.Sprintf("%d of %d records", r.Tally.Matched, r.To-r.From)
	if n := r.Tally.Closed; n > 0 {
		matched += fmt.Sprintf("; %d of them with closed fields, erased or withheld; the first is record %d", n, r.Tally.FirstClosed)
	}
	return []string{
		"log:      " + r.Origin,
		"filter:   " + r.Filter.String(),
		"range:    " + records,
		"matching: " + matched,
		"sealed:   up to " + moment(r.Checkpoint.At) + " by the clock " + r.Checkpoint.Clock.Source,
		"produced: " + instant(r.Produced) + " by " + r.Producer,
	}
}

// rewritable is what nobody outside can exclude without a checkpoint of their own.
const rewritable = "NOT ANCHORED: the operator could have rewritten this"

// findings are what was proven, and what was not.
func (r *Report) findings() (all []string) {
	all = append(all, "proven: the log holds these records as they are in the file, in this order, and none between them")
	if r.Missing != "" {
		all = append(all, "completeness: not proven: "+r.Missing)
	} else {
		all = append(all, "completeness: proven: "+r.Scope)
	}
	if r.chosen() {
		all = append(all, fmt.Sprintf("not shown: %d records before the range and %d behind it; if they are not those you asked for, ask whoever made the file; if they are, give --from %d --to %d",
			r.From, r.Checkpoint.Size-r.To, r.From, r.To))
	}
	if !r.OriginKnown {
		all = append(all, "not checked: whose log this is: give --origin, or a checkpoint")
	}
	if r.Own == nil {
		return append(all, rewritable, "not checked: later history: give --checkpoint, one that left the operator's hands")
	}
	since := "anchored since " + moment(r.Own.At)
	switch size := r.Own.Size; r.Anchor {
	case Whole:
		return append(all, fmt.Sprintf("%s: your checkpoint of %d records commits to all of them", since, size))
	case Part:
		return append(all, fmt.Sprintf("%s: records before %d, to which your checkpoint commits", since, size),
			fmt.Sprintf("%s: records from %d on, which are younger than your checkpoint", rewritable, size))
	case Earlier:
		return append(all, fmt.Sprintf("%s: the history before record %d, and none of these records", since, size), rewritable)
	case Later:
		return append(all, fmt.Sprintf("not checked against your checkpoint: it is of %d records, and the file knows %d; export again, or give an earlier one",
			size, r.Checkpoint.Size), rewritable)
	case Unreached, NoAnchor:
	}
	return append(all, fmt.Sprintf("not checked against your checkpoint: the file does not lead to %d records; export again with that stop", r.Own.Size), rewritable)
}
