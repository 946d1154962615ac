package access

import (
	"time"

	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Offered is a definition of a source beside what has been decided about it: one
// that the source offers, or one that was approved and that it offers no more.
type Offered struct {
	Source      tenants.GUID
	Offer       tools.Offer // zero Hash and no Definition: not offered any more; Kind and Name are there always
	Unusable    string      // why it cannot be approved, or not be served; empty: it can
	RenamedFrom string      // the name that it probably had before, if it seems to be renamed
	SeenAt      time.Time   // when this very definition was first offered

	Approved *tools.Approval // nil: never approved
	Pinned   []byte          // the text that was approved; nil: not seen yet
}

// OfferState is what has become of a definition.
type OfferState string

// The states. Each definition is in one of them.
const (
	StateApproved OfferState = "approved"
	StatePending  OfferState = "pending"  // new, and nobody has approved it
	StateChanged  OfferState = "changed"  // something else was approved
	StateGone     OfferState = "gone"     // approved, and not offered
	StateUnusable OfferState = "unusable" // it cannot be approved, or not be served
)

// State returns the state of a definition.
func (o Offered) State() OfferState {
	switch {
	case !o.Offered():
		return StateGone
	case o.Unusable != "":
		return StateUnusable
	case o.Approved == nil:
		return StatePending
	case o.Approved.Hash != o.Offer.Hash:
		return StateChanged
	}
	return StateApproved
}

// Pending reports whether somebody has to look at it: it is new, or not what was
// approved.
func (o Offered) Pending() bool { return o.State() == StatePending || o.State() == StateChanged }

// Offered reports whether the source offers it.
func (o Offered) Offered() bool { return o.Offer.Definition != nil }

// SourceState is what is known of a source from asking it.
type SourceState struct {
	RefreshedAt  time.Time // when it last answered; zero: never
	TriedAt      time.Time // when it was last asked
	Trouble      string    // what went wrong then, as a sentence for everybody; empty: nothing
	Revision     string    // of the protocol that it speaks
	Server       []byte    // its serverInfo, object as sent
	Instructions string    // its own words to models, as it last said them
	Capabilities []byte    // object as sent
	Pending      int       // definitions that somebody has to look at
	TurnedAt     time.Time // when calls last found it well or unwell and it was not before; zero: never
	TurnedTo     string    // what was wrong then, as a sentence for admins; empty: nothing
	Unusable     int       // definitions that cannot be approved, or not be served
	Served       int       // definitions that are approved and offered
}

// Refreshed is what a refresh of a source found.
type Refreshed struct {
	At       time.Time
	Offered  int // definitions that it offers
	Approved int // of these, approved by its policy just now
	Pending  int // waiting for somebody to look at them
	Unusable int // that cannot be approved
	Gone     int // that it offered before
	Changed  bool

	// The names of what this refresh has found otherwise than it was, of each the
	// first hundred.
	New, Altered, Lost []Named
}

// Named is a definition by the source's own name.
type Named struct {
	Kind tools.Kind
	Name string
}
