package wallet

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/tools/upstream/oauth"
)

var _ upstream.Authorizations = (*Wallet)(nil)

// justGot is how fresh a token is that renewing does not mend.
const justGot = time.Minute

// patience is how long getting a token may take, with all that is asked for it.
const patience = 45 * time.Second

// wish is the token that somebody wants to show a source.
type wish struct {
	snap   *snapshot.Snapshot
	by     authz.Caller
	source tools.Source
	unfit  upstream.Unfit
}

func (q wish) cacheKey() cacheKey {
	return cacheKey{q.snap.Organization.ID, authorizations.Key{Person: q.by.Identity().OID, Credential: q.source.Credential.ID}}
}

func (q wish) stamp() stamp { return stamp{q.snap.Version, q.source.URL} }

// SourceToken implements upstream.Authorizations.
func (w *Wallet) SourceToken(ctx context.Context, by authz.Caller, source tools.Source, u upstream.Unfit) (string, error) {
	snap, err := w.Views(ctx, by.Org())
	if err != nil {
		return "", err
	}
	q := wish{snap, by, source, u}
	at := q.cacheKey()
	if held := w.cache.get(at, q.stamp(), w.Now()); held != "" && held != u.Token {
		return held, nil
	}
	name := at.org.String() + at.Person.String() + at.Credential.String() + u.Token
	done := w.flights.DoChan(name, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		return w.get(ctx, q)
	})
	select {
	case r := <-done:
		token, _ := r.Val.(string)
		return token, r.Err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// get reads what the person has agreed to, and renews it if that is needed.
func (w *Wallet) get(ctx context.Context, q wish) (string, error) {
	at := q.cacheKey()
	a, err := w.Store.SourceAuthorization(ctx, at.org, at.Key)
	switch {
	case fault.KindOf(err) == fault.NotFound, err == nil && (a.Over(w.Now()) || a.Source != q.source.ID):
		return "", w.signIn(q, nil)
	case err != nil:
		return "", err
	}
	k, err := open(q.snap, a)
	if err != nil {
		return "", err
	}
	if k.place != q.source.URL {
		return "", w.signIn(q, nil)
	}
	refused := q.unfit.Token != "" && k.token.Access.Reveal() == q.unfit.Token
	switch now := w.Now(); {
	case refused && q.unfit.Challenge.WantsMore():
		w.cache.forget(at)
		return "", w.wantsMore(q, a)
	case refused && now.Sub(k.got) < justGot:
		w.cache.forget(at)
		return "", w.signIn(q, nil)
	case refused, !now.Before(k.until()):
		return w.renewed(ctx, q, a, k)
	}
	return w.hold(q, k, k.until()), nil
}

// mostHeld is how long a token is shown without a look at what is kept: whoever
// signs in anew at another replica may be somebody else at the source.
const mostHeld = 10 * time.Minute

// hold keeps a token in memory and returns it.
func (w *Wallet) hold(q wish, k kept, until time.Time) string {
	token := k.token.Access.Reveal()
	w.cache.put(q.cacheKey(), cachedToken{token, q.stamp(), earlier(until, w.Now().Add(mostHeld))})
	return token
}

// wantsMore asks for a sign-in with more scopes, unless that would be no other.
func (w *Wallet) wantsMore(q wish, a authorizations.Authorization) error {
	scopes, more := oauth.Widen(a.Scopes, q.unfit.Challenge)
	if !more {
		return fault.New(fault.Forbidden, "source "+q.source.Name+" does not let you do this with your sign-in there; ask whoever runs it")
	}
	return w.signIn(q, scopes)
}

// signIn says that the person has to sign in, and where.
func (w *Wallet) signIn(q wish, scopes []string) error {
	r := authorizations.Request{
		Person: q.by.Identity().OID, Source: q.source.ID, Credential: q.source.Credential.ID, Scopes: scopes, Metadata: q.unfit.Challenge.ResourceMetadata,
	}
	to, err := w.link(q.snap, r)
	if err != nil {
		return err
	}
	title, org := q.source.Title, q.snap.Organization.Name
	message := title + " wants you to sign in to it yourself, so that Gatehouse at " + org + " may ask it on your behalf"
	switch {
	case scopes != nil:
		message = title + " wants you to permit more than before, so that Gatehouse at " + org + " may do this on your behalf"
	case q.unfit.Token != "":
		message = title + " does not accept your sign-in there any more; sign in again, so that Gatehouse at " + org + " may ask it on your behalf"
	}
	return tools.NewSignInError(to, message, nil)
}

// link returns the URL for a request.
func (w *Wallet) link(snap *snapshot.Snapshot, r authorizations.Request) (string, error) {
	text, err := r.Link(snap.Key, w.Now())
	return w.base + "/t/" + snap.Organization.Slug.String() + "/sources/authorize?request=" + text, err
}

// renewed returns a renewed token. While renewing fails for reasons that may pass,
// the one that there is serves as long as it is good.
func (w *Wallet) renewed(ctx context.Context, q wish, a authorizations.Authorization, k kept) (string, error) {
	if k.token.Refresh == "" && q.unfit.Token == "" && w.Now().Before(k.ends(w.Now())) {
		return w.hold(q, k, k.ends(w.Now())), nil // there is no other
	}
	next, err := w.renew(ctx, q, a, k)
	switch {
	case err == nil && next.place != q.source.URL:
		return "", w.signIn(q, nil)
	case err == nil:
		return w.hold(q, next, next.until()), nil
	case errors.Is(err, errOver):
		w.cache.forget(q.cacheKey())
		return "", w.signIn(q, nil)
	case q.unfit.Token == "" && w.Now().Before(k.ends(w.Now())):
		return w.hold(q, k, earlier(k.ends(w.Now()), w.Now().Add(respite))), nil
	}
	return "", fault.Wrap(fault.KindOf(err), "source "+q.source.Name+" cannot be asked on your behalf: "+fault.Public(err), err).RetryAfter(fault.RetryAfter(err))
}

// respite is how long an authorization server is left alone that did not renew.
const respite = 30 * time.Second

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// system is who renews: no person is there.
func system(org tenants.ID) authz.Caller {
	return authz.SystemCaller(org, "renewal of authorizations at sources")
}
