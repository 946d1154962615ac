package msgraph

import (
	"net/http"
	"strings"

	"gatehouse/internal/emulator/directory"
)

// Handler is graph.microsoft.com.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	served := s.around(addressed(mux))
	r := routes{s, mux}
	r.people()
	r.groups()
	r.objects()
	r.roles()
	r.tenant()
	r.applications()
	r.principals()
	r.changes()
	r.outlook()
	r.drives()
	r.any("POST "+batchPath, s.batch(served)) // its requests pass through everything
	r.unserved()
	mux.HandleFunc("/", s.elsewhere(mux))
	return crossOrigin(served)
}

// routes is the table of contents, a method a noun.
type routes struct {
	s   *Service
	mux *http.ServeMux
}

func (r routes) people() {
	s := r.s
	r.counted("users", s.users)
	r.user("GET /v1.0/me", s.me)
	r.user("GET /oidc/userinfo", s.userinfo)
	r.any("GET /v1.0/users/{id}", ofPath(s.user))
	r.person("GET", "manager", s.manager)
	r.person("GET", "directReports", s.directReports)
	r.person("GET", "appRoleAssignments", s.appRoleAssignments)
	for _, rest := range []string{"", "/{cast}", "/{cast}/$count", "/$count"} {
		r.person("GET", "memberOf"+rest, s.memberOf)
		r.person("GET", "transitiveMemberOf"+rest, s.transitiveMemberOf)
	}
	r.any("PATCH /v1.0/users/{id}", s.updateUser)
	r.any("DELETE /v1.0/users/{id}", s.deleteUser)
	r.any("POST /v1.0/users/{id}/revokeSignInSessions", s.revokeSessions)
	r.user("POST /v1.0/me/revokeSignInSessions", s.revokeMySessions)
	r.any("POST /v1.0/directory/deletedItems/{id}/restore", s.restoreUser)
	r.any("DELETE /v1.0/directory/deletedItems/{id}", s.purgeUser)
}

func (r routes) groups() {
	s := r.s
	r.counted("groups", s.groups)
	r.group("GET", "", s.group)
	for _, rest := range []string{"", "/{cast}", "/{cast}/$count", "/$count"} {
		r.group("GET", "/members"+rest, s.members)
		r.group("GET", "/transitiveMembers"+rest, s.transitiveMembers)
		r.group("GET", "/owners"+rest, s.owners)
		r.group("GET", "/memberOf"+rest, s.groupMemberOf)
		r.group("GET", "/transitiveMemberOf"+rest, s.groupTransitiveMemberOf)
	}
	r.any("POST /v1.0/groups/{id}/members/$ref", s.addMember)
	r.any("DELETE /v1.0/groups/{id}/members/{member}/$ref", s.removeMember)
}

func (r routes) objects() {
	r.any("GET /v1.0/directoryObjects/{id}", r.s.directoryObject)
	r.any("POST /v1.0/directoryObjects/getByIds", r.s.getByIDs)
	r.function("checkMemberGroups", (*visit).asksGroups, (*visit).checkMemberGroups)
	r.function("getMemberGroups", (*visit).asksGroups, (*visit).getMemberGroups)
	r.function("checkMemberObjects", (*visit).asksObjects, (*visit).checkMemberObjects)
	r.function("getMemberObjects", (*visit).asksObjects, (*visit).getMemberObjects)
}

func (r routes) roles() {
	s := r.s
	r.any("GET /v1.0/directoryRoles", s.directoryRoles)
	r.any("GET /v1.0/directoryRoles/{id}", s.directoryRole)
	r.any("GET /v1.0/directoryRoles/{id}/members", s.roleMembers)
	r.any("GET /v1.0/roleManagement/directory/roleAssignments", s.roleAssignments)
	r.any("GET /v1.0/roleManagement/directory/roleEligibilityScheduleInstances", s.roleEligibilities)
}

func (r routes) tenant() {
	r.any("GET /v1.0/organization", r.s.organization)
	r.any("GET /v1.0/organization/{id}", r.s.organizationByID)
	r.any("GET /v1.0/domains", r.s.domains)
	r.any("GET /v1.0/policies/authorizationPolicy", authorizationPolicy)
}

func (r routes) applications() {
	const one, federated = "/v1.0/applications/{id}", "/v1.0/applications/{id}/federatedIdentityCredentials"
	r.any("GET /v1.0/applications", listApplications)
	r.any("POST /v1.0/applications", createApplication)
	r.any("GET "+one, readsApplication(getApplication))
	r.any("PATCH "+one, writesApplication(updateApplication))
	r.any("DELETE "+one, writesApplication(deleteApplication))
	r.any("GET "+one+"/owners", readsApplication(listOwners))
	r.any("POST "+one+"/addPassword", writesApplication(addPassword))
	r.any("POST "+one+"/removePassword", writesApplication(removePassword))
	r.any("POST "+one+"/setVerifiedPublisher", writesApplication(verifyPublisher))
	r.any("POST "+one+"/unsetVerifiedPublisher", writesApplication(forgetPublisher))
	r.any("GET "+federated, readsApplication(listFederated))
	r.any("POST "+federated, writesApplication(addFederated))
	r.any("GET "+federated+"/{credential}", readsApplication(getFederated))
	r.any("PATCH "+federated+"/{credential}", writesApplication(updateFederated))
	r.any("DELETE "+federated+"/{credential}", writesApplication(removeFederated))
}

func (r routes) principals() {
	const one, grants = "/v1.0/servicePrincipals/{id}", "/v1.0/oauth2PermissionGrants"
	r.any("GET /v1.0/servicePrincipals", listPrincipals)
	r.any("POST /v1.0/servicePrincipals", createPrincipal)
	r.any("GET "+one, readsPrincipal(getPrincipal))
	r.any("PATCH "+one, writesPrincipal(updatePrincipal))
	r.any("DELETE "+one, writesPrincipal(deletePrincipal))
	r.any("GET "+one+"/oauth2PermissionGrants", readsPrincipal(listGrantsOf))

	r.any("GET "+one+"/appRoleAssignedTo", listAssignments(given))
	r.any("GET "+one+"/appRoleAssignments", listAssignments(held))
	r.any("GET /v1.0/groups/{id}/appRoleAssignments", listAssignments(held)) // a person's are listed with their groups', among people
	for path, end := range map[string]side{
		one + "/appRoleAssignedTo": given, one + "/appRoleAssignments": held,
		"/v1.0/users/{id}/appRoleAssignments": held, "/v1.0/groups/{id}/appRoleAssignments": held,
	} {
		r.any("POST "+path, assign(end))
		r.any("DELETE "+path+"/{assignment}", withdraw(end))
	}

	r.any("GET "+grants, listGrants)
	r.any("POST "+grants, createGrant)
	r.any("GET "+grants+"/{id}", getGrant)
	r.any("PATCH "+grants+"/{id}", updateGrant)
	r.any("DELETE "+grants+"/{id}", deleteGrant)
}

func (r routes) changes() {
	s := r.s
	r.any("GET /v1.0/users/delta", delta(deltaUsers()))
	r.any("GET /v1.0/groups/delta", delta(deltaGroups()))
	r.any("GET /v1.0/subscriptions", s.listSubscriptions)
	r.any("POST /v1.0/subscriptions", s.subscribe)
	r.any("GET /v1.0/subscriptions/{id}", s.mySubscription(s.getSubscription))
	r.any("PATCH /v1.0/subscriptions/{id}", s.mySubscription(s.renewSubscription))
	r.any("DELETE /v1.0/subscriptions/{id}", s.mySubscription(s.endSubscription))
	r.any("POST /v1.0/subscriptions/{id}/reauthorize", s.mySubscription(s.reauthorize))
}

func (r routes) outlook() {
	r.held(calendars, "calendar", calendar)
	for _, of := range []string{"", "calendar/"} {
		r.held(calendars, of+"events", events)
		r.held(calendars, of+"events/{id}", event)
		r.held(calendars, of+"calendarView", calendarView)
	}
	for _, in := range []string{"", "mailFolders/{folder}/"} {
		r.held(mail, in+"messages", messages)
		r.held(mail, in+"messages/{id}", message)
	}
	r.held(mail, "mailFolders", mailFolders)
	r.held(mail, "mailFolders/{folder}", mailFolder)
	r.held(relevant, "people", people)
}

func (r routes) drives() {
	r.held(files, "drive", drive)
	r.held(files, "drive/root", driveRoot)
	r.held(files, "drive/root/children", driveRootChildren)
	r.held(files, "drive/root/{call}", driveSearch)
	r.held(files, "drive/root:/{path...}", drivePath)
	r.held(files, "drive/items/{id}", driveItem)
	r.held(files, "drive/items/{id}/children", driveItemChildren)
	r.held(files, "drive/items/{id}/content", driveItemContent)
	r.mux.HandleFunc("GET /personal/{site}/_layouts/15/download.aspx", r.s.download)
}

// unserved are methods Graph has and the emulator has not, at addresses it has:
// there a method not allowed would be untrue.
func (r routes) unserved() {
	for _, pattern := range []string{
		"POST /v1.0/users", "PATCH /v1.0/me", "DELETE /v1.0/me", "POST /v1.0/groups", "PATCH /v1.0/groups/{id}", "DELETE /v1.0/groups/{id}",
		"DELETE /v1.0/directoryObjects/{id}", "POST /v1.0/directoryRoles", "POST /v1.0/roleManagement/directory/roleAssignments",
		"PATCH /v1.0/organization/{id}", "POST /v1.0/domains", "PATCH /v1.0/policies/authorizationPolicy",
	} {
		r.mux.HandleFunc(pattern, r.s.noSegment)
	}
	for _, whose := range []string{"/v1.0/me/", "/v1.0/users/{user}/"} {
		for _, pattern := range []string{
			"PATCH %calendar", "POST %events", "PATCH %events/{id}", "DELETE %events/{id}",
			"POST %calendar/events", "PATCH %calendar/events/{id}", "DELETE %calendar/events/{id}",
			"POST %messages", "PATCH %messages/{id}", "DELETE %messages/{id}", "POST %mailFolders", "PATCH %mailFolders/{folder}", "DELETE %mailFolders/{folder}",
			"POST %mailFolders/{folder}/messages", "PATCH %mailFolders/{folder}/messages/{id}", "DELETE %mailFolders/{folder}/messages/{id}",
			"POST %drive/root/children", "PATCH %drive/items/{id}", "DELETE %drive/items/{id}", "POST %drive/items/{id}/children", "PUT %drive/items/{id}/content",
			"PUT %drive/root:/{path...}", "POST %drive/root:/{path...}", "PATCH %drive/root:/{path...}", "DELETE %drive/root:/{path...}",
		} {
			r.mux.HandleFunc(strings.Replace(pattern, "%", whose, 1), r.s.noSegment)
		}
	}
}

// any serves people and apps that act for themselves.
func (r routes) any(pattern string, serve func(*visit)) { r.mux.HandleFunc(pattern, r.s.as(serve)) }

// user serves people only.
func (r routes) user(pattern string, serve func(*visit)) {
	r.mux.HandleFunc(pattern, r.s.asUser(serve))
}

// counted serves a list and how long it is.
func (r routes) counted(set string, serve func(*visit)) {
	r.any("GET /v1.0/"+set, serve)
	r.any("GET /v1.0/"+set+"/$count", counting("/$count", serve))
}

// person serves what is about a person, the signed-in one or a named one.
func (r routes) person(method, path string, serve func(*visit, *directory.Person)) {
	r.user(method+" /v1.0/me/"+path, counting(path, func(v *visit) { serve(v, v.who) }))
	r.any(method+" /v1.0/users/{id}/"+path, counting(path, ofPath(serve)))
}

// group serves what is about a group; path begins with a slash, if it is not empty.
func (r routes) group(method, path string, serve func(*visit, *directory.Group)) {
	r.any(method+" /v1.0/groups/{id}"+path, counting(path, ofGroupPath(serve)))
}

// held serves what a person has at another service than the directory.
func (r routes) held(on *workload, path string, serve holder) {
	r.mux.HandleFunc("GET /v1.0/me/"+path, r.s.mine(on, serve))
	r.mux.HandleFunc("GET /v1.0/users/{user}/"+path, r.s.theirs(on, serve))
}

// function serves one of the functions that ask what an object is a member of.
func (r routes) function(name string, asks func(*visit, *directory.Person) bool, serve func(*visit, whose)) {
	r.person("POST", name, func(v *visit, p *directory.Person) {
		if asks(v, p) {
			serve(v, v.whoseOf(p))
		}
	})
	r.group("POST", "/"+name, func(v *visit, g *directory.Group) {
		if v.allows(readsGroups...) {
			serve(v, whose{id: g.ID})
		}
	})
	r.any("POST /v1.0/directoryObjects/{id}/"+name, ofObject(asks, serve))
}

// counting makes a list answer with its length where the path ends in $count.
func counting(path string, serve func(*visit)) func(*visit) {
	return func(v *visit) {
		v.counting = strings.HasSuffix(path, "/$count")
		serve(v)
	}
}

func ofPath(serve func(*visit, *directory.Person)) func(*visit) {
	return func(v *visit) {
		if p, ok := v.person(); ok {
			serve(v, p)
		}
	}
}

func ofGroupPath(serve func(*visit, *directory.Group)) func(*visit) {
	return func(v *visit) {
		if g, ok := v.namedGroup(); ok {
			serve(v, g)
		}
	}
}
