package membership

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/telemetry"
)

// job is who does what nobody waits for.
const job = "membership refresh"

const (
	maxSeen   = 50_000 // people of whom a process remembers that it has noted them
	maxSeeing = 8      // notes that are made at a time; one that finds no place is left to the next answer
)

// sighting is when it was noted that somebody was seen, and with which token of
// Entra's.
type sighting struct {
	at    time.Time
	token string
}

// see notes that a token of the person was accepted, behind the answer: at most
// every SeenEvery, and with each token of Entra's once.
func (r *Resolver) see(ctx context.Context, q Question) {
	if !q.Identity.Delegated || !q.isRefreshed() || q.Token != nil || !r.beginSeeing(q) {
		return
	}
	detached := context.WithoutCancel(ctx)
	go func() {
		defer r.endSeeing()
		ctx, cancel := context.WithTimeout(detached, patience)
		defer cancel()
		if err := r.noteSeen(ctx, q); err != nil {
			r.opts.Logger.WarnContext(ctx, "membership will not be kept up to date for now",
				slog.String(telemetry.LogOrg, q.Organization.ID.String()), telemetry.Err(err))
		}
	}()
}

func (q Question) sighting(now time.Time) sighting {
	if q.ours() {
		return sighting{at: now}
	}
	return sighting{now, q.Identity.TokenID}
}

func (r *Resolver) beginSeeing(q Question) bool {
	s := q.sighting(r.opts.Now())
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, ok := r.seen[q.key()]; r.closed || ok && last.token == s.token && s.at.Sub(last.at) < SeenEvery {
		return false
	}
	select {
	case r.seeing <- struct{}{}:
	default:
		return false
	}
	r.behind.Add(1)
	r.remarkSeen(q.key(), s)
	return true
}

// saw notes that the person's record was saved, which says that they were seen, and
// their token exchanged.
func (r *Resolver) saw(q Question) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remarkSeen(q.key(), q.sighting(r.opts.Now()))
}

// remarkSeen remembers a sighting; the lock is held.
func (r *Resolver) remarkSeen(k key, s sighting) {
	if _, again := r.seen[k]; !again {
		makeRoom(r.seen, maxSeen)
	}
	r.seen[k] = s
}

func (r *Resolver) endSeeing() {
	<-r.seeing
	r.behind.Done()
}

// noteSeen stores the sighting, and sees to it that there is something to ask Graph
// with while the person is away.
func (r *Resolver) noteSeen(ctx context.Context, q Question) error {
	unkept := r.keepSomething(ctx, q) // first: a sighting makes a refresh due, which is to find this and not only what is older
	err := errors.Join(unkept, r.opts.Store.SeeMember(ctx, authz.SystemCaller(q.Organization.ID, job), q.Identity.OID, r.opts.Now()))
	if err != nil {
		r.mu.Lock()
		delete(r.seen, q.key())
		r.mu.Unlock()
	}
	return err
}

// keepSomething exchanges a token of Entra's, unless it has been before: what comes
// of that is kept. For whoever shows tokens of ours, their connection keeps it.
func (r *Resolver) keepSomething(ctx context.Context, q Question) error {
	if q.ours() || !q.mayAsk() || r.failedLately(q, unwaited) != nil {
		return nil //nolint:nilerr // it was reported when it happened
	}
	kept, err := r.opts.Store.KeptTokens(ctx, q.Organization.ID, q.Identity.OID)
	if err != nil || slices.ContainsFunc(kept, func(t KeptToken) bool {
		return t.Client == q.Organization.Connection.ClientID && t.TokenID == q.Identity.TokenID
	}) {
		return err
	}
	if _, err := r.opts.Tokens.OnBehalfOf(ctx, q.exchange()); err != nil {
		r.noteFailure(q, err)
		return err
	}
	return nil
}

// exchange is the exchange of the question's assertion for a token of Graph.
func (q Question) exchange() Exchange {
	return Exchange{
		Organization: q.Organization, Identity: q.Identity, Assertion: q.Assertion, Credential: markOurs(q.Credential), Scopes: Scopes,
	}
}
