package membership

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/graph"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// believed is how many people may lose everything at once without a doubt.
const believed = 20

// lookAgainAfter is when somebody who is doubted is asked about again at the latest,
// while it is not known yet how many there are: sooner than whoever is being asked
// about, so that HurryUnasked leaves them alone.
const lookAgainAfter = 20 * time.Second

// Doubts is what is known of an organization's people in a round.
type Doubts struct {
	First   map[tenants.GUID]time.Time // when each of those in question was first doubted
	Since   time.Time                  // when the first of all was
	Doubted int                        // how many are
	Known   int                        // people who were seen lately, or are doubted
	Pending int                        // of those, how many have not been asked about since
}

// believable reports whether so few lose everything that the answers are believed:
// twenty, or at most half of those who are known, whatever comes of the others.
func (d Doubts) believable() bool {
	return d.Doubted <= believed || (d.Doubted+d.Pending)*2 <= d.Known
}

// DirectoryStore keeps what asking as the app needs. Records are those of Store.
type DirectoryStore interface {
	// TakeMoreDue takes at most so many refreshes of others that are due as well, the
	// longest due first, and leaves those that somebody is about to take.
	TakeMoreDue(ctx context.Context, by authz.Caller, now, until time.Time, most int) ([]Record, error)
	// KnownMembers returns the records of those of some people who have one.
	KnownMembers(ctx context.Context, org tenants.ID, people []tenants.GUID) ([]Record, error)

	// Doubt notes that an answer takes everything from people, and returns what is known
	// of the round. A doubt from before since is none any more.
	Doubt(ctx context.Context, by authz.Caller, people []tenants.GUID, now, since time.Time) (Doubts, error)
	// Trust forgets that somebody was doubted.
	Trust(ctx context.Context, by authz.Caller, person tenants.GUID) error
	// EndSessions cuts off what was issued to the person before an instant, and notes
	// the instant, all or nothing. It reports whether there was anything: if not, or if
	// the instant is known, nothing is cut off, and nothing recorded.
	EndSessions(ctx context.Context, by authz.Caller, person tenants.GUID, validFrom time.Time, why string) (ended bool, err error)

	// HurryMembers makes due at an instant those of some people whose refresh is due
	// later.
	HurryMembers(ctx context.Context, by authz.Caller, people []tenants.GUID, at time.Time) error
	// HurryUnasked does so for everybody who has not been asked about since an instant,
	// and is not being asked about.
	HurryUnasked(ctx context.Context, by authz.Caller, since, at time.Time) error

	// Followed returns what SaveFollowed has kept; NotFound if there is nothing.
	Followed(ctx context.Context, org tenants.ID) ([]byte, error)
	// SaveFollowed keeps where to read on in what has changed in the directory.
	SaveFollowed(ctx context.Context, by authz.Caller, ciphertext []byte) error
}

// doubt decides which of those who lose everything keep it for now, and until when at
// the latest: everybody, if more than twenty do and it may be more than half of those
// who are known. That is more likely a broken app, or a directory that is being
// restored. How many there are is found out at once, by asking about everybody; and
// who has been doubted for an interval is asked about once more, alone: the answer
// takes the place of the one before, and is believed.
func (f *Refresher) doubt(ctx context.Context, client Directory, as graph.Asking, losing []*word) (map[tenants.GUID]time.Time, error) {
	if len(losing) == 0 {
		return nil, nil
	}
	now, by, every := f.opts.Now(), losing[0].by, interval(losing[0].Organization.Membership)
	people := make([]tenants.GUID, len(losing))
	for i, w := range losing {
		people[i] = w.person
	}
	d, err := f.opts.Store.Doubt(ctx, by, people, now, now.Add(-2*every))
	if err != nil || d.believable() {
		return nil, err
	}
	if err := f.opts.Store.HurryUnasked(ctx, by, d.Since, now); err != nil {
		return nil, err
	}
	held := map[tenants.GUID]time.Time{}
	for _, w := range losing {
		if end := d.First[w.person].Add(every); now.Before(end) {
			held[w.person] = earliest(end, now.Add(lookAgainAfter))
			continue
		}
		f.hearAlone(ctx, client, as, w)
	}
	f.opts.Logger.WarnContext(ctx, "Microsoft Graph says that many people at once are to lose everything; they keep it until that is said of each of them once more",
		slog.String(telemetry.LogOrg, by.Org().String()), slog.Int("doubted", d.Doubted), slog.Int("known", d.Known), slog.Int("not_asked_yet", d.Pending))
	return held, nil
}
