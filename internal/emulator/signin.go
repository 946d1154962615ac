package emulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/reply"
)

// accountLimit is how many people the account picker shows; the others are
// reached by typing their username.
const accountLimit = 50

// UserHeader names the person who signs in, by username or object id, so that a
// program can walk a sign-in without the account picker. The pages for a second
// factor and for consent still come where they would.
const UserHeader = "X-Emulator-User"

// choice is one button of the account picker.
type choice struct {
	Value, Name, Username, Tenant string
	Guest, Hinted, SignedIn       bool
}

// pickAccount shows the people who may sign in, the hinted one first.
func (s *signIn) pickAccount(w http.ResponseWriter) {
	var people []choice
	for _, t := range s.tenants {
		for _, oid := range t.Order {
			p := t.People[oid]
			if p.Deleted || !s.mayPick(p) || !s.inDomain(t, p) {
				continue
			}
			people = append(people, choice{
				Value: p.ID, Name: p.Name, Username: p.Username, Tenant: t.Name, Guest: !p.Member(),
				Hinted: s.form.Get("login_hint") != "" && s.hinted(p), SignedIn: s.session(t, p) != nil,
			})
		}
	}
	slices.SortStableFunc(people, func(a, b choice) int { return rank(a) - rank(b) })
	s.e.show(w, http.StatusOK, pickerPage, page{
		Title: "Pick an account", App: s.client.Name, Action: s.action(), Carried: s.carry(),
		People: people[:min(len(people), accountLimit)], More: len(people) > accountLimit,
	})
}

// mayPick keeps guests to the tenant they are invited to: at common and
// organizations people sign in at home. Nobody signs in as an agent's user.
func (s *signIn) mayPick(p *directory.Person) bool {
	return p.Agent == "" && (p.Member() || s.single())
}

// inDomain follows domain_hint: a tenant's people only. organizations, which
// means any, and a domain of no tenant here change nothing.
func (s *signIn) inDomain(t *directory.Tenant, p *directory.Person) bool {
	hint := s.form.Get("domain_hint")
	home, ok := s.e.world().Find(hint)
	if hint == "" || !ok {
		return true
	}
	return p.Guest == home.ID || p.Member() && t.ID == home.ID
}

func rank(c choice) int {
	switch {
	case c.Hinted:
		return 0
	case c.SignedIn:
		return 1
	}
	return 2
}

// progress is how far a person has come, sealed into the pages' forms. It is good
// for the request it was made for, in the browser that was shown the page.
type progress struct {
	Tenant     string
	User       string
	Generation uint64
	In         signedIn
	At         time.Time
	Browser    string   // the browserID cookie
	Asked      string   // digest of the request
	Pages      []string // what may be decided with it
}

// progressLife is how long a page may lie open.
const progressLife = time.Hour

// resumed is the person whose page this request comes from, and what that page
// decides. A page of another request, of another browser or from before a reset is
// none: the sign-in then starts over.
func (s *signIn) resumed() (*visitor, []string, bool) {
	var p progress
	if !s.e.sealer.Open(sealedProgress, s.posted.Get("ctx"), &p) || s.now.After(p.At.Add(progressLife)) {
		return nil, nil, false
	}
	if p.Asked != s.digest() || p.Browser != s.browserID {
		return nil, nil, false
	}
	for _, t := range s.tenants {
		if who := t.People[p.User]; t.ID == p.Tenant && who != nil && who.Generation == p.Generation {
			return &visitor{t, who, p.In}, p.Pages, true
		}
	}
	return nil, nil, false
}

// digest stands for everything a request asks for. Browsers write the line ends of
// a form's values in a way of their own.
func (s *signIn) digest() string {
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	asked := url.Values{"": {string(s.journey), s.segment}}
	for _, name := range append(slices.Clone(carried), "user_code") {
		if value := s.form.Get(name); value != "" {
			asked.Set(name, lines.Replace(value))
		}
	}
	return keyring.Digest(asked.Encode())
}

// named is the person a request names itself: picked on the page, or by header.
func (s *signIn) named(r *http.Request) string {
	if name := r.Header.Get(UserHeader); name != "" {
		return name
	}
	if s.silent() {
		return ""
	}
	return s.form.Get("account")
}

// person finds who signs in; nil without a refusal means that nobody is known yet.
func (s *signIn) person(r *http.Request) (*visitor, *refusal) {
	if s.posted.Get("switch") != "" {
		return nil, nil
	}
	if v, _, ok := s.resumed(); ok {
		return v, nil
	}
	if name := s.named(r); name != "" {
		s.picked = true
		return s.pick(name)
	}
	if s.prompt("login") || s.prompt("select_account") {
		return nil, nil
	}
	visitors := s.visitors()
	switch {
	case len(visitors) == 1:
		return &visitors[0], nil
	case s.silent() && len(visitors) > 1:
		return nil, refuse(16000)
	case s.silent():
		return nil, refuse(50058)
	}
	return nil, nil
}

// pick is a person chosen by object id or username. Somebody whose session the
// browser has goes on with it, unless a fresh sign-in is wanted.
func (s *signIn) pick(name string) (*visitor, *refusal) {
	for _, t := range s.tenants {
		id := name
		if byName, ok := t.Username(name); ok {
			id = byName
		}
		who, ok := t.People[id]
		if !ok || who.Deleted || !s.mayPick(who) {
			continue
		}
		if in := s.session(t, who); in != nil && !s.prompt("login") {
			return &visitor{t, who, *in}, nil
		}
		return s.fresh(t, who), nil
	}
	return nil, s.stranger(name)
}

// session is the browser's session of a person.
func (s *signIn) session(t *directory.Tenant, who *directory.Person) *signedIn {
	for i, in := range s.browser.Sessions {
		if s.known(t, in) == who {
			return &s.browser.Sessions[i]
		}
	}
	return nil
}

// stranger tells why an account cannot be used: it is at home somewhere else, or
// nowhere.
func (s *signIn) stranger(name string) *refusal {
	t := s.tenants[0]
	for _, other := range s.e.world().All() {
		if who, ok := other.User(name); ok && who.Member() && other.ID != t.ID && s.single() {
			return refuse(50020, who.Username, s.e.issuerV1(other.ID), t.Name, s.client.ID, s.client.Name)
		}
	}
	return refuse(50034, "{EUII Hidden}", t.Name)
}

// action is where the pages' forms go.
func (s *signIn) action() string {
	if s.journey == deviceAuth {
		return deviceAuthPath
	}
	return "/" + s.segment + "/" + string(s.journey)
}

// carry lists the request's parameters for a page's form.
func (s *signIn) carry() []field {
	names := carried
	if s.journey == deviceAuth {
		names = []string{"user_code", "confirm"}
	}
	var out []field
	for _, name := range names {
		if value := s.form.Get(name); value != "" {
			out = append(out, field{name, value})
		}
	}
	return out
}

// carryOn lists them together with how far the person has come, for a page on
// which pages are decided.
func (s *signIn) carryOn(w http.ResponseWriter, at *arrival, pages ...string) []field {
	s.recognize(w)
	ctx, err := s.e.sealer.Seal(sealedProgress, progress{
		Tenant: at.tenant.ID, User: at.who.ID, Generation: at.who.Generation, In: at.in, At: s.now,
		Browser: s.browserID, Asked: s.digest(), Pages: pages,
	})
	if err != nil { // the page then starts over
		return s.carry()
	}
	return append(s.carry(), field{"ctx", ctx})
}

// clientIn finds the client in a tenant. Another tenant's multi-tenant app will
// do, and one of their own without a service principal: agreeing to it brings it
// in. A device's sign-in was begun in the tenant already.
func (s *signIn) clientIn(t *directory.Tenant, id string) (*directory.App, *refusal) {
	client, no := findClient(t, id)
	if no == nil || s.journey == deviceAuth || no.code != 700016 {
		return client, no
	}
	if registered, ok := s.e.world().Registered(t, strings.ToLower(id)); ok {
		return registered, nil
	}
	return nil, refuse(700016, reply.Clip(id), t.Name)
}

// stop ends a sign-in that cannot go on. The person reads why; a client that
// asked for silence is told instead.
func (s *signIn) stop(w http.ResponseWriter, r *http.Request, no *refusal) {
	if !s.silent() {
		s.e.errorPage(w, r, no)
		return
	}
	if no.kind != "login_required" {
		no.kind = interactionRequired
	}
	s.answerError(w, r, no)
}
