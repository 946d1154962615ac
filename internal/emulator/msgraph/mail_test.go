package msgraph_test

import (
	"strings"
	"testing"

	"gatehouse/internal/emulator/msgraph"
)

func TestMessagesAreShapedAsDocumented(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Mail.Read")
	all := g.ok(token, "/v1.0/me/messages?$top=1")
	all.golden(t, "messages")
	id := textOf(all.first(t)["id"])
	g.ok(token, "/v1.0/me/messages/"+id+"?$select=subject,body,uniqueBody", "Prefer", `outlook.body-content-type="text"`).golden(t, "message-text")
	g.ok(token, "/v1.0/me/mailFolders").golden(t, "mailfolders")
	if one := g.ok(token, "/v1.0/me/messages/"+id); one.json["uniqueBody"] != nil || one.json["subject"] != "Invoice 4711" {
		t.Errorf("the message is %s", one.text)
	}
}

func TestMessagesAreFilteredAndOrdered(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Mail.Read")
	for query, want := range map[string]string{
		"":                               "Invoice 4711|Re: Invoice|Welcome",
		"$orderby=receivedDateTime":      "Welcome|Re: Invoice|Invoice 4711",
		"$orderby=ReceivedDateTime desc": "Invoice 4711|Re: Invoice|Welcome",
		"$filter=isRead eq false":        "Re: Invoice|Welcome",
		"$filter=isRead ne false":        "Invoice 4711",
		"$filter=receivedDateTime ge 2026-11-23T10:00:00Z":                                          "Invoice 4711|Re: Invoice",
		"$filter=receivedDateTime gt 2026-11-23T10:00:00Z":                                          "Invoice 4711",
		"$filter=receivedDateTime lt 2026-11-22":                                                    "Welcome",
		"$filter=receivedDateTime ge 2026-11-23 and isRead eq false&$orderby=receivedDateTime desc": "Re: Invoice",
		"$filter=from/emailAddress/address eq 'OMAR@northwind.example'":                             "Invoice 4711",
		"$filter=from/emailAddress/name eq 'Omar Okoye'":                                            "Invoice 4711",
		"$filter=contains(subject,'invoice')":                                                       "Invoice 4711|Re: Invoice",
		"$filter=hasAttachments eq true":                                                            "",
		"$search=\"bicycle\"":                                                                       "Invoice 4711",
		"$search=\"BICY\"":                                                                          "Invoice 4711",
		"$search=\"icycle\"":                                                                        "",
		"$search=invoice":                                                                           "Invoice 4711|Re: Invoice",
		"$search=\"invoice AND payment\"":                                                           "Re: Invoice",
		"$search=\"subject:welcome\"":                                                               "Welcome",
		"$search=\"subject:payment\"":                                                               "",
		"$search=\"body:payment from:bank\"":                                                        "Re: Invoice",
		"$search=\"from:omar\"":                                                                     "Invoice 4711",
		"$search=\"to:nora\"":                                                                       "Invoice 4711|Re: Invoice|Welcome",
		"$search=\"participants:omar\"":                                                             "Invoice 4711",
		"$search=\"\\\"the red\\\"\"":                                                               "Invoice 4711",
		"$search=\"\\\"red the\\\"\"":                                                               "",
		"$search=\"body:\\\"glad to ha\\\"\"":                                                       "Welcome",
	} {
		if got := g.ok(token, "/v1.0/me/messages?"+strings.ReplaceAll(query, "\\\"", "%5C%22")).list("subject"); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for query, code := range map[string]string{
		"$search=\"a\"&$orderby=receivedDateTime":                "SearchWithOrderBy",
		"$search=\"a\"&$filter=isRead eq false":                  "SearchWithFilter",
		"$search=\"a\"&$skip=1":                                  "SearchWithSkip",
		"$search=\"a\"&$count=true":                              "SearchWithCount",
		"$search=two words":                                      "BadRequest",
		"$search=\"\"":                                           "BadRequest",
		"$search=\"a OR b\"":                                     "BadRequest",
		"$search=\"NOT a\"":                                      "BadRequest",
		"$search=\"-a\"":                                         "BadRequest",
		"$search=\"(a)\"":                                        "BadRequest",
		"$search=\"received>=2026-01-01\"":                       "BadRequest",
		"$search=\"colour:red\"":                                 "BadRequest",
		"$filter=isRead eq false&$orderby=receivedDateTime desc": "InefficientFilter",
		"$filter=isRead eq false and receivedDateTime ge 2026-11-01&$orderby=receivedDateTime": "InefficientFilter",
		"$filter=bodyPreview eq 'a'":               "ErrorInvalidProperty",
		"$filter=isJunk eq true":                   "RequestBroker--ParseUri",
		"$filter=receivedDateTime ge '2026-11-23'": "RequestBroker--ParseUri",
	} {
		t.Log(query)
		g.fetch(token, "/v1.0/me/messages?"+query).refuses(t, 400, code)
	}
}

func TestPagesOfMessagesFollowEachOther(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Mail.Read")
	walk := func(target string) string {
		t.Helper()
		var subjects []string
		for range 5 {
			a := g.ok(token, target)
			subjects = append(subjects, a.list("subject"))
			if a.json["@odata.nextLink"] == nil {
				return strings.Join(subjects, "/")
			}
			target = a.next(t)
		}
		return "it does not end"
	}
	if got := walk("/v1.0/me/mailFolders/inbox/messages?$top=2&$select=subject&$orderby=subject"); got != "Invoice 4711|Re: Invoice/Welcome" {
		t.Errorf("pages are %s", got)
	}
	if got := walk("/v1.0/me/messages?$top=1&$search=\"invoice\""); got != "Invoice 4711/Re: Invoice" {
		t.Errorf("pages of a search are %s", got)
	}
	counted := g.ok(token, "/v1.0/me/messages?$top=1&$count=true&$filter=isRead eq false")
	if counted.json["@odata.count"] != 2.0 || !strings.Contains(counted.next(t), "%24filter=isRead") {
		t.Errorf("the page is %s", counted.text)
	}
	page := g.ok(token, "/v1.0/me/messages?$top=1&$search=\"invoice\"").next(t)
	g.fetch(token, strings.Replace(page, "/me/messages", "/me/mailFolders/inbox/messages", 1)).refuses(t, 400, "ErrorInvalidUrlQuery")
}

func TestFoldersOtherThanTheInboxAreEmpty(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Mail.Read")
	if a := g.ok(token, "/v1.0/me/mailFolders/SentItems/messages"); a.list("subject") != "" {
		t.Errorf("sent are %s", a.text)
	}
	folder := g.ok(token, "/v1.0/me/mailFolders/inbox")
	if folder.json["totalItemCount"] != 3.0 || folder.json["unreadItemCount"] != 2.0 {
		t.Errorf("the inbox is %s", folder.text)
	}
	if a := g.ok(token, "/v1.0/me/mailFolders/"+textOf(folder.json["id"])+"/messages"); len(a.list("subject")) == 0 || textOf(a.first(t)["parentFolderId"]) != folder.json["id"] {
		t.Errorf("the inbox by id has %s", a.text)
	}
	if a := g.ok(token, "/v1.0/me/mailFolders?$filter=displayName eq 'drafts'&$count=true"); a.list("displayName") != "Drafts" || a.json["@odata.count"] != 1.0 {
		t.Errorf("filtered are %s", a.text)
	}
	g.fetch(token, "/v1.0/me/mailFolders/AAMkAZm9v=/messages").refuses(t, 404, "ErrorItemNotFound")
}

func TestBasicMailPermissionShowsNoBodiesAndSearchesNone(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "Mail.ReadBasic")
	a := g.ok(token, "/v1.0/me/messages")
	if entry := a.first(t); entry["body"] != nil || entry["bodyPreview"] != nil || strings.Contains(a.text, "bicycle") || entry["subject"] == nil {
		t.Errorf("listed are %s", a.text)
	}
	if chosen := g.ok(token, "/v1.0/me/messages?$select=body,uniqueBody"); strings.Contains(chosen.text, "bicycle") {
		t.Errorf("listed are %s", chosen.text)
	}
	g.fetch(token, "/v1.0/me/messages?$search=\"bicycle\"").refuses(t, 403, "ErrorAccessDenied")
}

func TestAMailboxWithNothingInItListsNothing(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(omar, "Mail.Read Calendars.Read People.Read Files.Read")
	for _, path := range []string{"messages", "events", "people", "drive/root/children"} {
		if a := g.ok(token, "/v1.0/me/"+path); !strings.Contains(a.text, `"value":[]`) {
			t.Errorf("%s: %s", path, a.text)
		}
	}
}
