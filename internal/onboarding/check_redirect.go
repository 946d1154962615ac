package onboarding

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/tenants"
)

// redirectChecks look at where codes may be sent. The platform that a redirect
// URI is registered for decides what kind of client redeems the code (Microsoft,
// "Redirect URI (reply URL) outline and restrictions").
func redirectChecks() []check {
	return []check{
		{
			id: "redirect.web", title: "The redirect URI of Gatehouse is missing", asks: "Whether the redirect URI of Gatehouse is registered",
			concerns: func(x *exam) bool { return x.own() && x.Callback != "" }, look: at((*exam).noCallback, fromApp),
		},
		{
			id: "redirect.shared", title: "The redirect URI of Gatehouse is missing at the shared app", asks: "Whether the shared app's redirect URI is registered",
			concerns: func(x *exam) bool { return !x.own() && x.Callback != "" }, look: at((*exam).noSharedCallback, fromPrincipal),
		},
		{id: "redirect.platform", concerns: (*exam).admitsEntraTokens, title: "A client's redirect URI is registered for the wrong platform", asks: "Whether the clients' redirect URIs are registered for the right platform", look: at((*exam).misplaced, fromApp)},
		{id: "redirect.public", concerns: (*exam).admitsEntraTokens, title: "A client's redirect URI is missing", asks: "Whether the clients' redirect URIs are registered", look: at((*exam).unregistered, fromApp)},
	}
}

// admitsEntraTokens reports whether AI clients may sign in at Microsoft Entra ID with
// the organization's registration, where their own redirect URIs have to be known.
func (x *exam) admitsEntraTokens() bool {
	return x.Organization.Mode != tenants.Brokered || x.Organization.AcceptEntraTokens
}

// noCallback is an error where people sign in through Gatehouse: nobody can.
func (x *exam) noCallback() []Finding {
	if slices.Contains(x.app.Web.URIs, x.Callback) {
		return nil
	}
	f := Finding{Severity: Info}
	f.Detail = fmt.Sprintf("Redirect URIs of the platform Web are %q and lack %s, where sign-ins through Gatehouse itself return (brokered mode). "+
		"Clients that sign in at Microsoft Entra ID do not need it.", x.app.Web.URIs, x.Callback)
	if x.Organization.Mode == tenants.Brokered {
		f = Finding{Severity: Error, Detail: fmt.Sprintf("Redirect URIs of the platform Web are %q and lack %s, where Microsoft Entra ID sends people back to Gatehouse: "+
			"it shows them AADSTS50011 instead, whichever AI app they connect.", x.app.Web.URIs, x.Callback)}
	}
	f = x.registered(f, authenticationBlade, "Web > Redirect URIs")
	f.Fix = x.moveTo("web", x.Callback)
	return one(f)
}

// noSharedCallback is what can be seen of the shared app from its customers' tenants.
func (x *exam) noSharedCallback() []Finding {
	if slices.Contains(x.principal.ReplyURLs, x.Callback) {
		return nil
	}
	return one(x.enterprise(Finding{
		Severity: Error, Detail: fmt.Sprintf("The shared app's redirect URIs lack %s, where Microsoft Entra ID sends people back to Gatehouse: it shows them AADSTS50011 instead. "+
			"Whoever runs the platform adds it to the platform Web of the app registration, in their own directory.", x.Callback),
	}, propertiesBlade, "Reply URLs"))
}

// sameRedirect compares as Microsoft Entra ID does: exactly, but for the port of
// an http URI on localhost.
func sameRedirect(a, b string) bool { return a == b || portless(a) == portless(b) }

func portless(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" {
		return uri
	}
	return "http://" + u.Hostname() + u.EscapedPath()
}

func holds(uris []string, uri string) bool {
	return slices.ContainsFunc(uris, func(have string) bool { return sameRedirect(have, uri) })
}

// clientRedirects calls each with every redirect URI that a client needs and that
// the platform for public clients lacks.
func (x *exam) clientRedirects(each func(client, uri string)) {
	for _, c := range x.Clients {
		for _, uri := range c.Redirects {
			if !holds(x.app.PublicClient.URIs, uri) {
				each(c.Name, uri)
			}
		}
	}
}

func (x *exam) elsewhere(uri string) bool {
	return holds(x.app.Web.URIs, uri) || holds(x.app.SPA.URIs, uri)
}

func (x *exam) misplaced() []Finding {
	var wrong, what []string
	x.clientRedirects(func(client, uri string) {
		if x.elsewhere(uri) {
			wrong, what = append(wrong, uri), append(what, client+" ("+uri+")")
		}
	})
	if len(wrong) == 0 {
		return nil
	}
	f := x.registered(Finding{
		Severity: Error,
		Detail: fmt.Sprintf("Registered for Web or Single-page application instead of Mobile and desktop applications: %s. A code sent there cannot be redeemed without a secret "+
			"(AADSTS7000218, AADSTS9002327).", strings.Join(what, ", ")),
	}, authenticationBlade, "Mobile and desktop applications > Redirect URIs")
	f.Fix = x.moveTo("publicClient", wrong...)
	return one(f)
}

func (x *exam) unregistered() []Finding {
	var missing, what []string
	x.clientRedirects(func(client, uri string) {
		if !x.elsewhere(uri) {
			missing, what = append(missing, uri), append(what, client+" ("+uri+")")
		}
	})
	if len(missing) == 0 {
		return nil
	}
	f := x.registered(Finding{
		Severity: Warning, Detail: fmt.Sprintf("Redirect URIs of Mobile and desktop applications lack %s: signing in there fails (AADSTS50011).", strings.Join(what, ", ")),
	}, authenticationBlade, "Mobile and desktop applications > Redirect URIs")
	f.Fix = x.moveTo("publicClient", missing...)
	return one(f)
}

// moveTo registers redirect URIs for one platform and takes them from the others:
// Microsoft Entra ID refuses one that is on two. Each platform that changes is
// one command, those that lose something first.
func (x *exam) moveTo(platform string, uris ...string) []string {
	var fix []string
	have := map[string][]string{"web": x.app.Web.URIs, "spa": x.app.SPA.URIs, "publicClient": x.app.PublicClient.URIs}
	for _, other := range []string{"web", "spa", "publicClient"} {
		if other == platform {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(have[other]), func(uri string) bool { return holds(uris, uri) })
		if len(kept) != len(have[other]) {
			fix = append(fix, x.redirects(other, kept))
		}
	}
	return append(fix, x.redirects(platform, with(have[platform], uris...)))
}

func (x *exam) redirects(platform string, uris []string) string {
	return x.az("PATCH", x.appPath(), map[string]any{platform: map[string]any{"redirectUris": with([]string{}, uris...)}})
}
