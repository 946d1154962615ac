package organizations_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// connect makes a connection as if a person had agreed to an AI client.
func (k *stack) connect(t *testing.T, slug string, person tenants.GUID) connections.Connection {
	t.Helper()
	org := k.orgs[slug].ID
	c, err := k.db.Connect(t.Context(), authz.SystemCaller(org, "test"), connections.Connection{
		ID: tenants.NewGUID(), Person: connections.Person{OID: person, Name: "Somebody"}, Client: "https://editor.example/client.json",
		Software: "https://editor.example", Name: "Editor", Host: "editor.example", Redirect: "127.0.0.1",
	}, connections.Grant{ID: tenants.NewGUID(), EndsAt: time.Now().Add(connections.AbsoluteLife)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTheSignInModeIsKept: what is read after a change is what the change answered,
// to the microsecond, so that its tag is good for the next.
func TestTheSignInModeIsKept(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	alice := k.as(t, "contoso", "alice")
	var o console.Organization
	read := alice.get(at("contoso"), &o)
	settings := console.OrganizationSettings{Name: o.Name, Origins: o.Origins, Membership: o.Membership, SignIn: &console.SignInChange{
		SignInSettings: console.SignInSettings{Mode: tenants.Brokered, AcceptEntraTokens: true, UnknownClients: tenants.Admit},
	}}
	changed := alice.ask(http.MethodPut, at("contoso"), settings, with("If-Match", read.header.Get("ETag")))
	changed.want(http.StatusOK).into(&o)
	if o.SignIn.SignInSettings != settings.SignIn.SignInSettings || o.SignIn.Since == nil || time.Since(*o.SignIn.Since) > time.Hour {
		t.Errorf("%+v", o.SignIn)
	}
	settings.SignIn.CutOff = true
	cut := alice.ask(http.MethodPut, at("contoso"), settings, with("If-Match", changed.header.Get("ETag")))
	o = console.Organization{}
	if cut.want(http.StatusOK).into(&o); o.SignIn.SignInSettings != settings.SignIn.SignInSettings || o.SignIn.Since != nil {
		t.Errorf("cut off it is %+v", o.SignIn)
	}
	if document := alice.send(http.MethodGet, at("contoso", "configuration"), "").want(http.StatusOK).body; !strings.Contains(document, `"signIn":{"mode":"brokered","acceptEntraTokens":true,"unknownClients":"admit"}`) {
		t.Errorf("the document says %s", document)
	}
	log := k.records(t, "contoso")
	if after := log[len(log)-2].After; !strings.Contains(after, `"authMode":"brokered"`) {
		t.Errorf("the record of the switch says %s", after)
	}
}

// TestSharedAppIsForPeopleWhoSignInThroughGatehouse: whichever comes first, the app or
// the mode, the other is refused, and the refusal says what to do.
func TestSharedAppIsForPeopleWhoSignInThroughGatehouse(t *testing.T) {
	t.Parallel()
	ada := start(t, withShared(t, tenants.ClientSecret)).claim(t)
	begins := console.SignInSettings{Mode: tenants.Brokered, UnknownClients: tenants.Refuse}
	if ada.org.SignIn.SignInSettings != begins {
		t.Errorf("it begins with %+v", ada.org.SignIn)
	}
	ada.put(at("adatum", "connection"), ada.shared()).want(http.StatusOK)
	for _, mode := range []tenants.AuthMode{tenants.Direct, tenants.Facade} {
		ada.signsIn(console.SignInSettings{Mode: mode, UnknownClients: tenants.Refuse}).refused(http.StatusUnprocessableEntity, "connect an app registration of your own")
	}
	ada.put(at("adatum", "connection"), ada.own(tenants.NewGUID())).want(http.StatusOK)
	ada.signsIn(console.SignInSettings{Mode: tenants.Direct, UnknownClients: tenants.Refuse}).want(http.StatusOK)
	ada.put(at("adatum", "connection"), ada.shared()).refused(http.StatusUnprocessableEntity, "set signIn.mode to brokered")
	ada.signsIn(begins).want(http.StatusOK)
	ada.put(at("adatum", "connection"), ada.shared()).want(http.StatusOK)
}

func TestConnectionsAreRevokedByTheirPersonAndByAdmins(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	alice, bob := k.as(t, "contoso", "alice"), k.as(t, "contoso", "bob")
	me := bob.session()
	mine, theirs := k.connect(t, "contoso", me.OID), k.connect(t, "contoso", tenants.NewGUID())

	var page console.Page[console.ClientConnection]
	alice.get(at("contoso", "connections")+"?limit=1", &page)
	if len(page.Items) != 1 || page.Items[0].ID != theirs.ID || page.NextCursor == "" {
		t.Errorf("%+v", page)
	}
	cursor := "?limit=1&cursor=" + url.QueryEscape(page.NextCursor)
	page = console.Page[console.ClientConnection]{}
	if alice.get(at("contoso", "connections")+cursor, &page); len(page.Items) != 1 || page.Items[0].ID != mine.ID || page.NextCursor != "" {
		t.Errorf("then %+v", page)
	}

	page = console.Page[console.ClientConnection]{}
	if bob.get("/api/me/connections", &page); len(page.Items) != 1 || page.Items[0].ID != mine.ID {
		t.Errorf("bob's are %+v", page)
	}
	bob.send(http.MethodDelete, "/api/me/connections/"+theirs.ID.String(), "").want(http.StatusNotFound)
	bob.send(http.MethodDelete, "/api/me/connections/"+mine.ID.String(), "").want(http.StatusNoContent)
	alice.send(http.MethodDelete, at("contoso", "connections", theirs.ID.String()), "").want(http.StatusNoContent)
	alice.send(http.MethodDelete, at("contoso", "connections", theirs.ID.String()), "").refused(http.StatusNotFound, "no such connection")
	snapshot, err := k.db.LoadSnapshot(t.Context(), k.orgs["contoso"].ID)
	if err != nil {
		t.Fatal(err)
	}
	covered := authz.IndexRevocations(snapshot.Revocations)
	for who, c := range map[string]connections.Connection{"bob's": mine, "the other's": theirs} {
		if !covered.Covers(authz.Identity{OID: c.Person.OID, Connection: c.ID, IssuedAt: time.Now()}) {
			t.Errorf("%s tokens are good", who)
		}
	}
}

func TestRequestsForClientsAreListedAndDismissed(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	alice := k.as(t, "contoso", "alice")
	const software = "Agent <cursor://agent/cb> <http://127.0.0.1/cb?x=1&y=%20+>"
	err := k.db.Ask(t.Context(), authz.SystemCaller(k.orgs["contoso"].ID, "test"), connections.Request{
		Software: software, Name: "Agent", Redirect: "127.0.0.1", Person: tenants.NewGUID(), Asked: "Bob",
	})
	if err != nil {
		t.Fatal(err)
	}
	var page console.Page[console.ClientRequest]
	if alice.get(at("contoso", "client-requests"), &page); len(page.Items) != 1 || page.Items[0].Software != software || page.Items[0].Times != 1 {
		t.Errorf("%+v", page)
	}
	named := at("contoso", "client-requests") + "?software=" + url.QueryEscape(software)
	alice.send(http.MethodDelete, named, "").want(http.StatusNoContent)
	alice.send(http.MethodDelete, named, "").refused(http.StatusNotFound, "nobody waits for this")
}
