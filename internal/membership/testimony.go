package membership

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Testimony is what was known of a person's groups when a token of theirs was
// accepted. It is kept, so that it can be told later who could do what at any
// instant.
type Testimony struct {
	Person  tenants.GUID
	Kind    authz.Kind
	Name    string // for display only
	At      time.Time
	Source  authz.Source                  // SourceNone: no group decided anything
	Answers map[tenants.GUID]authz.Answer // Member or NotMember, never Unknown
}

// testified is what was last kept of somebody.
type testified struct {
	at    time.Time
	words string
}

// testify has it kept what an answer said, behind the answer: at most every SeenEvery
// while it stays the same.
func (r *Resolver) testify(ctx context.Context, q Question, m authz.Membership) {
	if !q.Identity.Delegated {
		return
	}
	t := q.testimony(m, r.opts.Now())
	if !r.beginTestimony(q.key(), t) {
		return
	}
	detached := context.WithoutCancel(ctx)
	go func() {
		defer r.endSeeing()
		ctx, cancel := context.WithTimeout(detached, patience)
		defer cancel()
		if err := r.opts.Store.Testify(ctx, authz.SystemCaller(q.Organization.ID, job), t); err != nil {
			r.mu.Lock()
			delete(r.told, q.key())
			r.mu.Unlock()
			r.opts.Logger.WarnContext(ctx, "what is known of a person's groups is not in the history for now",
				slog.String(telemetry.LogOrg, q.Organization.ID.String()), telemetry.Err(err))
		}
	}()
}

// testimony is what an answer says. It dates from when Graph was asked where Graph
// alone gave it, and otherwise from now, when the token was accepted.
func (q Question) testimony(m authz.Membership, now time.Time) Testimony {
	t := Testimony{Person: q.Identity.OID, Kind: q.Identity.Kind, Name: q.Identity.Name, At: now, Source: m.Source, Answers: map[tenants.GUID]authz.Answer{}}
	if _, complete := q.listed(); !complete && m.Source == authz.SourceGraph && !m.At.IsZero() {
		t.At = m.At
	}
	for g, answer := range m.Groups {
		if answer != authz.Unknown {
			t.Answers[g] = answer
		}
	}
	return t
}

// words is equal for two testimonies that say the same.
func (t Testimony) words() string {
	said := make([]string, 0, len(t.Answers)+1)
	for g, answer := range t.Answers {
		said = append(said, fmt.Sprint(g, answer))
	}
	slices.Sort(said)
	return fmt.Sprint(t.Kind, " ", t.Name, " ", strings.Join(said, " "))
}

// beginTestimony reports whether a testimony is to be kept now.
func (r *Resolver) beginTestimony(k key, t Testimony) bool {
	now, words := r.opts.Now(), t.words()
	r.mu.Lock()
	defer r.mu.Unlock()
	last, again := r.told[k]
	if r.closed || again && last.words == words && now.Sub(last.at) < SeenEvery {
		return false
	}
	select {
	case r.seeing <- struct{}{}:
	default:
		return false
	}
	r.behind.Add(1)
	if !again {
		makeRoom(r.told, maxSeen)
	}
	r.told[k] = testified{now, words}
	return true
}
