package msgraph_test

import (
	"strings"
	"testing"

	"gatehouse/internal/emulator/msgraph"
)

// gates are what every address of the workloads asks for: a permission that opens
// it to people and one that opens it to apps, and the error without.
var gates = []struct{ path, scope, role, code string }{
	{"calendar", "Calendars.Read", "Calendars.Read", "ErrorAccessDenied"},
	{"events", "Calendars.ReadBasic", "Calendars.Read", "ErrorAccessDenied"},
	{"events/{event}", "Calendars.Read", "Calendars.Read", "ErrorAccessDenied"},
	{"calendar/events", "Calendars.Read", "Calendars.Read", "ErrorAccessDenied"},
	{"calendar/events/{event}", "Calendars.Read", "Calendars.Read", "ErrorAccessDenied"},
	{"calendarView?startDateTime=2026-11-23&endDateTime=2026-11-30", "Calendars.Read", "Calendars.Read", "ErrorAccessDenied"},
	{"calendar/calendarView?startDateTime=2026-11-23&endDateTime=2026-11-30", "Calendars.Read", "Calendars.Read", "ErrorAccessDenied"},
	{"messages", "Mail.ReadBasic", "Mail.ReadBasic.All", "ErrorAccessDenied"},
	{"messages/{message}", "Mail.Read", "Mail.Read", "ErrorAccessDenied"},
	{"mailFolders", "Mail.Read", "Mail.Read", "ErrorAccessDenied"},
	{"mailFolders/inbox", "Mail.Read", "Mail.Read", "ErrorAccessDenied"},
	{"mailFolders/inbox/messages", "Mail.Read", "Mail.Read", "ErrorAccessDenied"},
	{"mailFolders/inbox/messages/{message}", "Mail.Read", "Mail.Read", "ErrorAccessDenied"},
	{"drive", "Files.Read", "Files.Read.All", "accessDenied"},
	{"drive/root", "Files.Read", "Files.Read.All", "accessDenied"},
	{"drive/root/children", "Files.Read.All", "Files.Read.All", "accessDenied"},
	{"drive/root/search(q='plan')", "Sites.Read.All", "Sites.Read.All", "accessDenied"},
	{"drive/root:/Reports", "Files.Read", "Files.Read.All", "accessDenied"},
	{"drive/root:/Reports:/children", "Files.Read", "Files.Read.All", "accessDenied"},
	{"drive/items/root", "Files.Read", "Files.Read.All", "accessDenied"},
	{"drive/items/root/children", "Files.Read", "Files.Read.All", "accessDenied"},
	{"people", "People.Read", "People.Read.All", "ErrorAccessDenied"},
}

// everyOther is every permission of the workloads that does not open a gate.
func everyOther(code, scope string) string {
	all := "User.Read User.Read.All Directory.Read.All Calendars.ReadBasic Calendars.Read Mail.ReadBasic Mail.Read Files.Read Files.Read.All Sites.Read.All People.Read People.Read.All"
	if code == "accessDenied" {
		scope = "Files. Sites."
	}
	family, _, _ := strings.Cut(scope, ".")
	var out []string
	for one := range strings.FieldsSeq(all) {
		if !strings.HasPrefix(one, family+".") && (code != "accessDenied" || !strings.HasPrefix(one, "Sites.")) {
			out = append(out, one)
		}
	}
	return strings.Join(out, " ")
}

func TestEveryWorkloadAsksForItsPermission(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	ids := strings.NewReplacer(
		"{event}", textOf(g.ok(g.person(nora, "Calendars.Read"), "/v1.0/me/events").first(t)["id"]),
		"{message}", textOf(g.ok(g.person(nora, "Mail.Read"), "/v1.0/me/messages").first(t)["id"]),
	)
	for _, gate := range gates {
		path := ids.Replace(gate.path)
		others := everyOther(gate.code, gate.scope)
		mine, named, byName := "/v1.0/me/"+path, "/v1.0/users/"+nora+"/"+path, "/v1.0/users/NORA@northwind.example/"+path
		g.ok(g.person(nora, gate.scope), mine)
		g.ok(g.person(nora, gate.scope), byName)
		g.ok(g.appToken(gate.role), named)
		g.ok(g.appToken(gate.role), byName)

		t.Log(mine)
		g.fetch("", mine).refuses(t, 401, "InvalidAuthenticationToken")
		g.fetch(g.person(nora, others), mine).refuses(t, 403, gate.code)
		g.fetch(g.person(nora, others), named).refuses(t, 403, gate.code)
		g.fetch(g.appToken(strings.Fields(others)...), named).refuses(t, 403, gate.code)
		g.fetch(g.appToken(gate.role), mine).refuses(t, 400, "Request_BadRequest")
		if gate.path != "people" {
			g.fetch(g.person(omar, gate.scope), named).refuses(t, 403, gate.code) // nobody shared it
		}
		if a := g.fetch(g.appToken(gate.role), "/v1.0/users/nobody@northwind.example/"+path); a.status != 404 {
			t.Errorf("a person who does not exist: %d %s", a.status, a.text)
		}
		if a := g.fetch(g.appToken(gate.role), "/v1.0/users/"+quin+"/"+path); a.status != 404 {
			t.Errorf("a person who was deleted: %d %s", a.status, a.text)
		}
		if a := g.fetch(g.appToken(gate.role), "/v1.0/users/"+pia+"/"+path); a.status != 404 {
			t.Errorf("a guest, who has none: %d %s", a.status, a.text)
		}
	}
}

func TestOthersPeopleNeedMoreThanOnesOwn(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	g.fetch(g.person(omar, "People.Read"), "/v1.0/users/"+nora+"/people").refuses(t, 403, "ErrorAccessDenied")
	if a := g.ok(g.person(omar, "People.Read.All"), "/v1.0/users/"+nora+"/people"); a.list("displayName") != "Omar Okoye|Nora Nilsen" {
		t.Errorf("listed are %s", a.text)
	}
	g.fetch(g.appToken("People.Read"), "/v1.0/users/"+nora+"/people").refuses(t, 403, "ErrorAccessDenied")
}

func TestDelegatedPermissionsAreNoApplicationPermissions(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	g.fetch(g.appToken("Files.Read"), "/v1.0/users/"+nora+"/drive").refuses(t, 403, "accessDenied")
	g.fetch(g.person(nora, "Mail.ReadBasic.All"), "/v1.0/me/messages").refuses(t, 403, "ErrorAccessDenied")
}

func TestWorkloadErrorsHaveTheirOwnEnvelopes(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	g.fetch(g.person(nora, "User.Read"), "/v1.0/me/messages").golden(t, "error-outlook-denied")
	g.fetch(g.person(nora, "Mail.Read"), "/v1.0/me/messages/AAMkAZm9v=").golden(t, "error-outlook-missing")
	g.fetch(g.person(nora, "User.Read"), "/v1.0/me/drive").golden(t, "error-drive-denied")
	g.fetch(g.person(nora, "Files.Read"), "/v1.0/me/drive/items/01NOPE").golden(t, "error-drive-missing")
	g.fetch(g.appToken("Mail.Read"), "/v1.0/users/nobody@northwind.example/messages").refuses(t, 404, "ErrorInvalidUser")
	g.fetch(g.appToken("Mail.Read"), "/v1.0/users/"+pia+"/messages").refuses(t, 404, "MailboxNotEnabledForRESTAPI")
	g.fetch(g.appToken("Files.Read.All"), "/v1.0/users/nobody@northwind.example/drive").refuses(t, 404, "ResourceNotFound")
	g.fetch(g.person(pia, "Files.Read"), "/v1.0/me/drive").refuses(t, 404, "ResourceNotFound")
	if a := g.fetch(g.person(nora, "Mail.Read"), "/v1.0/me/contacts"); a.status != 404 {
		t.Errorf("contacts are answered with %d %s", a.status, a.text)
	}
}

func TestOptionsNobodyTakesAreRefused(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	mail, cal, file, people := g.person(nora, "Mail.Read"), g.person(nora, "Calendars.Read"), g.person(nora, "Files.Read"), g.person(nora, "People.Read")
	for _, row := range []struct{ token, path, code string }{
		{mail, "messages?$expand=attachments", "ErrorInvalidUrlQuery"},
		{mail, "messages?top=3", "ErrorInvalidUrlQuery"},
		{mail, "messages?$top=0", "ErrorInvalidUrlQuery"},
		{mail, "messages?$top=1001", "ErrorInvalidUrlQuery"},
		{mail, "messages?$top=x", "RequestBroker--ParseUri"},
		{mail, "messages?$skip=-1", "RequestBroker--ParseUri"},
		{mail, "messages?$top=1&$top=2", "RequestBroker--ParseUri"},
		{mail, "messages?$count=maybe", "RequestBroker--ParseUri"},
		{mail, "messages?$top=1;$skip=2", "RequestBroker--ParseUri"},
		{mail, "messages?$select=subject,isJunk", "BadRequest"},
		{mail, "messages?$orderby=bodyPreview", "ErrorInvalidUrlQuery"},
		{mail, "messages?$orderby=subject,receivedDateTime", "ErrorInvalidUrlQuery"},
		{mail, "messages?$orderby=subject up", "ErrorInvalidUrlQuery"},
		{mail, "messages?$skiptoken=abc", "ErrorInvalidUrlQuery"},
		{mail, "mailFolders?includeHiddenFolders=true", "ErrorInvalidUrlQuery"},
		{mail, "mailFolders/inbox?$top=1", "ErrorInvalidUrlQuery"},
		{mail, "mailFolders/nowhere", "ErrorInvalidIdMalformed"},
		{mail, "mailFolders/nowhere/messages", "ErrorInvalidIdMalformed"},
		{cal, "events?$search=\"x\"", "ErrorInvalidUrlQuery"},
		{cal, "events?startDateTime=2026-11-23", "ErrorInvalidUrlQuery"},
		{cal, "calendar?$top=1", "ErrorInvalidUrlQuery"},
		{file, "drive?$expand=root", "invalidRequest"},
		{file, "drive/root?$expand=permissions", "invalidRequest"},
		{file, "drive/root/children?$skip=1", "invalidRequest"},
		{file, "drive/root/children?$filter=name eq 'a'", "invalidRequest"},
		{file, "drive/root/children?$top=1000", "invalidRequest"},
		{file, "drive/root/children?$skiptoken=abc", "invalidRequest"},
		{file, "drive/root/children?$select=sharepointIds", "BadRequest"},
		{file, "drive/root/delta", "invalidRequest"},
		{file, "drive/root/search(q='')", "invalidRequest"},
		{file, "drive/root:/notes & more.md:/content?format=pdf", "invalidRequest"},
		{people, "people?$count=true", "ErrorInvalidUrlQuery"},
		{people, "people?$filter=userPrincipalName eq 'a'", "ErrorInvalidProperty"},
	} {
		t.Log(row.path)
		g.fetch(row.token, "/v1.0/me/"+row.path).refuses(t, 400, row.code)
	}
}
