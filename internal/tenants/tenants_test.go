package tenants_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestSlugsAreOneLabelOfAHostName(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"contoso", "a1", "north-wind", strings.Repeat("a", 40)} {
		if s, err := tenants.ParseSlug(good); err != nil || s.String() != good {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, complaint := range map[string]string{
		"": "2 to 40", "a": "2 to 40", strings.Repeat("a", 41): "2 to 40", "Contoso": "lowercase", "-contoso": "lowercase",
		"contoso-": "lowercase", "con.toso": "lowercase", "con/toso": "lowercase", "cöntoso": "lowercase", "admin": "reserved", "api": "reserved",
	} {
		if _, err := tenants.ParseSlug(bad); err == nil || !strings.Contains(err.Error(), complaint) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v, want a complaint about %q", bad, err, complaint)
		}
	}
}

func TestGUIDsHaveOneSpelling(t *testing.T) {
	t.Parallel()
	const lower = "9188040d-6c67-4c5b-b112-36a304b66dad"
	g, err := tenants.ParseGUID(strings.ToUpper(lower))
	if err != nil || g.String() != lower || g != tenants.MustGUID(lower) {
		t.Errorf("%v %v", g, err)
	}
	for _, bad := range []string{"", "{" + lower + "}", "urn:uuid:" + lower, strings.ReplaceAll(lower, "-", ""), lower + "0", "9188040d-6c67-4c5b-b112-36a304b66dag"} {
		if _, err := tenants.ParseGUID(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestIDsSurviveTextAndNoneIsNobody(t *testing.T) {
	t.Parallel()
	id := tenants.NewID()
	raw, err := json.Marshal(id)
	if err != nil {
		t.Fatal(err)
	}
	var back tenants.ID
	if err := json.Unmarshal(raw, &back); err != nil || back != id {
		t.Errorf("%s: %v %v", raw, back, err)
	}
	if _, err := tenants.ParseID("00000000-0000-0000-0000-000000000000"); err == nil {
		t.Error("the nil UUID names an organization")
	}
}

func valid() tenants.Organization {
	return tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()},
		State: tenants.Active, Mode: tenants.Direct,
		Connection: tenants.Connection{
			Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only, Resource: "https://mcp.example.com/t/contoso/mcp",
			Scope: "access_as_user", AppRole: "Tools.Execute.All", Guests: tenants.Admit, Agents: tenants.Refuse, Apps: tenants.Admit,
			GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured, ID: tenants.NewGUID(), Model: tenants.OwnApp, Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
}

// withShared is an organization with the platform's app, that people sign in to
// through Gatehouse.
func withShared(o tenants.Organization) tenants.Organization {
	o.Mode, o.Connection.Model, o.Connection.Credential = tenants.Brokered, tenants.SharedApp, tenants.Credential{}
	return o
}

func TestEachRuleOfAnOrganizationIsHeld(t *testing.T) {
	t.Parallel()
	if err := valid().Validate(); err != nil {
		t.Fatal(err)
	}
	if err := withShared(valid()).Validate(); err != nil {
		t.Error(err)
	}
	for complaint, spoil := range map[string]func(*tenants.Organization){
		"organization id":    func(o *tenants.Organization) { o.ID = tenants.ID{} },
		"slug is missing":    func(o *tenants.Organization) { o.Slug = tenants.Slug{} },
		"name is empty":      func(o *tenants.Organization) { o.Name = "  " },
		"ID is missing":      func(o *tenants.Organization) { o.TID = tenants.TID{} },
		"personal Microsoft": func(o *tenants.Organization) { o.TID.GUID = tenants.MustGUID("9188040d-6c67-4c5b-b112-36a304b66dad") },
		"state":              func(o *tenants.Organization) { o.State = "gone" },
		"auth mode":          func(o *tenants.Organization) { o.Mode = "magic" },
		"signIn.mode":        func(o *tenants.Organization) { *o = withShared(*o); o.Mode = tenants.Direct },
		"set signIn.mode":    func(o *tenants.Organization) { *o = withShared(*o); o.Mode = tenants.Facade },
		"cloud":              func(o *tenants.Organization) { o.Connection.Cloud = "mars" },
		"client id":          func(o *tenants.Organization) { o.Connection.ClientID = tenants.GUID{} },
		"token versions":     func(o *tenants.Organization) { o.Connection.Versions = "v3" },
		"identifier URI":     func(o *tenants.Organization) { o.Connection.Resource += "/" },
		"scope":              func(o *tenants.Organization) { o.Connection.Scope = "a b" },
		"guests":             func(o *tenants.Organization) { o.Connection.Guests = "" },
		"agents":             func(o *tenants.Organization) { o.Connection.Agents = "perhaps" },
		"app role":           func(o *tenants.Organization) { o.Connection.AppRole = "" },
		"group source":       func(o *tenants.Organization) { o.Connection.GroupSource = "guess" },
		"needs a credential": func(o *tenants.Organization) { o.Connection.Credential = tenants.Credential{} },
		"groups claim":       func(o *tenants.Organization) { o.Connection.GroupsClaim = "" },
		"soft limit":         func(o *tenants.Organization) { o.Membership.Hard = time.Second },
		"browser origin":     func(o *tenants.Organization) { o.Origins = []string{"https://a.example", "https://A.example"} },
	} {
		o := valid()
		spoil(&o)
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), complaint) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", complaint, err)
		}
	}
	if err := (tenants.Organization{}).Validate(); err == nil || strings.Count(err.Error(), "\n") < 5 {
		t.Errorf("not all complaints at once: %v", err)
	}
}
