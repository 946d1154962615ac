package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Contacts does with contacts what takes more than an edit.
type Contacts interface {
	// ContactSecret returns the secret that signs what a contact's webhook gets.
	ContactSecret(ctx context.Context, org tenants.ID, k tenants.Contact) (string, error)
	// TestContact sends a contact a message that says nothing else than that it
	// arrives. What went wrong there is a fault that says what; of one that nobody
	// can mend by trying again the kind is Invalid. Limited: it was not sent, because
	// too many have been.
	TestContact(ctx context.Context, o tenants.Organization, k tenants.Contact) error
}

// Contact is somebody who is told what is noticed.
type Contact struct {
	ID   tenants.GUID `json:"id" format:"uuid" doc:"Of the contact."`
	Name string       `json:"name" doc:"Key of the contact."`
	ContactSettings
}

// NewContact is a contact to be added.
type NewContact struct {
	Name string `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" maxLength:"32" doc:"Key of the contact: lowercase letters, digits and inner hyphens. It cannot be changed."`
	ContactSettings
}

// ContactSettings is what an admin decides about a contact.
type ContactSettings struct {
	Email  string               `json:"email,omitempty" maxLength:"254" doc:"Address of a mailbox. Left out: a webhook is told."`
	URL    string               `json:"url,omitempty" maxLength:"2000" doc:"URL of a webhook: https, on port 443. Owners and admins see it, others its host. Left out: a mailbox is told."`
	Shape  tenants.WebhookShape `json:"shape,omitempty" enum:"plain,teams" doc:"What a webhook gets. plain: JSON, signed as Standard Webhooks says. teams: what a workflow of Microsoft Teams posts as a card. Left out: plain."`
	Urgent *bool                `json:"urgent,omitempty" default:"true" doc:"Whether the contact is told at once what is noticed, and what is over. Left out: true."`
	Digest *bool                `json:"digest,omitempty" default:"true" doc:"Whether the contact is told once a day, at 08:00 UTC, what is open. Left out: true."`
}

// NewContactAnswer is a contact that was added. The secret is shown this once.
type NewContactAnswer struct {
	Contact
	Secret string `json:"secret,omitempty" doc:"Of a webhook: what its messages are signed with. It is not shown again; it can be made anew."`
}

// ContactSecret is what a webhook's messages are signed with from now on.
type ContactSecret struct {
	Secret string `json:"secret" doc:"Begins with whsec_. It is not shown again; it can be made anew."`
}

// ContactTest is what became of a message that was sent to try a contact.
type ContactTest struct {
	Arrived bool      `json:"arrived" doc:"Whether the mail server or the webhook took it."`
	Trouble string    `json:"trouble,omitempty" doc:"What went wrong, and what helps."`
	At      time.Time `json:"at"`
}

var errNoContact = fault.New(fault.NotFound, "there is no such contact")

func contactOf(k tenants.Contact) Contact {
	return Contact{k.ID, k.Name, ContactSettings{Email: k.Email, URL: k.Webhook, Shape: k.Shape, Urgent: &k.Urgent, Digest: &k.Digest}}
}

func (s ContactSettings) contact(name string) tenants.Contact {
	return access.CanonicalContact(tenants.Contact{
		Name: name, Email: s.Email, Webhook: s.URL, Shape: s.Shape, Urgent: s.Urgent == nil || *s.Urgent, Digest: s.Digest == nil || *s.Digest,
	})
}

// contactFor returns how a contact is shown to somebody of a role: with the URL of its
// webhook to those who may change it.
func contactFor(role tenants.Role) func(tenants.Contact) Contact {
	if role.Includes(tenants.Admin) {
		return contactOf
	}
	return func(k tenants.Contact) Contact { return contactOf(k.WithoutSecret()) }
}

// contactNamed finds a contact.
func contactNamed(a access.Configuration, name string) (tenants.Contact, error) {
	at := slices.IndexFunc(a.Contacts, func(k tenants.Contact) bool { return k.Name == name })
	if at < 0 {
		return tenants.Contact{}, errNoContact
	}
	return a.Contacts[at], nil
}

// contactIn returns how a contact is found and shown.
func contactIn(name string, by Actor) func(access.Configuration) (Contact, error) {
	shown := contactFor(by.Role)
	return func(a access.Configuration) (Contact, error) {
		k, err := contactNamed(a, name)
		return shown(k), err
	}
}

// ContactItem names a contact in a path.
type ContactItem struct {
	Contact string `path:"contact" maxLength:"100" doc:"The contact's name."`
}

type (
	contactInput struct {
		InOrganization
		ContactItem
	}
	newContactInput struct {
		InOrganization
		Once
		Body NewContact
	}
	changedContact struct {
		InOrganization
		ContactItem
		Match
		Body ContactSettings
	}
	removedContact struct {
		InOrganization
		ContactItem
		Match
	}
)

func (c *Console) contactRoutes(api huma.API) {
	const tag, one = "contacts", "/contacts/{contact}"
	inside(c, api, tenants.Viewer, route{ID: "listContacts", Method: http.MethodGet, Path: "/contacts", Tag: tag, Summary: "List contacts"}, c.listContacts)
	inside(c, api, tenants.Admin, route{
		ID: "createContact", Method: http.MethodPost, Path: "/contacts", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Add a contact",
		Description: "An organization has ten contacts at most. Each is told when something is noticed and when it is over, or once a day what is open, or both. What there is to notice is listed under alerts.",
	}, c.createContact)
	inside(c, api, tenants.Viewer, route{ID: "getContact", Method: http.MethodGet, Path: one, Tag: tag, Summary: "Read a contact"}, c.getContact)
	inside(c, api, tenants.Admin, route{ID: "updateContact", Method: http.MethodPut, Path: one, Tag: tag, Errors: matchErrors, Summary: "Change a contact", Description: "A webhook keeps its secret."}, c.updateContact)
	inside(c, api, tenants.Admin, route{ID: "deleteContact", Method: http.MethodDelete, Path: one, Tag: tag, Status: 204, Errors: matchErrors, Summary: "Remove a contact", Description: "What waits to be sent to it is dropped."}, c.deleteContact)
	inside(c, api, tenants.Admin, route{
		ID: "refreshContactSecret", Method: http.MethodPost, Path: one + "/secret", Tag: tag, Summary: "Make the secret of a webhook anew",
		Description: "Everything sent from now on is signed with it, and with the one before no more.",
	}, c.refreshContactSecret)
	inside(c, api, tenants.Admin, route{
		ID: "runContactTest", Method: http.MethodPost, Path: one + "/test", Tag: tag, Summary: "Send a contact a test message",
		Description: "Waits until the mail server or the webhook has answered. An organization has five at once, and one a minute after that; so has an address.",
	}, c.runContactTest)
}

func (c *Console) listContacts(ctx context.Context, by Actor, in *listInput) (*Listed[Contact], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Contact]{"listContacts", each(a.Contacts, contactFor(by.Role)), func(k Contact) string { return k.Name }})
}

func (c *Console) getContact(ctx context.Context, by Actor, in *contactInput) (*One[Contact], error) {
	return getOne(ctx, c, by, contactIn(in.Contact, by))
}

func (c *Console) createContact(ctx context.Context, by Actor, in *newContactInput) (*Created[NewContactAnswer], error) {
	return once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (NewContactAnswer, string, error) {
		k := in.Body.contact(in.Body.Name)
		k.ID = id
		after, err := c.Store.EditAccess(ctx, by.Caller, "contact created", func(a *access.Configuration) error {
			if _, err := contactNamed(*a, k.Name); err == nil {
				return fault.New(fault.Conflict, "name: there is a contact of this name already; change that one, or choose another name")
			}
			return a.PutContact(k, c.deployment())
		})
		if err != nil {
			return NewContactAnswer{}, "", err
		}
		in.visit.warnings = c.countWarnings(after)
		secret, err := c.contactSecret(ctx, by, k)
		return NewContactAnswer{contactOf(k), secret}, by.path("contacts", k.Name), err
	})
}

// contactSecret is the secret of a contact that has one.
func (c *Console) contactSecret(ctx context.Context, by Actor, k tenants.Contact) (string, error) {
	if k.Webhook == "" {
		return "", nil
	}
	return c.Contacts.ContactSecret(ctx, by.Org(), k)
}

func (c *Console) updateContact(ctx context.Context, by Actor, in *changedContact) (*One[Contact], error) {
	return editOne(ctx, c, by, change[Contact]{
		what: "contact changed", match: in.Match, read: contactIn(in.Contact, by),
		edit: func(a *access.Configuration) error {
			return a.PutContact(in.Body.contact(in.Contact), c.deployment())
		},
	})
}

func (c *Console) deleteContact(ctx context.Context, by Actor, in *removedContact) (*None, error) {
	return removeOne(ctx, c, by, change[Contact]{
		what: "contact deleted", match: in.Match, read: contactIn(in.Contact, by),
		edit: func(a *access.Configuration) error { return a.RemoveContact(in.Contact) },
	})
}

func (c *Console) refreshContactSecret(ctx context.Context, by Actor, in *contactInput) (*Result[ContactSecret], error) {
	after, err := c.Store.EditAccess(ctx, by.Caller, "contact secret made", func(a *access.Configuration) error {
		return a.RenewContactSecret(in.Contact)
	})
	if err != nil {
		return nil, err
	}
	k, err := contactNamed(after, in.Contact)
	if err != nil {
		return nil, err
	}
	secret, err := c.contactSecret(ctx, by, k)
	return result(ContactSecret{secret}), err
}

func (c *Console) runContactTest(ctx context.Context, by Actor, in *contactInput) (*Result[ContactTest], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	k, err := contactNamed(a, in.Contact)
	if err != nil {
		return nil, err
	}
	t := ContactTest{Arrived: true, At: c.Now()}
	err = c.Contacts.TestContact(ctx, by.Organization, k)
	if err != nil && fault.KindOf(err) == fault.Limited { // nothing was sent
		return nil, err
	}
	if err != nil {
		t.Arrived, t.Trouble = false, fault.Public(err)
	}
	return result(t), nil
}
