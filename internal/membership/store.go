package membership

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Record is what Graph said of one person's groups at one time, and what is known
// of asking again. It answers the groups it was asked about and no others.
type Record struct {
	Person  tenants.GUID
	Answers map[tenants.GUID]authz.Answer // Member or NotMember, never Unknown
	AskedAt time.Time                     // zero: Graph has never been asked
	Removed []tenants.GUID                // groups that it was not asked about then, and of which Graph had said NotMember before

	SeenAt   time.Time // when a token of the person was last accepted, to SeenEvery
	DueAt    time.Time // when Graph is to be asked again; zero: not before the person is seen again
	Failures int       // refreshes that have failed since the last that did not
	Failure  string    // class of the last failure; empty after success

	ValidFrom time.Time // since when their sessions count, as far as that has had its effect; zero: not known
	DoubtedAt time.Time // when an answer first took everything from them; zero: the last one did not
}

// MostRemoved bounds a record's Removed.
const MostRemoved = 1000

const (
	// SeenEvery is how often it is noted that somebody is seen.
	SeenEvery = 10 * time.Minute
	// SeenLife is how long Graph is asked for somebody who is not seen.
	SeenLife = 2 * time.Hour
)

// Lost is the failure of whoever was cut off because Entra or Graph disowned them.
const Lost = "lost"

// Missing is the failure of whoever Graph did not find when it was asked as the app.
const Missing = "missing"

// Failure is why a refresh failed. The zero Failure is none.
type Failure struct {
	Class       string // a word of entra.ErrorClass, or Missing
	Code        int    // of Entra's refusal, the number of its AADSTS code
	Correlation string // what Entra calls the request
	Trace       string
}

// Due is a person whose refresh is due.
type Due struct {
	Org    tenants.ID
	Person tenants.GUID
}

// KeptToken is a refresh token of Entra that came of an on-behalf-of exchange. Only
// a Refresher goes on with it.
type KeptToken struct {
	Person     tenants.GUID
	Client     tenants.GUID // the app registration it was given to
	Resource   string       // what its access tokens are for
	Ciphertext []byte
	TokenID    string    // of the access token that was exchanged; empty: it came of a sign-in
	MadeAt     time.Time // when that was; what replaces a token in use keeps it
	UsedAt     time.Time
}

// Store keeps records, so that replicas share them and a restart does not lose
// a removal. Writes of one person at a time are done one after the other.
type Store interface {
	// LoadMembership returns a person's record; NotFound if there is none.
	LoadMembership(ctx context.Context, org tenants.ID, person tenants.GUID) (Record, error)
	// SaveMembership replaces the person's record unless a newer one stands, keeps in
	// Removed what the one before had of groups that this one does not answer, sets
	// when the next refresh is due (never, if the person will not have been seen for
	// SeenLife by then, or next is zero), and reports whether an answer differs from
	// before. Every replica hears of it if so.
	SaveMembership(ctx context.Context, by authz.Caller, record Record, next time.Time) (changed bool, err error)
	// SeeMember notes that a token of the person was accepted, which makes a refresh
	// due that was put off until then. Without a record it makes an empty one.
	SeeMember(ctx context.Context, by authz.Caller, person tenants.GUID, at time.Time) error
	// Testify keeps for the history what was known of a person; what SaveMembership
	// replaces is kept likewise.
	Testify(ctx context.Context, by authz.Caller, t Testimony) error
	// TakeDue takes a refresh that is due, until an instant at which it is due again
	// unless it has been done. NotFound: it is not due, because another has taken or
	// done it, or because the person has not been seen for SeenLife.
	TakeDue(ctx context.Context, by authz.Caller, person tenants.GUID, now, until time.Time) (Record, error)
	// PutOff notes that a refresh failed and when the next is due; zero: not before
	// the person is seen again. Without a failure nothing was asked, and what is
	// known of failures stays.
	PutOff(ctx context.Context, by authz.Caller, person tenants.GUID, next time.Time, failure Failure) error
	// LoseMember cuts off everything issued to the person up to now, drops what is
	// kept for them, and records why, all or nothing. It is a Conflict if they have
	// signed in since the instant, and does nothing if they were cut off since.
	LoseMember(ctx context.Context, by authz.Caller, person tenants.GUID, since time.Time, why string) error

	// KeptTokens returns what is kept for a person, the newest first.
	KeptTokens(ctx context.Context, org tenants.ID, person tenants.GUID) ([]KeptToken, error)
	// KeepToken keeps a token in place of the one of the same person, client and
	// resource, unless that was made later or the person has been cut off since.
	KeepToken(ctx context.Context, by authz.Caller, t KeptToken) error
	// RenewToken puts what Entra gave for a kept token in its place, if it is still
	// kept.
	RenewToken(ctx context.Context, by authz.Caller, t KeptToken) error
	// DropToken removes it, unless another made later is in its place.
	DropToken(ctx context.Context, by authz.Caller, t KeptToken) error
}
