package onboarding_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

func registrar(m *memory, a onboarding.Admission) *onboarding.Registrar {
	return &onboarding.Registrar{
		Store: m, Operator: m, Admission: a, Cloud: tenants.PublicCloud,
		Actor: func(id authz.Identity) authz.Caller { return authz.SystemCaller(id.Org, id.OID.String()) },
		Now:   func() time.Time { return noon },
	}
}

func as(o tenants.Organization) authz.Caller { return authz.SystemCaller(o.ID, "test") }

// applicant signs somebody of Contoso in, with a token that tells roles.
func (r *rig) applicant(username, oid string, roles ...string) onboarding.Applicant {
	r.t.Helper()
	a := onboarding.Applicant{
		Session: onboarding.Session{TID: mustTID(contosoID), OID: tenants.MustGUID(oid), Name: username, Username: username + "@contoso.example", RolesTold: true, SignedIn: noon},
		Graph:   r.client, As: asking(r.password(contosoID, username+"@contoso.example", "User.Read RoleManagement.Read.Directory Directory.Read.All")),
	}
	for _, role := range append(roles, "b79fbf4d-3ef9-4689-8143-76b194e85509") {
		a.Session.Roles = append(a.Session.Roles, tenants.MustGUID(role))
	}
	return a
}

func wants(t *testing.T, err error, kind fault.Kind, says string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind || !strings.Contains(fault.Public(err), says) {
		t.Errorf("error is %v, want one of kind %s that says %q", err, kind, says)
	}
}

var contosoSlug = tenants.MustSlug("contoso")

func TestAnAdministratorClaimsTheirDirectory(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	for admission, state := range map[onboarding.Admission]tenants.State{
		onboarding.Open: tenants.Onboarding, onboarding.ByApproval: tenants.Pending, onboarding.ByInvitation: tenants.Onboarding,
	} {
		m := newMemory()
		got, err := registrar(m, admission).Claim(t.Context(), r.applicant("ada", adaID, globalAdministrator), onboarding.ClaimRequest{Slug: contosoSlug, Invitation: "welcome"})
		if err != nil {
			t.Fatal(err)
		}
		o := m.all[got.Organization.ID]
		if got.Joined != nil || o.TID.String() != contosoID || o.Name != "Contoso" || o.State != state || o.Connection.ID.IsZero() {
			t.Errorf("organization is %+v", o)
		}
		if want := (tenants.SignIn{Mode: tenants.Brokered, UnknownClients: tenants.Refuse}); o.SignIn() != want {
			t.Errorf("people sign in so: %+v", o.SignIn())
		}
		invited := map[bool]string{true: "Olga"}[admission == onboarding.ByInvitation]
		if m.grounds.Admission != string(admission) || m.grounds.Invitation.By.Name != invited || !m.grounds.Slug.Slug.IsZero() {
			t.Errorf("%s: the claim rests on %+v", admission, m.grounds)
		}
		if g := m.grants[o.ID]; len(g) != 1 || g[0].Role != tenants.Owner || g[0].Grantee.ID.String() != adaID {
			t.Errorf("grants are %v", g)
		}
	}
}

func TestClaimsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	ada := r.applicant("ada", adaID, globalAdministrator)
	with := func(change func(*onboarding.Applicant)) onboarding.Applicant {
		a := ada
		change(&a)
		return a
	}
	good := onboarding.ClaimRequest{Slug: contosoSlug, Invitation: "welcome"}
	for name, c := range map[string]struct {
		who  onboarding.Applicant
		req  onboarding.ClaimRequest
		kind fault.Kind
		says string
	}{
		"nobody":                 {with(func(a *onboarding.Applicant) { a.Session = onboarding.Session{} }), good, fault.Unauthenticated, "sign in"},
		"a guest with a role":    {with(func(a *onboarding.Applicant) { a.Session.Guest = true }), good, fault.Forbidden, "guest"},
		"a personal account":     {with(func(a *onboarding.Applicant) { a.Session.TID = mustTID("9188040d-6c67-4c5b-b112-36a304b66dad") }), good, fault.Forbidden, "personal"},
		"a member":               {r.applicant("ada", adaID), good, fault.Forbidden, "It takes one of: Global Administrator"},
		"a reader":               {r.applicant("ada", adaID, "f2ef992c-3afb-46b9-b7cf-a126ee74c451"), good, fault.Forbidden, "Global Reader"},
		"an eligible one":        {r.applicant("ann", annID), good, fault.Forbidden, "eligible for Cloud Application Administrator"},
		"without Graph":          {with(func(a *onboarding.Applicant) { a.Graph = nil }), good, fault.Forbidden, "verified domains"},
		"another tenant's Graph": {with(func(a *onboarding.Applicant) { a.Session.TID = mustTID(platformID) }), good, fault.Forbidden, "another directory"},
		"another's slug":         {ada, onboarding.ClaimRequest{Slug: tenants.MustSlug("platform-x"), Invitation: "welcome"}, fault.Forbidden, "use contoso"},
		"no slug":                {ada, onboarding.ClaimRequest{Invitation: "welcome"}, fault.Invalid, "slug"},
		"no invitation":          {ada, onboarding.ClaimRequest{Slug: contosoSlug}, fault.Forbidden, "invitation"},
	} {
		m := newMemory()
		_, err := registrar(m, onboarding.ByInvitation).Claim(t.Context(), c.who, c.req)
		if wants(t, err, c.kind, c.says); len(m.all) > 0 || !m.bound.IsZero() {
			t.Errorf("%s: it was claimed, or the invitation used", name)
		}
	}
}

func TestASlugOfTheOperatorsChoiceIsTaken(t *testing.T) {
	t.Parallel()
	r, m := newRig(t, world()), newMemory()
	_, err := registrar(m, onboarding.Open).Claim(t.Context(), r.applicant("ada", adaID, globalAdministrator), onboarding.ClaimRequest{Slug: tenants.MustSlug("approved"), Name: "Ours"})
	if err != nil || len(m.all) != 1 || m.grounds.Slug.By.Name != "Otto" || m.grounds.Slug.Slug != tenants.MustSlug("approved") {
		t.Errorf("%v, %+v, %v", m.all, m.grounds, err)
	}
}

func TestASecondAdministratorJoins(t *testing.T) {
	t.Parallel()
	r, m := newRig(t, world()), newMemory()
	reg := registrar(m, onboarding.Open)
	first, err := reg.Claim(t.Context(), r.applicant("ada", adaID, globalAdministrator), onboarding.ClaimRequest{Slug: contosoSlug})
	if err != nil {
		t.Fatal(err)
	}
	_, err = reg.Claim(t.Context(), r.applicant("ann", annID, cloudAdministrator), onboarding.ClaimRequest{Slug: tenants.MustSlug("elsewhere")})
	wants(t, err, fault.Conflict, "send the slug "+contosoSlug.String())
	if len(m.grants[first.Organization.ID]) != 1 {
		t.Error("a claim with another slug joins")
	}
	second, err := reg.Claim(t.Context(), r.applicant("ann", annID, cloudAdministrator), onboarding.ClaimRequest{Slug: contosoSlug})
	if err != nil || second.Joined == nil || second.Joined.Role != tenants.Admin || second.Organization.ID != first.Organization.ID || len(m.all) != 1 {
		t.Errorf("second claim: %+v, %v", second, err)
	}
	grants := m.grants[first.Organization.ID]
	if len(grants) != 2 || grants[1].Role != tenants.Admin || grants[1].Grantee.ID.String() != annID || !strings.Contains(m.log[len(m.log)-1], "joined as admin") {
		t.Errorf("grants are %v, log is %q", grants, m.log)
	}
	again, err := reg.Claim(t.Context(), r.applicant("ada", adaID, globalAdministrator), onboarding.ClaimRequest{Slug: contosoSlug})
	if err != nil || again.Joined != nil || m.grants[first.Organization.ID][0].Role != tenants.Owner || len(m.grants[first.Organization.ID]) != 2 {
		t.Errorf("the owner lost something, or joined what they own: %v, %+v, %v", m.grants[first.Organization.ID], again, err)
	}
	if third, err := reg.Claim(t.Context(), r.applicant("ann", annID, cloudAdministrator), onboarding.ClaimRequest{Slug: contosoSlug}); err != nil || third.Joined == nil || third.Joined.Role != tenants.Admin {
		t.Errorf("who joined is told something else when asking again: %+v, %v", third, err)
	}
	if !slices.Equal(m.told, []tenants.NoticeKind{tenants.AdminJoined}) {
		t.Errorf("the others are told of %v", m.told)
	}
	_, err = reg.Claim(t.Context(), r.applicant("ann", annID), onboarding.ClaimRequest{Slug: contosoSlug})
	wants(t, err, fault.Forbidden, "eligible")
}

// TestJoiningTakesARoleOfThisMoment: what an ID token of five minutes ago says is
// over; Graph, which is asked then, knows that the role was taken away.
func TestJoiningTakesARoleOfThisMoment(t *testing.T) {
	t.Parallel()
	r, m := newRig(t, world()), newMemory()
	o := contoso()
	m.all[o.ID] = o
	join := func(a onboarding.Applicant) error {
		_, err := registrar(m, onboarding.Open).Claim(t.Context(), a, onboarding.ClaimRequest{Slug: contosoSlug})
		return err
	}
	ann := r.applicant("ann", annID, cloudAdministrator)
	ann.Session.SignedIn = noon.Add(-5 * time.Minute)
	wants(t, join(ann), fault.Forbidden, "eligible")
	ann.Graph = nil
	wants(t, join(ann), fault.Forbidden, "Sign in again")
	if len(m.log) > 0 {
		t.Fatalf("log is %q", m.log)
	}
	ada := r.applicant("ada", adaID, globalAdministrator)
	ada.Session.SignedIn = noon.Add(-time.Hour)
	if err := join(ada); err != nil {
		t.Errorf("an administrator who still is one: %v", err)
	}
	ann.Session.SignedIn = noon.Add(-5*time.Minute + time.Second)
	if err := join(ann); err != nil {
		t.Errorf("a sign-in of just now: %v", err)
	}
}

func TestJoiningLeavesARoleAsItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	me := tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.MustGUID(annID)}
	for name, row := range map[string]struct {
		held []tenants.RoleGrant
		want tenants.Role // none: joining is refused
	}{
		"a viewer":             {[]tenants.RoleGrant{{Role: tenants.Viewer, Grantee: me}}, tenants.Viewer},
		"an admin for a time":  {[]tenants.RoleGrant{{Role: tenants.Admin, Grantee: me, EndsAt: noon.Add(time.Hour)}}, tenants.Admin},
		"an admin of the past": {[]tenants.RoleGrant{{Role: tenants.Admin, Grantee: me, EndsAt: noon}}, ""},
		"a viewer who was one": {[]tenants.RoleGrant{{Role: tenants.Viewer, Grantee: me}, {Role: tenants.Admin, Grantee: me, EndsAt: noon}}, tenants.Viewer},
		"a viewer and admin":   {[]tenants.RoleGrant{{Role: tenants.Viewer, Grantee: me}, {Role: tenants.Admin, Grantee: me}}, tenants.Admin},
	} {
		m, o := newMemory(), contoso()
		m.all[o.ID], m.grants[o.ID] = o, row.held
		got, err := registrar(m, onboarding.Open).Claim(t.Context(), r.applicant("ann", annID, cloudAdministrator), onboarding.ClaimRequest{Slug: contosoSlug})
		if row.want == "" {
			wants(t, err, fault.Forbidden, "has ended")
		} else if err != nil || got.Joined == nil || got.Joined.Role != row.want || got.Joined.EndsAt != row.held[len(row.held)-1].EndsAt && len(row.held) == 1 {
			t.Errorf("%s: %+v, %v", name, got.Joined, err)
		}
		if !slices.Equal(m.grants[o.ID], row.held) || len(m.log) > 0 {
			t.Errorf("%s: %v, log is %q", name, m.grants[o.ID], m.log)
		}
	}
}

func TestWhoeverIsSlowerJoins(t *testing.T) {
	t.Parallel()
	r, m := newRig(t, world()), newMemory()
	m.race = func(m *memory) {
		o := contoso()
		m.all[o.ID] = o
	}
	got, err := registrar(m, onboarding.Open).Claim(t.Context(), r.applicant("ada", adaID, globalAdministrator), onboarding.ClaimRequest{Slug: contosoSlug})
	if err != nil || got.Joined == nil || got.Organization.ID != orgID || len(m.all) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestASlugThatAnotherDirectoryHasIsAConflict(t *testing.T) {
	t.Parallel()
	r, m := newRig(t, world()), newMemory()
	o := contoso()
	o.TID = mustTID(platformID)
	m.all[o.ID] = o
	_, err := registrar(m, onboarding.Open).Claim(t.Context(), r.applicant("ada", adaID, globalAdministrator), onboarding.ClaimRequest{Slug: contosoSlug})
	wants(t, err, fault.Conflict, "taken")
}

func TestRolesThatTheTokenDoesNotTellComeFromGraph(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	ada := r.applicant("ada", adaID)
	ada.Session.RolesTold, ada.Session.Roles = false, nil
	if o, err := onboarding.Prove(t.Context(), ada, tenants.PublicCloud); err != nil || !o.Proven || o.By != entra.GlobalAdministrator {
		t.Errorf("ownership is %+v, %v", o, err)
	}
	ada.As = asking(r.password(contosoID, "ada@contoso.example", "User.Read"))
	if o, err := onboarding.Prove(t.Context(), ada, tenants.PublicCloud); err != nil || o.Proven || !strings.Contains(o.Remedy, "RoleManagement.Read.Directory") {
		t.Errorf("ownership is %+v, %v", o, err)
	}
	ada.Graph = nil
	if o, err := onboarding.Prove(t.Context(), ada, tenants.PublicCloud); err != nil || o.Proven || o.Explanation == "" {
		t.Errorf("ownership is %+v, %v", o, err)
	}
}

func TestEveryRoleOfTheListProvesOwnershipAndNoOther(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]bool{
		globalAdministrator: true, cloudAdministrator: true, "e8611ab8-c189-46e8-94e1-60213ab1f814": true, "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": true,
		"b79fbf4d-3ef9-4689-8143-76b194e85509": false, "f2ef992c-3afb-46b9-b7cf-a126ee74c451": false, "194ae4cb-b126-40b2-bd5b-6091b380977d": false, staffID: false,
	} {
		a := onboarding.Applicant{Session: onboarding.Session{TID: mustTID(contosoID), OID: tenants.MustGUID(adaID), RolesTold: true, SignedIn: noon, Roles: []tenants.GUID{tenants.MustGUID(role)}}}
		if o, err := onboarding.Prove(t.Context(), a, tenants.PublicCloud); err != nil || o.Proven != want {
			t.Errorf("%s proves: %v, %v", role, o.Proven, err)
		}
	}
}

func TestAnEligibleRoleIsNamedWithTheWayToActivateIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	o, err := onboarding.Prove(t.Context(), r.applicant("ann", annID), tenants.USGovCloud)
	if err != nil || o.Proven || len(o.Eligible) != 1 || !strings.Contains(o.Remedy, "Privileged Identity Management") || !strings.HasPrefix(o.Link, "https://entra.microsoft.us/#view/Microsoft_Azure_PIM") {
		t.Errorf("ownership is %+v, %v", o, err)
	}
}

func TestTheColleagueIsToldWhatIsAsked(t *testing.T) {
	t.Parallel()
	got := onboarding.Refer("https://gatehouse.example/", onboarding.Session{TID: mustTID(contosoID), Name: "Ann"}, "Contoso")
	if got.Link != "https://gatehouse.example/auth/sign-in?tenant="+contosoID+"&return=/o" || !strings.Contains(got.Text, got.Link) || !strings.Contains(got.Text, "Ann would like to connect Contoso") {
		t.Errorf("referral is %+v", got)
	}
}

func TestSlugsAreLabelsOfRegisteredDomains(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		initial bool
		want    string
	}{
		"contoso.com": {want: "contoso"}, "Contoso.COM": {want: "contoso"}, "mail.contoso.co.uk": {want: "contoso"}, "apple.evil.com": {want: "evil"}, "co.uk": {want: ""}, "com": {want: ""},
		"contoso.onmicrosoft.com": {initial: true, want: "contoso"}, "apple.onmicrosoft.com": {want: ""}, "a.mail.onmicrosoft.com": {initial: true, want: ""},
		"contoso.onmicrosoft.us": {initial: true, want: "contoso"}, "contoso.partner.onmschina.cn": {initial: true, want: "contoso"},
		"console.com": {want: ""}, "admin.de": {want: ""}, "x.com": {want: ""}, "xn--mnchen-3ya.de": {want: "xn--mnchen-3ya"},
	} {
		got := ""
		for _, s := range onboarding.SlugsOf([]graph.VerifiedDomain{{Name: name, Initial: c.initial}}) {
			got += s.String()
		}
		if got != c.want {
			t.Errorf("%s gives %q, want %q", name, got, c.want)
		}
	}
}

func TestGlobalAdministratorsRecoverOwnership(t *testing.T) {
	t.Parallel()
	r, m := newRig(t, world()), newMemory()
	o := contoso()
	m.all[o.ID] = o
	m.grants[o.ID] = []tenants.RoleGrant{{ID: tenants.NewGUID(), Role: tenants.Admin, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.MustGUID(adaID)}}}
	reg := registrar(m, onboarding.Open)
	stale := r.applicant("ann", annID, globalAdministrator) // a token of before the role was taken away
	wants(t, reg.Recover(t.Context(), stale, o.ID), fault.Forbidden, "Global Administrator")
	stale.Graph = nil
	wants(t, reg.Recover(t.Context(), stale, o.ID), fault.Forbidden, "now")
	ada := r.applicant("ada", adaID)
	guest := ada
	guest.Session.Guest = true
	wants(t, reg.Recover(t.Context(), guest, o.ID), fault.Forbidden, "guest")
	foreign := ada
	foreign.Session.TID = mustTID(platformID)
	wants(t, reg.Recover(t.Context(), foreign, o.ID), fault.NotFound, "")
	if len(m.log) > 0 {
		t.Errorf("log is %q", m.log)
	}
	if err := reg.Recover(t.Context(), ada, o.ID); err != nil {
		t.Fatal(err)
	}
	if g := m.grants[o.ID]; len(g) != 1 || g[0].Role != tenants.Owner || !strings.Contains(m.log[0], "recovered") {
		t.Errorf("grants are %v, log is %q", g, m.log)
	}
	if !slices.Equal(m.told, []tenants.NoticeKind{tenants.OwnershipRecovered}) {
		t.Errorf("the others are told of %v", m.told)
	}
}

func TestWeakerAdministratorsRecoverNothing(t *testing.T) {
	t.Parallel()
	all := world()
	all[0].Users = append(all[0].Users, seed.User{ID: paulID[:35] + "0", Username: "cal@contoso.example", Password: "pw", Name: "Cal", DirectoryRoles: []string{cloudAdministrator}})
	r, m := newRig(t, all), newMemory()
	o := contoso()
	m.all[o.ID] = o
	wants(t, registrar(m, onboarding.Open).Recover(t.Context(), r.applicant("cal", paulID[:35]+"0", cloudAdministrator), o.ID), fault.Forbidden, "Global Administrator")
}

func TestADeletedOrganizationIsNotJoined(t *testing.T) {
	t.Parallel()
	r, m := newRig(t, world()), newMemory()
	o := contoso()
	o.State, o.DeletedAt = tenants.Deleted, noon
	m.all[o.ID] = o
	_, err := registrar(m, onboarding.Open).Claim(t.Context(), r.applicant("ada", adaID, globalAdministrator), onboarding.ClaimRequest{Slug: contosoSlug})
	wants(t, err, fault.Conflict, "restore")
}
