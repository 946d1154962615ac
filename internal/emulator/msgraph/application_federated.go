package msgraph

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/loopback"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// federatedLimit is how many federated credentials an app can have
// (learn.microsoft.com, graph/api/application-post-federatedidentitycredentials).
const federatedLimit = 20

var federatedName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,119}$`)

type federatedBody struct {
	Name        string   `json:"name"`
	Issuer      string   `json:"issuer"`
	Subject     string   `json:"subject"`
	Audiences   []string `json:"audiences"`
	Description string   `json:"description"`
}

func federatedEntry(a *directory.App, f seed.Federation) map[string]any {
	return map[string]any{
		"id": seed.Derived(a.ID, "federated", f.Name), "name": f.Name, "issuer": f.Issuer, "subject": f.Subject,
		"audiences": []string{f.Audience}, "description": orNull(a.Described[f.Name]),
	}
}

const federatedSet = "')/federatedIdentityCredentials"

func listFederated(v *visit, a *directory.App) {
	entries := []map[string]any{}
	for _, f := range a.Federated {
		entries = append(entries, federatedEntry(a, f))
	}
	v.entries("applications('"+a.Object+federatedSet, entries)
}

// federated finds the credential of the path, by id or name.
func (v *visit) federated(a *directory.App) (seed.Federation, bool) {
	wanted := v.r.PathValue("credential")
	i := slices.IndexFunc(a.Federated, func(f seed.Federation) bool {
		return wanted == f.Name || wanted == "name="+f.Name || wanted == seed.Derived(a.ID, "federated", f.Name)
	})
	if i < 0 {
		v.refuse(missing(wanted))
		return seed.Federation{}, false
	}
	return a.Federated[i], true
}

func getFederated(v *visit, a *directory.App) {
	if f, ok := v.federated(a); ok {
		v.showEntry("applications('"+a.Object+federatedSet, federatedEntry(a, f))
	}
}

// addFederated lets tokens of another issuer stand for the app's secret.
func addFederated(v *visit, a *directory.App) {
	var body federatedBody
	if !v.body(&body) {
		return
	}
	if bad := body.check(); bad != nil {
		v.refuse(bad)
		return
	}
	f := seed.Federation{Name: body.Name, Issuer: body.Issuer, Subject: body.Subject, Audience: body.Audiences[0]}
	var next directory.App
	made := v.alter(a, func(_ *directory.Tenant, now *directory.App) (*directory.App, *problem) {
		if bad := fits(now, f); bad != nil {
			return nil, bad
		}
		next = *now
		next.Federated = append(slices.Clone(now.Federated), f)
		next.Described = maps.Clone(now.Described)
		if next.Described == nil {
			next.Described = map[string]string{}
		}
		next.Described[f.Name] = body.Description
		return &next, nil
	})
	if made {
		entry := federatedEntry(&next, f)
		v.created("applications('"+a.Object+federatedSet, "applications/"+a.Object+"/federatedIdentityCredentials/"+identity(entry), entry)
	}
}

func (b federatedBody) check() *problem {
	issuer, err := url.Parse(b.Issuer)
	switch {
	case !federatedName.MatchString(b.Name):
		return badRequest("The name of a federated identity credential is 3 to 120 letters, digits, - and _, and begins with a letter or digit.")
	case len(b.Name) < 3:
		return badRequest("The name of a federated identity credential is 3 to 120 letters, digits, - and _, and begins with a letter or digit.")
	case err != nil || issuer.Scheme != "https" && (issuer.Scheme != "http" || !loopback.Host(issuer.Hostname())):
		return badRequest("The issuer of a federated identity credential is an https URL.")
	case b.Subject == "":
		return badRequest("A federated identity credential needs a subject.")
	case len(b.Audiences) != 1 || b.Audiences[0] == "":
		return badRequest("A federated identity credential has exactly one audience.")
	}
	return nil
}

// fits refuses what an app's other credentials leave no room for. The texts about
// names and subjects are Graph's, that about the number is from memory.
func fits(a *directory.App, f seed.Federation) *problem {
	for _, other := range a.Federated {
		if other.Name == f.Name {
			return &problem{http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue", "FederatedIdentityCredential with name " + f.Name + " already exists."}
		}
		if other.Issuer == f.Issuer && other.Subject == f.Subject {
			return &problem{
				http.StatusBadRequest, "InvalidFederatedIdentityCredentialValue",
				"The combination of issuer and subject must be unique for the application. Issuer " + reply.Clip(f.Issuer) + " and Subject: " + reply.Clip(f.Subject) + " already exist.",
			}
		}
	}
	if len(a.Federated) >= federatedLimit {
		return badRequest("An application can have at most " + strconv.Itoa(federatedLimit) + " federated identity credentials.")
	}
	return nil
}

// updateFederated changes whom a credential trusts; its name stays
// (learn.microsoft.com, graph/api/federatedidentitycredential-update).
func updateFederated(v *visit, a *directory.App) {
	old, ok := v.federated(a)
	if !ok {
		return
	}
	body := federatedBody{Issuer: old.Issuer, Subject: old.Subject, Audiences: []string{old.Audience}, Description: a.Described[old.Name]}
	if !v.body(&body) {
		return
	}
	if body.Name != "" && body.Name != old.Name {
		v.refuse(badRequest("Property 'name' is read-only and cannot be set."))
		return
	}
	body.Name = old.Name
	if bad := body.check(); bad != nil {
		v.refuse(bad)
		return
	}
	changed := v.alter(a, func(_ *directory.Tenant, now *directory.App) (*directory.App, *problem) {
		next := *now
		next.Federated = slices.DeleteFunc(slices.Clone(now.Federated), func(other seed.Federation) bool { return other.Name == old.Name })
		f := seed.Federation{Name: body.Name, Issuer: body.Issuer, Subject: body.Subject, Audience: body.Audiences[0]}
		if bad := fits(&next, f); bad != nil {
			return nil, bad
		}
		next.Federated = append(next.Federated, f)
		next.Described = maps.Clone(now.Described)
		if next.Described == nil {
			next.Described = map[string]string{}
		}
		next.Described[f.Name] = body.Description
		return &next, nil
	})
	if changed {
		v.done()
	}
}

func removeFederated(v *visit, a *directory.App) {
	f, ok := v.federated(a)
	if !ok {
		return
	}
	removed := v.alter(a, func(_ *directory.Tenant, now *directory.App) (*directory.App, *problem) {
		next := *now
		next.Federated = slices.DeleteFunc(slices.Clone(now.Federated), func(other seed.Federation) bool { return other.Name == f.Name })
		return &next, nil
	})
	if removed {
		v.done()
	}
}
