package snapshot_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// rows is one organization as a database has it.
type rows struct {
	data    snapshot.Data
	version atomic.Int64
	loads   atomic.Int64
	texts   atomic.Int64 // of approved definitions, read
	during  func()       // what happens while the rows are being read; nil: nothing
}

func (r *rows) OrgBySlug(context.Context, tenants.Slug) (tenants.ID, error) {
	return r.data.Organization.ID, nil
}

func (r *rows) LoadAfter(_ context.Context, _ tenants.ID, has func(tools.Approval) bool) (snapshot.Data, error) {
	r.loads.Add(1)
	data := r.data
	data.Pinned = slices.Clone(data.Pinned)
	for i := range data.Pinned {
		if p := &data.Pinned[i]; has != nil && has(p.Approval) {
			p.Definition = nil
			continue
		}
		r.texts.Add(1)
	}
	data.Version = r.version.Load()
	if r.during != nil {
		r.during()
	}
	return data, nil
}

func (r *rows) Changes(context.Context, snapshot.Position) ([]snapshot.Change, snapshot.Position, error) {
	return []snapshot.Change{{Org: r.data.Organization.ID, Version: r.version.Load()}}, "", nil
}

func (r *rows) Listen(ctx context.Context, _ func()) error {
	<-ctx.Done()
	return ctx.Err()
}

// polled returns leases over rows whose first poll has passed, and which hear of
// changes only from the test.
func polled(t *testing.T, r *rows) *snapshot.Leases {
	t.Helper()
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	r.data = snapshot.Data{Organization: contoso(), WrappedKey: nil}
	r.data.WrappedKey = must(box.NewOrganizationKey(t.Context(), r.data.Organization.ID))
	return leasesOver(t, r, snapshot.Builder{
		Origin: "https://gatehouse.example", Tools: must(tools.NewRegistry(nil)), Authority: entra.AuthorityOf, Secrets: box, Logger: slog.New(slog.DiscardHandler),
	})
}

// leasesOver is polled with a builder.
func leasesOver(t *testing.T, r *rows, builder snapshot.Builder) *snapshot.Leases {
	t.Helper()
	r.version.Store(1)
	leases := snapshot.NewLeases(r, builder, time.Now)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = leases.Run(ctx)
	}()
	for leases.Fresh() != nil {
		<-leases.Later(r.data.Organization.ID, 0)
	}
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return leases
}

func contoso() tenants.Organization {
	return tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()},
		State: tenants.Active, Mode: tenants.Direct,
		Connection: tenants.Connection{
			Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only, Resource: "https://mcp.example.com/t/contoso/mcp",
			Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured, ID: tenants.NewGUID(), Model: tenants.OwnApp,
			Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
}

func TestTenThousandWhoWaitCauseOneLoad(t *testing.T) {
	t.Parallel()
	r := &rows{}
	leases := polled(t, r)
	org := r.data.Organization.ID
	first := must(leases.Get(t.Context(), "contoso"))
	if first.Version != 1 || r.loads.Load() != 1 {
		t.Fatalf("version %d after %d loads", first.Version, r.loads.Load())
	}
	var waiting, done sync.WaitGroup
	var late atomic.Int64
	for range 10_000 {
		waiting.Add(1)
		done.Go(func() {
			later := leases.Later(org, first.Version)
			waiting.Done()
			<-later
			if snap := must(leases.Get(t.Context(), "contoso")); snap.Version != 2 {
				late.Add(1)
			}
		})
	}
	waiting.Wait()
	r.version.Store(2)
	leases.Heard(snapshot.Change{Org: org, Version: 2})
	done.Wait()
	if late.Load() != 0 || r.loads.Load() != 2 {
		t.Errorf("%d saw an earlier view, %d loads", late.Load(), r.loads.Load())
	}
}

func TestWhatHasHappenedIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	r := &rows{}
	leases := polled(t, r)
	org := r.data.Organization.ID
	<-leases.Later(org, 0) // the poll has heard of version 1
	select {
	case <-leases.Later(org, 1):
		t.Error("a version that nobody has heard of is announced")
	default:
	}
	// A reader that comes upon a later version than any poll has heard of tells too.
	later := leases.Later(org, 1)
	r.version.Store(2)
	must(leases.Get(t.Context(), "contoso"))
	<-later
}

func TestWhoWaitsForAnOrganizationIsNotWokenByAnother(t *testing.T) {
	t.Parallel()
	r := &rows{}
	leases := polled(t, r)
	later := leases.Later(r.data.Organization.ID, 1)
	leases.Heard(snapshot.Change{Org: tenants.NewID(), Version: 9})
	leases.Heard(snapshot.Change{Org: r.data.Organization.ID, Version: 1})
	select {
	case <-later:
		t.Error("woken without a later version of its own organization")
	default:
	}
}
