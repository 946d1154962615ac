package onboarding

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/fault"
)

// Doctor looks for what is wrong with an organization's connection. It changes
// nothing, and may be used concurrently.
type Doctor struct{ now func() time.Time }

// NewDoctor returns a doctor with a clock, which credentials' ends are held
// against.
func NewDoctor(now func() time.Time) *Doctor { return &Doctor{now} }

// Check examines a subject. It asks Microsoft Graph as the administrator who is
// signed in and Entra for a token with the connection's credential; what neither
// could tell is in NotChecked. Findings come in the order in which they are best
// mended. A subject without a connection is Invalid; otherwise the only error is
// the context's.
func (d *Doctor) Check(ctx context.Context, s Subject) (Report, error) {
	if s.connection().ClientID.IsZero() || s.Organization.TID.IsZero() || s.connection().Cloud.AdminCenter() == "" || s.Authority.IsZero() {
		return Report{}, fault.New(fault.Invalid, "the doctor needs an organization with a directory, a cloud and a client id; connect it first")
	}
	x, err := examine(ctx, s, d.now())
	if err != nil {
		return Report{}, err
	}
	report := Report{At: x.now}
	for _, c := range checks() {
		x.perform(c, &report)
	}
	return report, nil
}

// check is one thing to look for.
type check struct {
	id        string
	title     string           // what is wrong, of a finding
	asks      string           // what there is to know, of what was not checked
	concerns  func(*exam) bool // whether it means anything for the subject; nil: always
	look      look
	otherwise look // where what look needs is not there
}

// look is a way to find something. It returns nothing where all is well. The id and
// the title are the check's.
type look struct {
	needs []source
	find  func(*exam) []Finding
	codes []int // refusals it can tell from; another one leaves the question open
}

// at is a look that rests on some sources.
func at(find func(*exam) []Finding, needs ...source) look {
	return look{needs: needs, find: find}
}

// one is a finding alone.
func one(f Finding) []Finding { return []Finding{f} }

// checks are all there are, in the order in which findings are best mended.
func checks() []check {
	return slices.Concat(
		cloudChecks(), appChecks(), credentialChecks(), federatedChecks(), tokenChecks(), identifierChecks(), scopeChecks(),
		claimChecks(), groupChecks(), consentChecks(), assignmentChecks(), clientChecks(), redirectChecks(), publisherChecks(),
		checkpointChecks(),
	)
}

// Kind is something that the doctor can find.
type Kind struct {
	ID    string `json:"id"`    // of its findings
	Title string `json:"title"` // of its findings
}

// Kinds are all that the doctor can find, in the order in which findings are best
// mended.
func Kinds() []Kind {
	var all []Kind
	for _, c := range checks() {
		all = append(all, Kind{c.id, c.title})
	}
	return all
}

func (x *exam) perform(c check, report *Report) {
	if c.concerns != nil && !c.concerns(x) {
		return
	}
	why, missing := x.gapOf(c.look)
	chosen := c.look
	if missing && c.otherwise.find != nil {
		if _, too := x.gapOf(c.otherwise); !too {
			chosen, missing = c.otherwise, false
		}
	}
	if missing {
		report.NotChecked = append(report.NotChecked, NotChecked{ID: c.id, Title: c.asks, Reason: why.reason, Remedy: why.remedy})
		return
	}
	for _, f := range chosen.find(x) {
		f.ID, f.Title = c.id, c.title
		if !report.Has(f.ID) {
			report.Findings = append(report.Findings, f)
		}
	}
}

// gapOf is the first reason why a look is not possible.
func (x *exam) gapOf(l look) (gap, bool) {
	for _, s := range l.needs {
		if why, missing := x.gaps[s]; missing {
			return why, true
		}
	}
	if l.codes != nil && x.code != 0 && !slices.Contains(l.codes, x.code) {
		return x.gaps[fromToken], true
	}
	return gap{}, false
}

// refusedWith finds something where the token endpoint answered with one of some
// numbers, and nothing where it gave a token.
func refusedWith(find func(*exam) Finding, codes ...int) look {
	return look{needs: []source{fromProbe}, codes: codes, find: func(x *exam) []Finding {
		if x.code == 0 {
			return nil
		}
		return one(find(x))
	}}
}
