package emulator

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/conditional"
	"gatehouse/internal/emulator/directory"
)

const (
	// browserCookie carries a browser's sessions, under the name of Entra's own
	// session cookie.
	browserCookie = "ESTSAUTH"
	// browserID tells one browser from another, under the name of Entra's cookie
	// for that; it says nothing about who is signed in.
	browserID = "buid"
	// browserIDSize is how many random bytes it has.
	browserIDSize = 24
	// browserLife is how long a session lasts without use: that of Entra's
	// sessions that are not kept signed in.
	browserLife = 24 * time.Hour
	// browserSessions is how many people can be signed in in one browser.
	browserSessions = 8
)

// browser is who is signed in in one browser. The browser keeps it, sealed.
type browser struct {
	Sessions []signedIn
}

// signedIn is one person's session.
type signedIn struct {
	Tenant     string
	User       string
	Generation uint64 // the person's session number; a revocation raises it
	SID        string // "sid"
	Proof      conditional.Proof
	Used       time.Time
}

// readBrowser reads the sessions that are still good.
func (e *Emulator) readBrowser(r *http.Request, now time.Time) browser {
	var b browser
	cookie, err := r.Cookie(browserCookie)
	if err != nil || !e.sealer.Open(sealedBrowser, cookie.Value, &b) {
		return browser{}
	}
	world := e.world()
	b.Sessions = slices.DeleteFunc(b.Sessions, func(in signedIn) bool {
		t, ok := world.Find(in.Tenant)
		if !ok || now.After(in.Used.Add(browserLife)) {
			return true
		}
		who := t.People[in.User]
		return who == nil || who.Generation != in.Generation
	})
	return b
}

// writeBrowser sends the sessions back, or ends them all.
func (e *Emulator) writeBrowser(w http.ResponseWriter, b browser) {
	cookie := e.cookie(browserCookie) //nolint:gosec // its attributes are set there
	value, err := e.sealer.Seal(sealedBrowser, b)
	if cookie.Value = value; err != nil || len(b.Sessions) == 0 {
		cookie.Value, cookie.MaxAge = "", -1
	}
	http.SetCookie(w, cookie)
}

func (e *Emulator) cookie(name string) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever there is TLS
		Name: name, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(e.entra, "https:"),
	}
}

// readBrowserID is what tells this browser from others, empty when nothing does yet.
func readBrowserID(r *http.Request) string {
	cookie, err := r.Cookie(browserID)
	if err != nil || len(cookie.Value) != base64.RawURLEncoding.EncodedLen(browserIDSize) {
		return ""
	}
	return cookie.Value
}

// recognize sees to it that the browser can be told from others.
func (s *signIn) recognize(w http.ResponseWriter) {
	if s.browserID != "" {
		return
	}
	cookie := s.e.cookie(browserID) //nolint:gosec // its attributes are set there
	cookie.Value = s.e.source.Lane(browserID).Text(browserIDSize)
	s.browserID = cookie.Value
	http.SetCookie(w, cookie)
}

// with adds a session, the last used first.
func (b browser) with(in signedIn) browser {
	others := slices.DeleteFunc(slices.Clone(b.Sessions), func(old signedIn) bool { return old.Tenant == in.Tenant && old.User == in.User })
	all := append([]signedIn{in}, others...)
	return browser{all[:min(len(all), browserSessions)]}
}

// visitor is somebody signed in, as one of the request's tenants knows them.
type visitor struct {
	tenant *directory.Tenant
	who    *directory.Person
	in     signedIn
}

// visitors are the signed-in people who may go on with this request: at home, or
// as the guest of a tenant that knows them by the username they have at home.
func (s *signIn) visitors() []visitor {
	var out []visitor
	for _, in := range s.browser.Sessions {
		for _, t := range s.tenants {
			if who := s.known(t, in); who != nil && s.mayPick(who) && s.hinted(who) {
				out = append(out, visitor{t, who, in})
			}
		}
	}
	return out
}

// known is the person of a session in a tenant, or nil.
func (s *signIn) known(t *directory.Tenant, in signedIn) *directory.Person {
	if t.ID == in.Tenant {
		return t.People[in.User]
	}
	home, ok := s.e.world().Find(in.Tenant)
	if !ok {
		return nil
	}
	guest, ok := t.User(home.People[in.User].Username)
	if !ok || guest.Guest != in.Tenant {
		return nil
	}
	return guest
}

// hinted tells whether a person is the one login_hint means: by username or by
// the opaque claim of that name. Without a hint everybody is.
func (s *signIn) hinted(who *directory.Person) bool {
	hint := s.form.Get("login_hint")
	return hint == "" || strings.EqualFold(hint, who.Username) || hint == loginHint(who)
}
