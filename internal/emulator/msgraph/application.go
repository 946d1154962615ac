package msgraph

import (
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// Permissions about applications.
var (
	readsApps  = []string{"Application.Read.All", "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.Read.All"}
	writesApps = []string{"Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"}
)

// readsApplication serves whoever may read app registrations with the one of the
// path.
func readsApplication(serve func(*visit, *directory.App)) func(*visit) {
	return reads((*visit).registration, serve)
}

// writesApplication serves whoever may change the app registration of the path.
func writesApplication(serve func(*visit, *directory.App)) func(*visit) {
	return writes((*visit).registration, serve)
}

// reads serves whoever may read apps with the one that is found.
func reads(find func(*visit) (*directory.App, bool), serve func(*visit, *directory.App)) func(*visit) {
	return func(v *visit) {
		if !v.allows(readsApps...) {
			return
		}
		if a, ok := find(v); ok {
			serve(v, a)
		}
	}
}

// writes serves whoever may change the app that is found.
func writes(find func(*visit) (*directory.App, bool), serve func(*visit, *directory.App)) func(*visit) {
	return func(v *visit) {
		if !v.allows(writesApps...) {
			return
		}
		a, ok := find(v)
		switch {
		case !ok:
		case !v.manages(a):
			v.refuse(denied)
		default:
			serve(v, a)
		}
	}
}

// registration finds the app registration of the path.
func (v *visit) registration() (*directory.App, bool) {
	id := keyOf(v.r.PathValue("id"))
	a, ok := v.tenant.Registration(id)
	if !ok {
		v.refuse(missing(id))
	}
	return a, ok
}

// keyOf is the id behind a path segment, which may be an alternate key.
func keyOf(segment string) string {
	return strings.ToLower(strings.TrimPrefix(segment, "appId="))
}

// manages reports whether the one who asks may change an app: owners may, other
// people need a role, other apps the permission for all.
func (v *visit) manages(a *directory.App) bool {
	if slices.Contains(a.Owners, v.self()) {
		return true
	}
	return v.may("Application.ReadWrite.All") && v.administers(adminsOfApps)
}

func listApplications(v *visit) {
	if !v.allows(readsApps...) {
		return
	}
	entries := []map[string]any{}
	for _, a := range v.tenant.Registrations() {
		entries = append(entries, applicationEntry(v.tenant, a))
	}
	v.entries("applications", entries)
}

func getApplication(v *visit, a *directory.App) {
	v.showEntry("applications", applicationEntry(v.tenant, a))
}

// createApplication registers an app. Whoever does owns it; as by default in
// Entra, every member may (learn.microsoft.com, graph/api/application-post-applications).
func createApplication(v *visit) {
	if !v.allows(writesApps...) || v.who != nil && !v.who.Member() && !v.administers(adminsOfApps) {
		return
	}
	var body applicationBody
	if !v.body(&body) {
		return
	}
	var made *directory.App
	ok := v.change(func(t *directory.Tenant) *problem {
		blank := directory.NewApp(t.ID, seed.App{ID: t.NewID("application")})
		blank.Created, blank.Owners = v.s.now(), []string{v.self()}
		if strings.TrimSpace(body.DisplayName.value) == "" {
			return badRequest("A value is required for property 'displayName' of resource 'Application'.")
		}
		var bad *problem
		if made, bad = body.apply(t, blank); bad == nil {
			t.Put(made)
		}
		return bad
	})
	if ok {
		entry := applicationEntry(v.tenant, made)
		v.created("applications", "applications/"+made.Object, entry)
	}
}

func updateApplication(v *visit, a *directory.App) {
	var body applicationBody
	if !v.body(&body) {
		return
	}
	if v.alter(a, body.apply) {
		v.done()
	}
}

// alter changes an app as it is at the moment of the change.
func (v *visit) alter(a *directory.App, how func(*directory.Tenant, *directory.App) (*directory.App, *problem)) bool {
	return v.change(func(t *directory.Tenant) *problem {
		now, ok := t.Registration(a.ID)
		if !ok {
			return missing(a.Object)
		}
		next, bad := how(t, now)
		if bad == nil {
			t.Put(next)
		}
		return bad
	})
}

// deleteApplication removes an app and its service principal for good: the
// emulator keeps no recycle bin for apps.
func deleteApplication(v *visit, a *directory.App) {
	gone := v.change(func(t *directory.Tenant) *problem {
		t.Unregister(a)
		return nil
	})
	if gone {
		v.done()
	}
}

func listOwners(v *visit, a *directory.App) {
	entries := []map[string]any{}
	for _, id := range a.Owners {
		kind := "#microsoft.graph.servicePrincipal"
		if _, ok := v.tenant.People[id]; ok {
			kind = "#microsoft.graph.user"
		}
		entries = append(entries, map[string]any{"@odata.type": kind, "id": id})
	}
	v.entries("directoryObjects", entries)
}
