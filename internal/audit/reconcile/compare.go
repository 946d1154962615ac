package reconcile

import (
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// Scope says what a comparison is about.
type Scope struct {
	// Apps are the application (client) IDs of Gatehouse's app registrations: what
	// tokens are for, and what Gatehouse signs people in as.
	Apps []string

	// From and To are what the export of sign-ins was asked for, To not included.
	// Zero: nobody says. Then the export is known to cover its rows and nothing else.
	From, To time.Time
}

// Check says what is wrong with a scope, for these sign-ins.
func (s Scope) Check(signIns []SignIn) error {
	if !s.From.IsZero() && !s.To.IsZero() && !s.From.Before(s.To) {
		return fault.New(fault.Invalid, "--from is not before --to; give both as the export of sign-ins was asked for")
	}
	for _, in := range signIns {
		if !s.From.IsZero() && in.At.Before(s.From) || !s.To.IsZero() && !in.At.Before(s.To) {
			return fault.Newf(fault.Invalid, "the export of sign-ins has a row of %s, which is not between --from and --to; give both as the export was asked for", in.At.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// Reason explains a difference, or says that nothing does.
type Reason string

// The reasons of tokens that were shown here and are not in the export of sign-ins.
const (
	Brokered         Reason = "issued_by_gatehouse"   // the log says that Gatehouse issued it: Entra has the person's sign-in to Gatehouse
	SignedInEarlier  Reason = "signed_in_before"      // the sign-in may lie before what the export covers
	UsedLater        Reason = "used_after"            // it was used after what the export covers
	NotCovered       Reason = "not_covered"           // unexplained: nobody says that the export covers that time
	OtherLog         Reason = "other_sign_in_log"     // Entra keeps such sign-ins in a log that the export does not have
	NoSuchSignIn     Reason = "no_sign_in"            // unexplained
	FailedSignIn     Reason = "failed_sign_in"        // nothing was issued
	OutsideEvidence  Reason = "outside_the_evidence"  // the sign-in was before or after the records
	SignedInToUs     Reason = "sign_in_to_gatehouse"  // Gatehouse signed the person in, and the log has them at that time
	NeverShown       Reason = "token_never_shown"     // a token was issued, and nobody has shown it here
	NothingAboutThem Reason = "person_not_in_the_log" // unexplained
)

// Explains reports whether a difference for this reason is as it should be.
func (r Reason) Explains() bool { return r != NoSuchSignIn && r != NothingAboutThem && r != NotCovered }

// Text says the reason in words.
func (r Reason) Text() string { return texts[r] }

var texts = map[Reason]string{
	Brokered:         "the log has the record of Gatehouse issuing this token; Entra has the person's sign-in to Gatehouse instead",
	SignedInEarlier:  "an access token lives up to 28 hours, so the sign-in may lie before --from; export from two days before the evidence",
	UsedLater:        "it was first used at --to or later; export a longer time",
	NotCovered:       "NOT COVERED: nobody says that the export covers the time in which this token was issued; say with --from and --to what it was asked for",
	OtherLog:         "Entra keeps sign-ins of this kind in a log of their own, of which the export has none; export the non-interactive and service principal sign-ins too",
	NoSuchSignIn:     "UNEXPLAINED: Entra has no sign-in that issued this token",
	FailedSignIn:     "the sign-in failed, so there is no token",
	OutsideEvidence:  "the sign-in lies outside the time of the evidence",
	SignedInToUs:     "Gatehouse signed the person in, and the log has them at that time",
	NeverShown:       "a token was issued and has not been shown at an endpoint: AI apps get tokens ahead and keep them",
	NothingAboutThem: "UNEXPLAINED: Gatehouse signed the person in, and the log has nothing of them at that time",
}

// tokenLife is how long an access token of Entra can be used at most (Microsoft Learn,
// "Continuous access evaluation": up to 28 hours).
const tokenLife = 28 * time.Hour

// near is how long after a sign-in to Gatehouse the log has something of the person.
const near = 15 * time.Minute

// OnlyHere is a token that was shown here and that the export does not have.
type OnlyHere struct {
	*Use
	Reason Reason
}

// OnlyThere is a sign-in for our apps whose token the evidence does not have.
type OnlyThere struct {
	SignIn
	Reason Reason
}

// Result is a comparison. Both is how many tokens are on either side.
type Result struct {
	Uses      *Uses
	SignIns   int
	Ours      int // of them, for our apps
	Both      int
	OnlyHere  []OnlyHere
	OnlyThere []OnlyThere
	Scope     Scope
	First     time.Time // of the sign-ins
	Last      time.Time
}

// Unexplained counts the differences that nothing explains.
func (r Result) Unexplained() (n int) {
	for _, h := range r.OnlyHere {
		if !h.Reason.Explains() {
			n++
		}
	}
	for _, s := range r.OnlyThere {
		if !s.Reason.Explains() {
			n++
		}
	}
	return n
}

// comparison is the state of Compare.
type comparison struct {
	Result
	issued map[identifier]bool
	shown  map[identifier]bool
	rows   struct{ first, last time.Time }
	kinds  map[bool]bool // whether the export has sign-ins of applications, and of people
	silent bool          // the export has sign-ins at which nobody was there, or does not tell
}

// Compare holds both against each other.
func Compare(u *Uses, signIns []SignIn, s Scope) Result {
	c := comparison{Result: Result{Uses: u, SignIns: len(signIns), Scope: s}, issued: map[identifier]bool{}, shown: map[identifier]bool{}, kinds: map[bool]bool{}}
	c.look(signIns)
	c.First, c.Last = c.rows.first, c.rows.last
	for _, use := range u.Tokens {
		id := identify(use.Token)
		if !use.Issued {
			c.shown[id] = true
		}
		if !use.Issued && c.issued[id] {
			c.Both++
			continue
		}
		c.OnlyHere = append(c.OnlyHere, OnlyHere{use, c.whyHere(use)})
	}
	for _, in := range signIns {
		if c.isOurs(in) {
			c.Ours++
			if !c.shown[identify(in.Token)] && !c.shown[identify(in.RequestID)] {
				c.OnlyThere = append(c.OnlyThere, OnlyThere{in, c.whyThere(in)})
			}
		}
	}
	return c.Result
}

// look takes in what the export has.
func (c *comparison) look(signIns []SignIn) {
	for _, in := range signIns {
		if !in.Failed {
			c.issued[identify(in.RequestID)] = true
			if in.Token != "" {
				c.issued[identify(in.Token)] = true
			}
		}
		c.kinds[in.Application] = true
		c.silent = c.silent || in.Interactive != interactively
		if c.rows.first.IsZero() || in.At.Before(c.rows.first) {
			c.rows.first = in.At
		}
		if in.At.After(c.rows.last) {
			c.rows.last = in.At
		}
	}
}

func (c *comparison) isOurs(in SignIn) bool {
	return slices.ContainsFunc(c.Scope.Apps, func(id string) bool { return strings.EqualFold(id, in.App) || strings.EqualFold(id, in.Resource) })
}

func (c *comparison) whyHere(u *Use) Reason {
	application := u.Kind == "app"
	switch {
	case u.Issued:
		return Brokered
	case c.Scope.To.IsZero() && u.First.After(c.rows.last), c.Scope.From.IsZero() && u.First.Before(c.rows.first.Add(tokenLife)):
		return NotCovered
	case !c.Scope.To.IsZero() && !u.First.Before(c.Scope.To):
		return UsedLater
	case !c.Scope.From.IsZero() && u.First.Before(c.Scope.From.Add(tokenLife)):
		return SignedInEarlier
	case !c.kinds[application] || !application && !c.silent:
		return OtherLog
	}
	return NoSuchSignIn
}

func (c *comparison) whyThere(in SignIn) Reason {
	asUs := slices.ContainsFunc(c.Scope.Apps, func(id string) bool { return strings.EqualFold(id, in.App) })
	switch {
	case in.Failed:
		return FailedSignIn
	case in.At.Before(c.Uses.From) || in.At.After(c.Uses.To):
		return OutsideEvidence
	case !asUs:
		return NeverShown
	case c.Uses.correlations[strings.ToLower(in.Correlation)] || c.wasThere(in):
		return SignedInToUs
	}
	return NothingAboutThem
}

// wasThere reports whether the log has something of the person shortly after.
func (c *comparison) wasThere(in SignIn) bool {
	return slices.ContainsFunc(c.Uses.people[strings.ToLower(in.Person)], func(at time.Time) bool {
		return !at.Before(in.At.Add(-time.Minute)) && !at.After(in.At.Add(near))
	})
}
