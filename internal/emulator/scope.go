package emulator

import (
	"iter"
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// ask is what a scope parameter asks for: permissions of one API, and OpenID
// scopes, which belong to none.
type ask struct {
	asked    []string // as sent, without repetitions
	openID   []string
	resource *directory.App
	named    string   // how the resource was named: an identifier URI or its client id; empty: not at all
	scopes   []string // short names at the resource, as asked
	all      bool     // .default: whatever has been agreed to
	legacy   bool     // the tenant refuses any resource parameter
}

// has reports whether an OpenID scope was asked for.
func (a *ask) has(scope string) bool { return slices.Contains(a.openID, scope) }

// readAsk reads a scope parameter for a client. Bare names belong to Microsoft
// Graph, whoever sends them.
func readAsk(t *directory.Tenant, client *directory.App, raw string) (*ask, *refusal) {
	a := &ask{legacy: t.Settings.ResourceChecked == "refused"}
	for _, scope := range strings.Fields(raw) {
		if slices.Contains(a.asked, scope) {
			continue
		}
		a.asked = append(a.asked, scope)
		if seed.OpenID[scope] {
			a.openID = append(a.openID, scope)
			continue
		}
		resource, named, short, no := locate(t, scope)
		if no != nil {
			return nil, no
		}
		if a.resource != nil && a.resource.ID != resource.ID {
			return nil, refuse(28000, reply.Clip(raw))
		}
		a.resource, a.named = resource, named
		if short == ".default" {
			a.all = true
			continue
		}
		if !slices.Contains(resource.Scopes, short) {
			return nil, refuse(650053, client.Name, reply.Clip(short), resource.ID)
		}
		a.scopes = append(a.scopes, short)
	}
	if len(a.asked) == 0 {
		return nil, refuse(900144, "scope")
	}
	if a.all && len(a.scopes) > 0 {
		return nil, refuse(70011, "The .default scope can't be combined with resource-specific scopes.")
	}
	if a.resource == nil {
		a.resource, a.named = t.Apps[seed.MicrosoftGraph], seed.MicrosoftGraph
	}
	return a, nil
}

// locate splits a scope into its API and its short name. Of several identifier
// URIs that are a prefix the longest wins.
func locate(t *directory.Tenant, scope string) (resource *directory.App, named, short string, no *refusal) {
	if !strings.Contains(scope, "/") {
		return t.Apps[seed.MicrosoftGraph], seed.MicrosoftGraph, scope, nil
	}
	for candidate := range resources(t) {
		for _, uri := range append(slices.Clone(candidate.IdentifierURIs), candidate.ID) {
			rest, ok := strings.CutPrefix(scope, uri+"/")
			if ok && len(uri) > len(named) {
				resource, named, short = candidate, uri, rest
			}
		}
	}
	if resource == nil {
		return nil, "", "", refuse(500011, reply.Clip(scope[:strings.LastIndex(scope, "/")]), t.Name)
	}
	return resource, named, strings.TrimPrefix(short, "/"), nil
}

// resources are the apps tokens can be made for.
func resources(t *directory.Tenant) iter.Seq[*directory.App] {
	return func(yield func(*directory.App) bool) {
		if !yield(exchangeApp(t.ID)) || !yield(monitorApp(t.ID)) {
			return
		}
		for _, a := range t.Apps {
			if !yield(a) {
				return
			}
		}
	}
}

// target checks RFC 8707's resource parameter as Entra does: when given it is,
// character for character, an identifier URI of the v2 app that owns the scopes.
func (a *ask) target(resource string) *refusal {
	if resource == "" {
		return nil
	}
	if a.legacy {
		return refuse(901002)
	}
	if a.resource.RequestedTokenVersion != 2 || !slices.Contains(a.resource.IdentifierURIs, resource) {
		return refuse(9010010)
	}
	return nil
}

// echo is the scope member of a token response: what was asked, word for word
// (MSAL fails when one is missing), and what .default came to. OpenID scopes
// stand bare: they belong to no resource, though consent to them is kept at Graph.
func (a *ask) echo(granted []string) string {
	out := slices.Clone(a.asked)
	if a.all {
		for _, scope := range granted {
			if !seed.OpenID[scope] {
				scope = a.named + "/" + scope
			}
			if !slices.Contains(out, scope) {
				out = append(out, scope)
			}
		}
	}
	return strings.Join(out, " ")
}
