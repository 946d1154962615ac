package membership

import (
	"context"
	"errors"
	"net/url"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
)

// errNoSource stands for an organization that gives no way to ask Graph.
var errNoSource = errors.New("no source of group membership but tokens")

// errTooMany stands for the same, of somebody whose groups no token can name.
var errTooMany = errors.New("no source of group membership but tokens, and too many groups for one")

// errNoGraph stands for one to whom a token of ours is presented, which never says.
var errNoGraph = errors.New("no source of group membership")

// failure is the last time Graph or Entra did not answer for a person.
type failure struct {
	err   error
	token string // id of the token that was exchanged
	at    time.Time
}

// pauses is how long nobody is asked after a failure: after the other side was
// busy, and after it refused this token. Entra takes many equal requests for a
// loop and blocks them (AADSTS50196).
type pauses struct{ busy, refused time.Duration }

var (
	waited   = pauses{10 * time.Second, 10 * time.Second} // somebody waits and has no answer
	unwaited = pauses{time.Minute, longestPause}          // behind an answer
)

const longestPause = 5 * time.Minute

func (r *Resolver) noteFailure(q Question, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	makeRoom(r.failures, maxFailures)
	r.failures[q.key()] = failure{err, q.Identity.TokenID, r.opts.Now()}
}

func (r *Resolver) forgetFailure(q Question) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.failures, q.key())
}

// failedLately returns the failure of the last ask while its pause lasts, or
// for as long as the other side said, at most longestPause. What one token was
// refused for may not be true of another.
func (r *Resolver) failedLately(q Question, p pauses) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, ok := r.failures[q.key()]
	if !ok {
		return nil
	}
	wait := p.refused
	if isBusy(f.err) {
		wait = min(max(p.busy, fault.RetryAfter(f.err)), longestPause)
	} else if f.token != q.Identity.TokenID {
		return nil
	}
	if r.opts.Now().Sub(f.at) >= wait {
		return nil
	}
	return f.err
}

// isBusy reports whether the other side cannot answer anybody just now.
func isBusy(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Limited || kind == fault.Unavailable || kind == fault.Upstream
}

// refusal says why a membership stays unknown and what helps.
func refusal(ctx context.Context, cause error) error {
	if errors.Is(cause, errNoSource) {
		return fault.Wrap(fault.Unauthenticated, "the token does not say which groups you are in, and this organization "+
			"has not allowed asking Microsoft Graph; sign in again, or ask an admin to allow it", cause)
	}
	if errors.Is(cause, errTooMany) {
		return fault.Wrap(fault.Unauthenticated, "you are in more groups than a token can name, and this organization "+
			"has not allowed asking Microsoft Graph for them; ask an admin to allow it", cause)
	}
	if errors.Is(cause, errNoGraph) {
		return fault.Wrap(fault.Forbidden, "which groups you are in is not known: this organization has not allowed asking Microsoft Graph; ask an admin to allow it", cause)
	}
	kind := fault.KindOf(cause)
	if _, ours := errors.AsType[*ownError](cause); ours || kind == fault.Internal || ctx.Err() != nil {
		return cause
	}
	text := "which groups you are in could not be established: " + fault.Public(cause)
	if kind == fault.Forbidden {
		text += " (needed: the delegated Microsoft Graph permissions User.Read and GroupMember.Read.All)"
	}
	return fault.Wrap(fault.Forbidden, text, cause).RetryAfter(fault.RetryAfter(cause))
}

// ownError marks a failure of our own systems in the middle of an exchange:
// neither Entra nor Graph refused anything.
type ownError struct{ error }

// Unwrap returns the failure.
func (e *ownError) Unwrap() error { return e.error }

// ownCredential marks the failures of a credential.
type ownCredential struct{ entra.Credential }

func markOurs(c entra.Credential) entra.Credential { return ownCredential{c} }

// Apply implements entra.Credential.
func (c ownCredential) Apply(ctx context.Context, endpoint string, form url.Values) error {
	if c.Credential == nil {
		return &ownError{errors.New("the organization's connection has no credential")}
	}
	if err := c.Credential.Apply(ctx, endpoint, form); err != nil {
		return &ownError{err}
	}
	return nil
}
