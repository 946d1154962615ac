package emulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
)

// logout ends sessions of the browser and goes back where the client asks, if
// that is a reply URL of an app. With several people signed in, logout_hint (a
// username or the claim login_hint) says who leaves; without it the person says.
func (e *Emulator) logout(w http.ResponseWriter, r *http.Request) {
	if no := readForm(w, r); no != nil {
		e.errorPage(w, r, no)
		return
	}
	b := e.readBrowser(r, e.clock.Now())
	hint := r.Form.Get("logout_hint")
	if len(b.Sessions) > 1 && hint == "" {
		e.pickLeaver(w, r, b)
		return
	}
	stay := slices.DeleteFunc(slices.Clone(b.Sessions), func(in signedIn) bool { return hint == "" || e.leaves(in, hint) })
	e.writeBrowser(w, browser{stay})
	back := r.Form.Get("post_logout_redirect_uri")
	if back != "" && e.registered(r.PathValue("tenant"), back) {
		if state := r.Form.Get("state"); state != "" {
			back = withQuery(back, []field{{"state", state}})
		}
		http.Redirect(w, r, back, http.StatusFound) //nolint:gosec // a registered reply URL
		return
	}
	e.show(w, http.StatusOK, noticePage, page{Title: "You signed out of your account", Text: "It is a good idea to close all browser windows."})
}

// leaves tells whether a hint means the person of a session.
func (e *Emulator) leaves(in signedIn, hint string) bool {
	t, ok := e.world().Find(in.Tenant)
	if !ok {
		return false
	}
	who := t.People[in.User]
	return strings.EqualFold(hint, who.Username) || hint == loginHint(who)
}

// pickLeaver asks which of the signed-in people signs out.
func (e *Emulator) pickLeaver(w http.ResponseWriter, r *http.Request, b browser) {
	p := page{Title: "Pick an account to sign out of", Action: (&url.URL{Path: r.URL.Path}).String()}
	for _, name := range []string{"post_logout_redirect_uri", "state"} {
		if value := r.Form.Get(name); value != "" {
			p.Carried = append(p.Carried, field{name, value})
		}
	}
	for _, in := range b.Sessions {
		if t, ok := e.world().Find(in.Tenant); ok {
			who := t.People[in.User]
			p.People = append(p.People, choice{Value: loginHint(who), Name: who.Name, Username: who.Username, Tenant: t.Name})
		}
	}
	e.show(w, http.StatusOK, signOutPage, p)
}

// registered reports whether any app reachable under a tenant's name has the reply URL.
func (e *Emulator) registered(name, redirect string) bool {
	world := e.world()
	in := world.All()
	if t, ok := world.Find(name); ok {
		in = []*directory.Tenant{t}
	}
	return slices.ContainsFunc(in, func(t *directory.Tenant) bool {
		for _, a := range t.Apps {
			if _, ok := a.Redirects.Platform(redirect); ok {
				return true
			}
		}
		return false
	})
}
