package wallet

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream/oauth"
)

// errGone is the answer to a link whose source is not as it was.
var errGone = fault.New(fault.Conflict, "the source has been removed or changed since you were sent here; repeat what you did in your AI app")

// Read returns what a link asks for, and the source, if that is still as it was.
func (w *Wallet) Read(snap *snapshot.Snapshot, link string) (authorizations.Request, tools.Source, error) {
	r, err := authorizations.ReadLink(snap.Key, link, w.Now())
	if err != nil {
		return authorizations.Request{}, tools.Source{}, err
	}
	source, err := w.Source(snap, r)
	return r, source, err
}

// Source returns the source of a request, if it is still as it was.
func (w *Wallet) Source(snap *snapshot.Snapshot, r authorizations.Request) (tools.Source, error) {
	source, _, ok := snap.Source(r.Source)
	if !ok || source.Credential.ID != r.Credential || source.Credential.Kind != tools.UserAuthorization {
		return tools.Source{}, errGone
	}
	return source, nil
}

// Discover finds the authorization server of a source. It asks the source itself
// first, without any credential, where its metadata is.
func (w *Wallet) Discover(ctx context.Context, source tools.Source, r authorizations.Request) (oauth.Server, error) {
	at, err := url.Parse(source.URL)
	if err != nil {
		return oauth.Server{}, fault.Wrap(fault.Upstream, "source "+source.Name+" has no valid URL; an admin can correct it", err)
	}
	challenge := oauth.Challenge{ResourceMetadata: r.Metadata}
	if r.Metadata == "" {
		challenge = w.challenge(ctx, source)
	}
	return w.OAuth.Discover(ctx, at, challenge)
}

// challengePatience is how long a source may take to say where its metadata is.
const challengePatience = 5 * time.Second

// challenge asks a source for its challenge. One that says nothing may have its
// metadata at the well-known place all the same.
func (w *Wallet) challenge(ctx context.Context, source tools.Source) oauth.Challenge {
	ctx, cancel := context.WithTimeout(ctx, challengePatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, source.URL, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
	if err != nil {
		return oauth.Challenge{}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	resp, err := w.Doer.Do(ctx, req)
	if err != nil || resp.Status != http.StatusUnauthorized {
		return oauth.Challenge{}
	}
	return oauth.ReadChallenge(resp.Header.Values("WWW-Authenticate"))
}

// Begin begins the sign-in that a person has agreed to.
func (w *Wallet) Begin(ctx context.Context, snap *snapshot.Snapshot, r authorizations.Request, s oauth.Server) (oauth.SignIn, error) {
	source, err := w.Source(snap, r)
	if err != nil {
		return oauth.SignIn{}, err
	}
	client, err := w.registration(ctx, snap, source, s)
	if err != nil {
		return oauth.SignIn{}, err
	}
	scopes := r.Scopes
	if len(scopes) == 0 {
		scopes = source.Credential.Scopes
	}
	if len(scopes) == 0 {
		scopes = nil
	}
	return oauth.NewSignIn(s, client, scopes)
}

// registrationLife is how long a dynamic registration is used for new sign-ins:
// authorization servers forget, and tell nobody but the person at their page.
const registrationLife = 7 * 24 * time.Hour

// registration is who we are at an authorization server: whom an admin says, or who
// we have registered as.
func (w *Wallet) registration(ctx context.Context, snap *snapshot.Snapshot, source tools.Source, s oauth.Server) (oauth.Registration, error) {
	app := w.application(snap, source)
	if source.Credential.ClientID != "" {
		return w.given(ctx, snap, source, s)
	}
	if known, ok := w.known(ctx, snap, source); ok && known.Issuer == s.Issuer && known.Redirect == app.Redirect && (known.Until.IsZero() || w.Now().Add(authorizations.LinkLife).Before(known.Until)) {
		return known, nil
	}
	fresh, err := w.OAuth.Register(ctx, s, app)
	if err != nil {
		return oauth.Registration{}, err
	}
	return fresh, w.keepClient(ctx, snap, source, fresh)
}

// given is the client that an admin has registered. It belongs to the authorization
// server that the source named when somebody first signed in with it: another one,
// which the source may name at any time, is shown neither it nor its secret.
func (w *Wallet) given(ctx context.Context, snap *snapshot.Snapshot, source tools.Source, s oauth.Server) (oauth.Registration, error) {
	app, c := w.application(snap, source), source.Credential
	secret, err := snap.Key.Decrypt(secrets.SourceLabel(c.ID), snap.SourceSecret(source.ID))
	if err != nil {
		return oauth.Registration{}, err
	}
	first, _, err := w.kept(ctx, snap, source)
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil:
		if first, err = oauth.Registered(s, app.Redirect, c.ClientID, ""); err == nil {
			err = w.keepClient(ctx, snap, source, first)
		}
	case err == nil && first.Issuer != s.Issuer:
		err = fault.Newf(fault.Upstream, "source %s names %s as its authorization server now, and its client is registered at %s; if it has moved, an admin can set its credential anew", source.Name, s.Issuer, first.Issuer)
	}
	if err != nil {
		return oauth.Registration{}, err
	}
	return oauth.Registered(s, app.Redirect, c.ClientID, oauth.Secret(secret))
}

// known returns the registration that is kept, if it can be used.
func (w *Wallet) known(ctx context.Context, snap *snapshot.Snapshot, source tools.Source) (oauth.Registration, bool) {
	r, made, err := w.kept(ctx, snap, source)
	return r, err == nil && w.Now().Sub(made) <= registrationLife
}

// kept returns the registration that is kept for the credential of a source, and
// since when; NotFound if there is none.
func (w *Wallet) kept(ctx context.Context, snap *snapshot.Snapshot, source tools.Source) (r oauth.Registration, made time.Time, err error) {
	ciphertext, made, err := w.Store.SourceClient(ctx, snap.Organization.ID, source.Credential.ID)
	if err != nil {
		return r, made, err
	}
	plain, err := snap.Key.Decrypt(authorizations.ClientLabel(source.Credential.ID), ciphertext)
	if err != nil {
		return r, made, err
	}
	return r, made, r.UnmarshalBinary(plain)
}

// unknown forgets a registration that an authorization server does not know any
// more, as why says; the next sign-in makes another. Nobody else would be told: the
// server says it to people, on a page of its own.
func (w *Wallet) unknown(ctx context.Context, snap *snapshot.Snapshot, source tools.Source, r oauth.Registration, why error) error {
	if source.Credential.ClientID != "" || !errors.Is(why, oauth.ErrUnknownClient) {
		return nil
	}
	known, _, err := w.kept(ctx, snap, source)
	if err != nil || known.Issuer != r.Issuer || known.ClientID != r.ClientID {
		return nil //nolint:nilerr // it is forgotten already, or another has been made
	}
	return w.Store.KeepSourceClient(ctx, system(snap.Organization.ID), source.Credential.ID, nil)
}

func (w *Wallet) keepClient(ctx context.Context, snap *snapshot.Snapshot, source tools.Source, r oauth.Registration) error {
	plain, err := r.MarshalBinary()
	if err != nil {
		return err
	}
	ciphertext, err := snap.Key.Encrypt(authorizations.ClientLabel(source.Credential.ID), plain)
	if err != nil {
		return err
	}
	return w.Store.KeepSourceClient(ctx, system(snap.Organization.ID), source.Credential.ID, ciphertext)
}

// application is Gatehouse as the authorization servers of one source know it.
func (w *Wallet) application(snap *snapshot.Snapshot, source tools.Source) oauth.Application {
	at := w.base + "/t/" + snap.Organization.Slug.String() + "/sources/" + source.ID.String()
	a := oauth.Application{Name: "Gatehouse (" + snap.Organization.Name + ")", Home: w.base, Redirect: at + "/callback", Document: at + "/client.json"}
	if w.Base.Scheme != "https" { // nobody could read it, or should
		a.Home, a.Document = "", ""
	}
	return a
}

// Document is the client document for a source, which anybody may read.
func (w *Wallet) Document(snap *snapshot.Snapshot, source tenants.GUID) ([]byte, error) {
	s, _, ok := snap.Source(source)
	if !ok || s.Credential.Kind != tools.UserAuthorization {
		return nil, fault.New(fault.NotFound, "there is no such source at which people sign in themselves")
	}
	return w.application(snap, s).Metadata(), nil
}

// Arrival is somebody who comes back from a source's authorization server.
type Arrival struct {
	By      authz.Caller
	Person  authorizations.Person
	Request authorizations.Request
	SignIn  oauth.SignIn
	Answer  url.Values
}

// Finish redeems the answer of an authorization server, and keeps what comes of it
// for the person.
func (w *Wallet) Finish(ctx context.Context, snap *snapshot.Snapshot, arr Arrival) error {
	source, err := w.Source(snap, arr.Request)
	if err != nil {
		return err
	}
	token, err := w.OAuth.Finish(ctx, arr.SignIn, arr.Answer)
	if err != nil {
		err = errors.Join(err, w.unknown(ctx, snap, source, arr.SignIn.Registration, err))
		return err
	}
	a := authorizations.Authorization{
		ID: tenants.NewGUID(), Person: arr.Person, Source: source.ID, Credential: source.Credential.ID, Issuer: token.Issuer, Scopes: slices.Clone(token.Scopes), Generation: 1,
	}
	k := kept{server: arr.SignIn.Server, registration: arr.SignIn.Registration, token: token, got: w.Now(), place: source.URL}
	if a.Kept, err = k.seal(snap, a); err != nil {
		return err
	}
	if err := w.Store.AuthorizeSource(ctx, arr.By, a); err != nil {
		return err
	}
	w.cache.forget(cacheKey{snap.Organization.ID, authorizations.Key{Person: arr.Person.OID, Credential: a.Credential}})
	return nil
}
