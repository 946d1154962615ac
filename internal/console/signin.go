package console

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// SignIn signs people in with Entra: the authorization code flow with PKCE and a
// nonce, and the rules of ID tokens.
type SignIn interface {
	// Begin returns where to send the browser, and what Finish needs to know of
	// this sign-in; that is secret.
	Begin(ctx context.Context, r SignInRequest) (to string, secret []byte, err error)
	// Finish redeems a code and returns who signed in. An ID token that breaks a
	// rule is a fault of kind Forbidden that says which.
	Finish(ctx context.Context, code string, secret []byte) (Person, error)
	// Confirm asks Entra whether somebody who has signed in may still, and returns
	// who they are now. Whom Entra does not let in is a fault of kind
	// Unauthenticated; every other kind means that it could not be asked.
	Confirm(ctx context.Context, p Person) (Person, error)
}

// SignInRequest is one sign-in to begin.
type SignInRequest struct {
	Tenant   tenants.TID // where to sign in; zero: wherever the person's account lives
	Scopes   []string    // asked for besides signing in: names of consoleScopes
	State    string      // more than 256 random bits
	Redirect string      // the callback's URL
}

// OneTime keeps what may be taken exactly once.
type OneTime interface {
	// PutOneTime keeps a value until it is taken or expires.
	PutOneTime(ctx context.Context, hash [32]byte, expires time.Time, ciphertext []byte) error
	// TakeOneTime removes a value and returns it. The second to ask, and whoever
	// asks too late, gets a fault of kind NotFound.
	TakeOneTime(ctx context.Context, hash [32]byte) ([]byte, error)
}

// signInLife is how long somebody may take between here and Entra and back.
const signInLife = 10 * time.Minute

// consoleScopes are what ?scopes= may ask consent for: the names of groups, an
// app registration to be made or to be read, and directory roles.
var consoleScopes = []string{"applications", "applications.read", "groups", "roles"}

// pending is a sign-in under way.
type pending struct {
	Browser [32]byte `json:"browser"` // hash of the browser's own secret
	Return  string   `json:"return"`
	Secret  []byte   `json:"secret"`
}

// signIn sends the browser to Entra: GET /auth/sign-in?return=&tenant=&scopes=.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	back, err := returnPath(r.URL.Query().Get("return"))
	if err != nil {
		c.fail(w, r, err)
		return
	}
	request := SignInRequest{Redirect: c.Base.JoinPath("auth", "callback").String(), State: rand.Text() + rand.Text()}
	if request.Tenant, err = c.signInTenant(r.Context(), r.URL.Query().Get("tenant")); err != nil {
		c.fail(w, r, err)
		return
	}
	for name := range strings.FieldsSeq(r.URL.Query().Get("scopes")) {
		if !slices.Contains(consoleScopes, name) {
			c.fail(w, r, fault.New(fault.Invalid, "scopes: known are "+strings.Join(consoleScopes, ", ")))
			return
		}
		request.Scopes = append(request.Scopes, name)
	}
	to, secret, err := c.SignIn.Begin(r.Context(), request)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	p := pending{Browser: c.mark(w, r), Return: back, Secret: secret}
	if err := c.putState(r.Context(), "sign-in", request.State, p); err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// signInTenant returns the Entra tenant of an organization's slug or of a tid:
// a guest signs in where they are a guest.
func (c *Console) signInTenant(ctx context.Context, text string) (tenants.TID, error) {
	if text == "" {
		return tenants.TID{}, nil
	}
	if tid, err := tenants.ParseTID(text); err == nil {
		return tid, nil
	}
	o, err := c.organization(ctx, text)
	return o.TID, err
}

// callback ends a sign-in. What Entra sent counts only together with a state
// that this browser began with, and only once.
func (c *Console) callback(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var p pending
	if err := c.takeState(r.Context(), "sign-in", query.Get("state"), &p); err != nil {
		c.fail(w, r, err)
		return
	}
	mark, _ := r.Cookie(c.markName())
	if mark == nil || !sameHash(p.Browser, mark.Value) {
		c.fail(w, r, fault.New(fault.Forbidden, "this sign-in was begun in another browser; begin again in this one"))
		return
	}
	if code := query.Get("error"); code != "" {
		c.fail(w, r, entraSaid(code))
		return
	}
	person, err := c.SignIn.Finish(r.Context(), query.Get("code"), p.Secret)
	if err == nil && person.TID.Consumer() {
		err = fault.New(fault.Forbidden, "this is a personal Microsoft account; sign in with an account of your organization")
	}
	if err == nil {
		person.SignedInAt = c.Now()
		person.ConfirmedAt = person.SignedInAt
		err = c.recordSignIn(r, person)
	}
	if err == nil {
		err = c.begin(r.Context(), person)
	}
	if err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, p.Return, http.StatusSeeOther)
}

// signOut ends the session: POST /auth/sign-out.
func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	text := c.sessions.GetString(r.Context(), personKey)
	if err := c.sessions.Destroy(r.Context()); err != nil {
		c.fail(w, r, fault.Wrap(fault.Unavailable, "you are still signed in: the session could not be ended; try again in a minute", err))
		return
	}
	c.recordSignOut(r, text)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// entraSaid puts an error of Entra's authorization endpoint into words that
// help (RFC 6749 §4.1.2.1; Microsoft, "Authorization error codes"). Its own
// description is never shown: anybody can send a browser here with one.
func entraSaid(code string) error {
	switch code {
	case "access_denied":
		return fault.New(fault.Forbidden, "the sign-in was canceled, or your organization does not let you use this application; ask an administrator of your directory, then sign in again")
	case "consent_required", "interaction_required", "login_required":
		return fault.New(fault.Forbidden, "Microsoft Entra needs you to confirm something first; sign in again and answer its questions")
	case "temporarily_unavailable", "server_error":
		return fault.New(fault.Upstream, "Microsoft Entra cannot sign you in just now; try again in a few minutes")
	default:
		return fault.New(fault.Upstream, "Microsoft Entra refused the sign-in; try again, and if it happens again, give the reference below to whoever runs the platform")
	}
}

// returnPath lets only paths of the platform through.
func returnPath(text string) (string, error) {
	if text == "" {
		return "/", nil
	}
	u, err := url.Parse(text)
	odd := strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f })
	if err != nil || odd || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") {
		return "", fault.New(fault.Invalid, "the address to return to is not a page of this platform; open the platform and sign in from there")
	}
	return text, nil
}

// mark returns the hash of the browser's own secret, which it is given with its
// first sign-in.
func (c *Console) mark(w http.ResponseWriter, r *http.Request) [32]byte {
	secret := rand.Text()
	if known, err := r.Cookie(c.markName()); err == nil && len(known.Value) == len(secret) {
		secret = known.Value
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure but over plain http on loopback
		Name: c.markName(), Value: secret, Path: "/", MaxAge: int(time.Hour.Seconds()),
		HttpOnly: true, Secure: c.sessions.Cookie.Secure, SameSite: http.SameSiteLaxMode,
	})
	return sha256.Sum256([]byte(secret))
}

func (c *Console) markName() string { return c.sessions.Cookie.Name + "-sign-in" }

func sameHash(want [32]byte, secret string) bool {
	got := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// putState keeps what a state stands for until it comes back.
func (c *Console) putState(ctx context.Context, kind, state string, v any) error {
	plain, err := json.Marshal(v)
	if err != nil {
		return err
	}
	hash := stateHash(kind, state)
	ciphertext, err := c.Encrypter.Encrypt(ctx, kind+" state", plain)
	if err != nil {
		return err
	}
	return c.OneTime.PutOneTime(ctx, hash, c.Now().Add(signInLife), ciphertext)
}

func (c *Console) takeState(ctx context.Context, kind, state string, into any) error {
	ciphertext, err := c.OneTime.TakeOneTime(ctx, stateHash(kind, state))
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return fault.New(fault.Forbidden, "this link has been used already, is older than ten minutes, or was not made here; begin again")
	}
	if err != nil {
		return err
	}
	plain, err := c.Encrypter.Decrypt(ctx, kind+" state", ciphertext)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

func stateHash(kind, state string) [32]byte { return sha256.Sum256([]byte(kind + "\x00" + state)) }

// fail answers a browser whose sign-in or consent goes wrong with a page.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := newProblem(err, r.Header.Get(requestID))
	c.Log.LogAttrs(r.Context(), p.level(), "sign-in failed", slog.String(telemetry.LogRequest, r.Header.Get(requestID)), telemetry.Err(err))
	c.setBack(w, r, p)
}
