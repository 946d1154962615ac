package parcel

import (
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/proof"
)

// Report is what was found in a package. Of one that is wrong, only Wrong is of use.
type Report struct {
	Wrong   *WrongError     // nil: nothing
	Foreign []string        // of the files that prove nothing, those that are not as they are known
	Export  evidence.Report // of the records
	Beside  int             // how many checkpoints of other members the export was to be held against

	Access    Access
	Recorded  int64  // number of the record of the report
	By        string // who had it made
	Founded   int64  // number of the record of the configuration
	Unfounded bool   // it is not in the package
	Later     string // why the report does not rest on what held then

	YourKey, Signed bool             // of the claims: the reader's key is among them, and the log's has signed the checkpoint
	Claimed         proof.Checkpoint // the checkpoint
	YourCheckpoint  bool             // it is the reader's own

	digest     string // of the report of access
	report     []byte
	since      time.Time // when the configuration came
	manifested *lastLine // of the export
	claims     claims
}

// Verdict sums the report up.
func (r *Report) Verdict() evidence.Verdict {
	switch {
	case r.Wrong != nil:
		return evidence.Wronged
	case len(r.Foreign) > 0 || r.Unfounded || r.Export.Met < r.Beside:
		return evidence.Unchecked
	}
	return r.Export.Verdict()
}

// String tells the report to people, line by line; the last line is the verdict.
func (r *Report) String() string {
	if r.Wrong != nil {
		return "WRONG: " + evidence.Shown(r.Wrong.Error()) + "\n"
	}
	all := append(r.files(), r.access()...)
	for i := range all {
		all[i] = evidence.Shown(all[i])
	}
	export := strings.Split(strings.TrimSuffix(r.Export.String(), "\n"), "\n") // the last is its verdict
	all = append(append(all, "", "the export, "+Export+":"), export[:len(export)-1]...)
	if r.Verdict() == evidence.Proven {
		all = append(all, "", strings.Replace(export[len(export)-1], "PROVEN: ", "PROVEN: the export, ", 1)+"; the report of access is the one on record")
	} else {
		all = append(all, "", "SOUND, BUT NOT EVERYTHING COULD BE CHECKED")
	}
	return strings.Join(all, "\n") + "\n"
}

// files are what was found about the package.
func (r *Report) files() (all []string) {
	all = append(all, fmt.Sprintf("package:  %d files, as a package has them, and as %s lists them", len(Members()), Sums))
	for _, name := range r.Foreign {
		all = append(all, "not checked: "+name+" is not the one that this gatehouse knows: it is of another version, or somebody has changed it; do not rely on it")
	}
	claim := "claimed:  a checkpoint of " + fmt.Sprint(r.Claimed.Size) + " records, which one of the claimed keys has signed, and the key that you gave; both prove nothing beside what you brought along"
	if r.YourCheckpoint {
		claim = "claimed:  the key and the checkpoint that you gave; make sure that you have them from elsewhere"
	}
	all = append(all, claim)
	if r.Export.Met < r.Beside {
		all = append(all, fmt.Sprintf("not checked: of %d checkpoints beside the export, %d could not be held against it: they may be of another history", r.Beside, r.Beside-r.Export.Met))
	}
	return all
}

// access is what was found about the report of access.
func (r *Report) access() (all []string) {
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	by := ""
	if r.By != "" {
		by = ", made for " + r.By
	}
	all = append(all,
		"access:   as of "+at(r.Access.At),
		fmt.Sprintf("proven: record %d of the log says that exactly this report was handed out%s", r.Recorded, by),
		"proven: "+AccessCSV+" says what "+AccessJSON+" says")
	if r.Unfounded {
		all = append(all, "not checked: what the report rests on: the record of that change is not in the package")
	} else {
		all = append(all, fmt.Sprintf("proven: the configuration that it rests on, of %s, is the one that record %d of the log names by its digest", at(r.Access.Configuration.Since), r.Founded))
		if !r.covers() {
			all = append(all, "not checked: that no other configuration held at its time: the export does not tell of every change since then")
		}
	}
	return append(all, "not checked: that the report follows from that configuration and from what was known of people's groups; the package has the digest of the one, and not the other")
}

// covers reports whether the export tells of every change between that of the
// configuration and the time of the report.
func (r *Report) covers() bool {
	f := r.Export.Filter
	from, to := f.From, f.To
	f.From, f.To = time.Time{}, time.Time{}
	return f.IsZero() && r.Export.Missing == "" && !from.After(r.since) && (to.IsZero() || to.After(r.Access.At))
}
