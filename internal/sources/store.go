package sources

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Store keeps what is known of sources.
type Store interface {
	// ClaimRefresh gives the claim to the caller unless another replica holds one,
	// or the source was asked since Claim.NotSince. A source that does not exist is
	// NotFound.
	ClaimRefresh(ctx context.Context, by authz.Caller, c Claim) (Standing, error)
	// EndRefresh stores what settle makes of what is known of the claimed source, in
	// one change of the organization; one that changes nothing leaves its version
	// alone. A claim that is held no more is Conflict.
	EndRefresh(ctx context.Context, by authz.Caller, e End, settle func(Known) (Settlement, error)) error
	// FailRefresh notes what went wrong. A claim that is held no more is Conflict.
	FailRefresh(ctx context.Context, by authz.Caller, f Failure) error
	// NoteTurn notes that calls have found a source well or unwell, unless a later
	// turn is known. A source that does not exist is NotFound.
	NoteTurn(ctx context.Context, by authz.Caller, t Turn) error
}

// Claim asks for the right to ask a source.
type Claim struct {
	Source   tenants.GUID
	Ticket   tenants.GUID // a fresh one
	Now      time.Time
	Until    time.Time // then another may ask
	NotSince time.Time // zero: whenever it was asked last
}

// Standing is what became of a claim.
type Standing struct {
	Ours    bool
	Held    bool      // by another
	TriedAt time.Time // when it was last asked before; zero: never
	Version int64     // of the organization
}

// End is what a source has said of itself.
type End struct {
	Source, Ticket tenants.GUID
	At             time.Time
	Revision       string
	Server         []byte
	Instructions   string
	Capabilities   []byte
	Asked          string // who wanted to know, for the record
}

// Failure is what went wrong, as a sentence for everybody.
type Failure struct {
	Source, Ticket tenants.GUID
	At             time.Time
	Trouble        string
}

// Turn is what calls have found out about a source.
type Turn struct {
	Source  tenants.GUID
	At      time.Time
	Trouble string // as a sentence for admins; empty: it is well
}

// Known is what is known of a source before a refresh ends.
type Known struct {
	Source    tools.Source
	Offers    []Kept // without definitions
	Approvals []tools.Approval
	Withdrawn map[Withdrawal]bool

	// Definitions returns the offers of these names with their definitions.
	Definitions func(of []Kept) ([]tools.Offer, error)
}

// Withdrawal is a definition whose approval somebody has taken back, and that
// nobody has approved since.
type Withdrawal struct {
	Kind tools.Kind
	Name string
	Hash tools.Hash
}

// Kept is an offer as it is stored.
type Kept struct {
	tools.Offer
	Unusable    string
	RenamedFrom string
	SeenAt      time.Time
}

// Settlement is what a refresh changes. What it does not name stays.
type Settlement struct {
	Put     []Kept // new, or with another definition
	Remove  []Kept // not offered any more
	Approve []tools.Approval
	Pending []Pending // that somebody has to look at from now on
}

// Empty reports whether nothing changes.
func (s Settlement) Empty() bool { return len(s.Put)+len(s.Remove)+len(s.Approve) == 0 }

// Pending is a definition that waits for somebody, for the record.
type Pending struct {
	Kind     tools.Kind
	Name     string
	Hash     tools.Hash
	Approved tools.Hash // what was approved of that name before; zero: nothing
}
