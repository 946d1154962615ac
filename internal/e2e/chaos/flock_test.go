package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
	"gatehouse/internal/membership"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// flock is contoso's crowd while the directory changes under it: what is true of
// whom.
type flock struct {
	w *world

	mu      sync.Mutex
	in      map[int]map[string]bool // groups of which somebody is a direct member, by name
	gone    map[int]string          // what has become of whom Entra does not let go on
	changes int
}

// membershipsOf are the groups of which the crowd's members change, and the group
// that deciding depends on: SRE lies inside Platform Engineering.
var membershipsOf = map[string]string{"Staff": "Staff", "Finance": "Finance", "SRE": "Platform Engineering"}

func newFlock(w *world) *flock {
	f := &flock{w: w, in: map[int]map[string]bool{}, gone: map[int]string{}}
	for n := range crowdSize {
		f.in[n] = map[string]bool{"Staff": true}
	}
	return f
}

// change changes one membership of somebody who is still there.
func (f *flock) change(r *rand.Rand) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := r.IntN(crowdSize)
	for f.gone[n] != "" {
		n = r.IntN(crowdSize)
	}
	group := []string{"Staff", "Finance", "SRE"}[r.IntN(3)]
	add, remove := []string{crowdOID(n)}, []string(nil)
	if f.in[n][group] {
		add, remove = nil, add
	}
	f.in[n][group] = !f.in[n][group]
	f.changes++
	return f.w.emulator.SetMembers(contoso().TID.String(), group, add, remove)
}

// fates are what makes Entra not go on with somebody.
var fates = []struct {
	name   string
	change func() emulator.UserChange
}{
	{"disabled", func() emulator.UserChange { no := false; return emulator.UserChange{Enabled: &no} }},
	{"deleted", func() emulator.UserChange { yes := true; return emulator.UserChange{Deleted: &yes} }},
	{"signed out everywhere", func() emulator.UserChange { return emulator.UserChange{Revoke: true} }},
}

// lose has one of the first so many people end in one of these ways.
func (f *flock) lose(r *rand.Rand, among int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := r.IntN(among)
	for f.gone[n] != "" {
		n = r.IntN(among)
	}
	fate := fates[len(f.gone)%len(fates)]
	f.gone[n] = fate.name
	return f.w.emulator.SetUser(contoso().TID.String(), crowdOID(n), fate.change())
}

// people are the numbers of whoever is still there, or is not.
func (f *flock) people() (there, gone []int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := range crowdSize {
		if f.gone[n] == "" {
			there = append(there, n)
		} else {
			gone = append(gone, n)
		}
	}
	return there, gone
}

// arrive has somebody call through a replica until something is known of them, and
// something is kept to ask with in their absence. With each token that is tried once,
// so they sign in again now and then.
func (f *flock) arrive(ctx context.Context, r *replica, n int) error {
	var last error
	for ctx.Err() == nil {
		token, err := f.w.asked(url.Values{
			"grant_type": {"password"}, "client_id": {demo.VisualStudioCode}, "scope": {contoso().Organization(f.w.places).Connection.QualifiedScope()},
			"username": {crowdName(n)}, "password": {crowdPassword},
		})
		if err != nil {
			return err
		}
		c := r.client(contoso(), token)
		for range 5 {
			if reply := c.list(); !listed(reply) {
				last = fmt.Errorf("%s", reply)
			}
			kept, err := f.kept(ctx, n)
			if _, unknown := f.load(ctx, n); err == nil && kept > 0 && unknown == nil {
				return nil
			}
			<-time.After(200 * time.Millisecond)
		}
	}
	return fmt.Errorf("%s: nothing has been kept for them: %w", crowdName(n), last)
}

func (f *flock) kept(ctx context.Context, n int) (int, error) {
	all, err := f.w.store.KeptTokens(ctx, contoso().Org, crowdPerson(n))
	return len(all), err
}

func crowdPerson(n int) tenants.GUID { return tenants.MustGUID(crowdOID(n)) }

// askedSince reports whether Graph has answered about all who are still there since
// an instant, and whether whoever is not has been cut off.
func (f *flock) askedSince(t *testing.T, since time.Time) (waiting []string) {
	t.Helper()
	there, gone := f.people()
	look := func(n int, what string, enough func(membership.Record) bool) {
		r, err := f.load(t.Context(), n) // a connection from before the last kill fails once
		if err != nil {
			waiting = append(waiting, fmt.Sprintf("%s%s: %v", crowdName(n), what, err))
		} else if !enough(r) {
			waiting = append(waiting, fmt.Sprintf("%s%s: asked %s, due %s, failures %d %s", crowdName(n), what, r.AskedAt.Format(time.TimeOnly), r.DueAt.Format(time.TimeOnly), r.Failures, r.Failure))
		}
	}
	for _, n := range there {
		look(n, "", func(r membership.Record) bool { return r.AskedAt.After(since) })
	}
	for _, n := range gone {
		look(n, ", "+f.gone[n], func(r membership.Record) bool { return r.Failure == membership.Lost })
	}
	return waiting
}

func (f *flock) load(ctx context.Context, n int) (membership.Record, error) {
	return f.w.store.LoadMembership(ctx, contoso().Org, crowdPerson(n))
}

func (f *flock) record(t *testing.T, n int) membership.Record {
	t.Helper()
	r, err := f.load(t.Context(), n)
	must(t, err)
	return r
}

// complaints says what is not known as it is: whoever is there has all that was kept
// for them, and the answers that the directory gives; whoever is not has lost it, and
// the log says so once.
func (f *flock) complaints(t *testing.T, cutOff map[string]int) (all []string) {
	t.Helper()
	there, gone := f.people()
	for _, n := range there {
		r := f.record(t, n)
		for group, decides := range membershipsOf {
			want := authz.NotMember
			if f.in[n][group] {
				want = authz.Member
			}
			if got := r.Answers[contoso().GroupID(decides)]; got != want {
				all = append(all, fmt.Sprintf("%s in %s: %v is known, %v is true", crowdName(n), decides, got, want))
			}
		}
		kept, err := f.kept(t.Context(), n)
		must(t, err)
		if kept != 1 || cutOff[crowdOID(n)] != 0 {
			all = append(all, fmt.Sprintf("%s: %d tokens are kept, and the log says %d times that they are cut off", crowdName(n), kept, cutOff[crowdOID(n)]))
		}
	}
	for _, n := range gone {
		kept, err := f.kept(t.Context(), n)
		must(t, err)
		if kept != 0 || cutOff[crowdOID(n)] != 1 {
			all = append(all, fmt.Sprintf("%s, %s: %d tokens are kept, and the log says %d times that they are cut off", crowdName(n), f.gone[n], kept, cutOff[crowdOID(n)]))
		}
	}
	return all
}

// cutOffs counts, from the log, how often each person was cut off.
func (w *world) cutOffs(t *testing.T) map[string]int {
	t.Helper()
	all := map[string]int{}
	must(t, w.store.Records(t.Context(), w.box(t).Open, contoso().Org, tenants.GUID{}, func(s store.StoredRecord) error {
		r, err := audit.Decode(s.Payload)
		if err == nil && r.Kind == audit.Revocation {
			all[r.Subject.OID.String()]++
		}
		return err
	}))
	return all
}

// every sets how old an answer may be before it is asked for again.
func (w *world) every(t *testing.T, soft time.Duration) {
	t.Helper()
	_, err := w.store.EditOrganization(t.Context(), admin(contoso()), "limits of memberships", func(o *tenants.Organization) error {
		o.Membership = tenants.MembershipPolicy{Soft: soft, Hard: 24 * time.Hour}
		return nil
	})
	must(t, err)
}

// oids are the object ids of people.
func oids(people []int) []string {
	all := make([]string, 0, len(people))
	for _, n := range people {
		all = append(all, crowdOID(n))
	}
	return slices.Sorted(slices.Values(all))
}
