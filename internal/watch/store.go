package watch

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Store keeps what is noticed and what is told. What does not exist is NotFound.
type Store interface {
	// Observe returns what is known of an organization.
	Observe(ctx context.Context, org tenants.ID, now time.Time) (Observed, error)
	// SettleAlerts lets settle decide by what is kept what is noticed and told from
	// now on, while nobody else can, and keeps that. What settle tells a contact
	// whose delivery of the same cause exists is left out. What is older than Kept is
	// forgotten.
	SettleAlerts(ctx context.Context, by authz.Caller, now time.Time, settle func(State) (Changes, error)) error
	// DueDeliveries returns what is due, the longest due first, and makes it due
	// again at until, an attempt later.
	DueDeliveries(ctx context.Context, by authz.Caller, now, until time.Time, most int) ([]Delivery, error)
	// PutDelivery keeps what has become of an attempt. A delivery that is done stays so.
	PutDelivery(ctx context.Context, by authz.Caller, d Delivery) error
	// NextDelivery returns when the next is due; zero: nothing waits.
	NextDelivery(ctx context.Context, org tenants.ID) (time.Time, error)
	// Contacts returns whom an organization wants to be told.
	Contacts(ctx context.Context, org tenants.ID) ([]tenants.Contact, error)
}

// Kept is for how long what is over can be looked at.
const Kept = 90 * 24 * time.Hour

// State is what is kept when it is decided what to tell.
type State struct {
	Alerts   []Alert // that are open, or were resolved in the last two days
	Contacts []tenants.Contact
	Digests  int // that were made in the last day, whoever they are for
}

// MostDigests is how many digests an organization sends in a day: enough for all its
// contacts though they change, and not for whoever would have each new address told.
const MostDigests = 30

// Changes is what is decided then.
type Changes struct {
	Alerts     []Alert // new or changed
	Deliveries []Delivery
}

// Observed is what is known of an organization at one instant.
type Observed struct {
	Organization tenants.Organization
	People       People
	Sources      []Source
	Sinks        []Sink
	Exports      []Export            // that fail
	BodyGrants   []tenants.BodyGrant // of the last ninety days
}

// Sink is what is known of a place where the log goes.
type Sink struct {
	ID      tenants.GUID
	Name    string
	Failing string    // why what was tried last did not arrive; empty: it did
	Since   time.Time // since when nothing arrives; of one that is failing
	Lag     int64     // sealed records that wait for it
}

// People counts those of an organization whose tokens were seen lately and whose
// membership is refreshed in the background.
type People struct {
	Seen    int
	Consent int       // the last refresh failed because nobody has consented
	Late    int       // Entra or Graph has not answered for so long that the answer that is known will soon be too old
	Oldest  time.Time // when that was asked of whom it is oldest; zero: nobody is late
}

// Source is what is known of a source that is switched on.
type Source struct {
	ID      tenants.GUID
	Name    string
	Title   string
	Failing string    // what went wrong when it was last asked or called; empty: nothing
	Since   time.Time // when it last answered; zero: never
	Pending int       // definitions that wait for somebody to look at them
}
