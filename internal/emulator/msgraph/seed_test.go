package msgraph_test

import (
	"strings"
	"time"

	"gatehouse/internal/emulator/seed"
)

// ids are the objects of the directory the tests read.
var ids = struct {
	tenant, other, alice, bob, carol, dan, erin, gone        string
	staff, finance, engineering, sre, list, app, admin, read string
}{
	tenant: "11111111-1111-4111-8111-111111111111", other: "22222222-2222-4222-8222-222222222222",
	alice: "a0000000-0000-4000-8000-000000000001", bob: "a0000000-0000-4000-8000-000000000002", carol: "a0000000-0000-4000-8000-000000000003",
	dan: "a0000000-0000-4000-8000-000000000004", erin: "a0000000-0000-4000-8000-000000000005", gone: "a0000000-0000-4000-8000-000000000006",
	staff: "b0000000-0000-4000-8000-000000000001", finance: "b0000000-0000-4000-8000-000000000002", engineering: "b0000000-0000-4000-8000-000000000003",
	sre: "b0000000-0000-4000-8000-000000000004", list: "b0000000-0000-4000-8000-000000000005",
	app: "c0000000-0000-4000-8000-000000000001", admin: "158c047a-c907-4556-b7ef-446551a6b5f7", read: "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
}

func company() seed.Tenant {
	return seed.Tenant{
		ID: ids.tenant, Name: "Contoso", Domain: "contoso.example", Domains: []string{"contoso.test"},
		Users: []seed.User{
			{ID: ids.alice, Username: "alice@contoso.example", Password: "x", Name: "Alice Adams", Mail: "alice@contoso.example", JobTitle: "Accountant", Department: "Finance", Office: "18/2111", Phone: "+1 425 555 0100", Manager: ids.carol},
			{ID: ids.bob, Username: "bob@contoso.example", Password: "x", Name: "Bob O'Hara", Manager: ids.carol},
			{ID: ids.carol, Username: "carol@contoso.example", Password: "x", Name: "Carol Clark", Mail: "carol@contoso.example", DirectoryRoles: []string{ids.admin}, EligibleRoles: []string{ids.read}},
			{ID: ids.dan, Username: "dan@contoso.example", Password: "x", Name: "Dan Diaz", Disabled: true, Manager: ids.carol},
			{ID: ids.erin, Username: "erin@fabrikam.example", Name: "Erin Evans", Mail: "erin@fabrikam.example", Guest: ids.other},
			{ID: ids.gone, Username: "gone@contoso.example", Password: "x", Name: "Gone Girard", Deleted: true, Manager: ids.carol, DirectoryRoles: []string{ids.read}},
		},
		Groups: []seed.Group{
			{ID: ids.staff, Name: "Staff", Description: "Everybody here", Members: []string{ids.alice, ids.erin, ids.gone}},
			{ID: ids.finance, Name: "Finance", Members: []string{ids.alice}},
			{ID: ids.engineering, Name: "Platform Engineering", Members: []string{ids.sre}},
			{ID: ids.sre, Name: "SRE", Members: []string{ids.bob, ids.engineering}}, // each contains the other
			{ID: ids.list, Name: "News Letter", MailOnly: true, Members: []string{ids.alice}},
		},
		Apps: []seed.App{{
			ID: ids.app, Name: "Payroll", AppRoles: []seed.AppRole{{Value: "Reader"}},
			AppRoleAssignments: []seed.AppRoleAssignment{
				{Role: "Reader", Principal: ids.alice}, {Principal: ids.finance}, {Role: "Reader", Principal: ids.bob}, {Principal: ids.engineering},
			},
		}},
	}
}

const (
	mailTenant = "33333333-3333-4333-8333-333333333333"
	mailOther  = "44444444-4444-4444-8444-444444444444"
	mailApp    = "a0200000-0000-4000-8000-000000000001"

	nora = "0a000000-0000-4000-8000-000000000001" // has everything
	omar = "0a000000-0000-4000-8000-000000000002" // has a mailbox with nothing in it
	pia  = "0a000000-0000-4000-8000-000000000003" // a guest
	quin = "0a000000-0000-4000-8000-000000000004" // deleted
)

// mailNoon is when the clocks of mailbox tests begin.
var mailNoon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// mailTenants are two tenants; everything worth reading is Nora's.
func mailTenants() []seed.Tenant {
	return []seed.Tenant{
		{
			ID: mailTenant, Name: "Northwind", Domain: "northwind.example",
			Users: []seed.User{
				{
					ID: nora, Username: "nora@northwind.example", Password: "pw", Name: "Nora Nilsen", Mail: "nora@northwind.example",
					JobTitle: "Buyer", Department: "Trade", Office: "12/34", Phone: "+47 555 0101",
					Events: []seed.Event{
						{Subject: "Stand-up", Start: mailNoon.Add(21 * time.Hour), Length: 15 * time.Minute, Location: "Room 1", Attendees: []string{omar, "gone"}, Body: "Bring <news> & coffee\nthanks"},
						{Subject: "Board O'Clock", Start: mailNoon.Add(2 * time.Hour), Length: time.Hour},
						{Subject: "Fair", Start: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Length: 48 * time.Hour},
					},
					Messages: []seed.Message{
						{Subject: "Invoice 4711", From: "omar@northwind.example", Received: mailNoon.Add(-time.Hour), Body: "Please pay the red bicycle.", Read: true},
						{Subject: "Welcome", From: "hr@elsewhere.example", Received: mailNoon.Add(-48 * time.Hour), Body: "Glad to have you."},
						{Subject: "Re: Invoice", From: "bank@elsewhere.example", Received: mailNoon.Add(-2 * time.Hour), Body: "Payment received."},
					},
					Files: []seed.File{
						{Path: "Reports/2026/Plan.txt", Content: "the secret of growth", Modified: mailNoon.Add(-24 * time.Hour)},
						{Path: "notes & more.md", Content: "# Notes", Modified: mailNoon.Add(-time.Hour)},
						{Path: "Empty/", Modified: mailNoon.Add(-72 * time.Hour)},
					},
					People: []string{omar, quin, nora},
				},
				{ID: omar, Username: "omar@northwind.example", Password: "pw", Name: "Omar Okoye", Mail: "omar@northwind.example"},
				{ID: pia, Username: "pia@partner.example", Name: "Pia Park", Guest: mailOther},
				{ID: quin, Username: "quin@northwind.example", Password: "pw", Name: "Quin Quist", Mail: "quin@northwind.example", Deleted: true},
			},
		},
		{ID: mailOther, Name: "Partner", Domain: "partner.example"},
	}
}

// The objects of the tenants that tests change.
const (
	contosoID  = "11111111-1111-4111-8111-111111111111"
	fabrikamID = "22222222-2222-4222-8222-222222222222"

	aliceID  = "a11ce000-0000-4000-8000-000000000001"
	bobID    = "b0b00000-0000-4000-8000-000000000002"
	carolID  = "ca501000-0000-4000-8000-000000000003" // cloud application administrator
	gwenID   = "90e40000-0000-4000-8000-000000000004" // global administrator
	ursulaID = "05501000-0000-4000-8000-000000000005" // user administrator

	staffID       = "5aff0000-0000-4000-8000-000000000001"
	engineeringID = "5aff0000-0000-4000-8000-000000000003"
	sreID         = "5aff0000-0000-4000-8000-000000000004"

	workerID   = "a0100000-0000-4000-8000-000000000001" // may do everything
	keeperID   = "a0100000-0000-4000-8000-000000000002" // may manage what it owns
	vendorID   = "a0100000-0000-4000-8000-000000000003" // of Fabrikam, multi-tenant
	plainAppID = "a0100000-0000-4000-8000-000000000004"

	cloudAdminRole  = "158c047a-c907-4556-b7ef-446551a6b5f7"
	globalAdminRole = "62e90394-69f5-4237-9190-012177145e10"
	userAdminRole   = "fe930be7-5e62-47db-91af-98c3a49a38b1"
)

func twoTenants() []seed.Tenant {
	person := func(id, name string, roles ...string) seed.User {
		return seed.User{ID: id, Username: name + "@contoso.example", Password: "pw-" + name, Name: strings.ToUpper(name[:1]) + name[1:] + " Example", DirectoryRoles: roles}
	}
	every := []seed.Consent{{Resource: seed.MicrosoftGraph, Roles: []string{
		"User.Read.All", "User.ReadWrite.All", "Group.Read.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All", "Application.Read.All",
		"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "User.RevokeSessions.All",
	}}}
	return []seed.Tenant{
		{
			ID: contosoID, Name: "Contoso", Domain: "contoso.example",
			Users: []seed.User{
				person(aliceID, "alice"), person(bobID, "bob"), person(carolID, "carol", cloudAdminRole),
				person(gwenID, "gwen", globalAdminRole), person(ursulaID, "ursula", userAdminRole),
			},
			Groups: []seed.Group{
				{ID: staffID, Name: "Staff", Description: "Everybody", Members: []string{aliceID, bobID}},
				{ID: engineeringID, Name: "Engineering", Members: []string{sreID}},
				{ID: sreID, Name: "SRE"},
			},
			Apps: []seed.App{
				{ID: workerID, Name: "Worker", Secret: "worker-secret", Consents: every},
				{ID: keeperID, Name: "Keeper", Secret: "keeper-secret", Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Roles: []string{"Application.ReadWrite.OwnedBy"}}}},
				{ID: plainAppID, Name: "Plain", Secret: "plain-secret", IdentifierURIs: []string{"api://plain"}, Scopes: []string{"read"}, AppRoles: []seed.AppRole{{Value: "Reader"}}},
			},
		},
		{
			ID: fabrikamID, Name: "Fabrikam", Domain: "fabrikam.example",
			Apps: []seed.App{
				{ID: vendorID, Name: "Vendor", MultiTenant: true, Secret: "vendor-secret", IdentifierURIs: []string{"api://vendor"}, Scopes: []string{"use"}},
				{ID: workerID, Name: "Worker", Secret: "worker-secret", Consents: every},
			},
		},
	}
}
