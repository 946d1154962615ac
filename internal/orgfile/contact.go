package orgfile

import (
	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

// Contact is somebody who is told what is noticed; its name is its key. It is a
// mailbox or a webhook.
type Contact struct {
	Name   string               `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" example:"operations" doc:"Name of the contact: 1 to 32 lowercase letters, digits and inner hyphens."`
	Email  string               `json:"email,omitempty" maxLength:"254" example:"operations@contoso.example" doc:"Address of a mailbox. Left out: a webhook is told."`
	URL    string               `json:"url,omitempty" pattern:"^(https://|http://(localhost|127\\.|\\[::1\\]))[!-\"$-~]+$" maxLength:"2000" example:"https://hooks.contoso.example/gatehouse" doc:"URL of a webhook. Owners and admins see it, others its host, with #hidden. Left out: a mailbox is told."`
	Shape  tenants.WebhookShape `json:"shape,omitempty" enum:"plain,teams" doc:"What a webhook gets. plain: JSON, signed as Standard Webhooks says. teams: what a workflow of Microsoft Teams posts as a card. Left out: plain."`
	Urgent *bool                `json:"urgent,omitempty" doc:"Whether the contact is told at once what is noticed, and what is over. Left out: true."`
	Digest *bool                `json:"digest,omitempty" doc:"Whether the contact is told once a day, at 08:00 UTC, what is open. Left out: true."`
}

// contact is the entry as the organization has it.
func (k Contact) contact() tenants.Contact {
	return access.CanonicalContact(tenants.Contact{
		Name: k.Name, Email: k.Email, Webhook: k.URL, Shape: k.Shape, Urgent: k.Urgent == nil || *k.Urgent, Digest: k.Digest == nil || *k.Digest,
	})
}

func exportContact(k tenants.Contact) Contact {
	return Contact{Name: k.Name, Email: k.Email, URL: k.Webhook, Shape: k.Shape, Urgent: &k.Urgent, Digest: &k.Digest}
}

// filledContacts returns contacts with everything that they leave out.
func filledContacts(list []Contact) []Contact {
	if list == nil {
		return nil
	}
	out := make([]Contact, len(list))
	for i, k := range list {
		out[i] = exportContact(k.contact())
	}
	return out
}

func (a *applier) contacts() {
	c := &a.state.Access
	reconcile(a, list[Contact]{
		at: "contacts", was: a.was.Contacts, wanted: a.wanted.Contacts,
		key:    func(k Contact) string { return k.Name },
		remove: func(k Contact) error { return c.RemoveContact(k.Name) },
		put:    func(k Contact) error { return c.PutContact(k.contact(), a.how.Deployment) },
	})
}

// refineContact wants a mailbox or a webhook, and of each what it has.
func refineContact(s *schema) {
	s.at("email").Pattern = addressPattern
	s.AllOf = append(s.AllOf,
		schema{If: &schema{Not: &schema{Required: []string{"url"}}}, Then: &schema{Required: []string{"email"}, Not: &schema{Required: []string{"shape"}}}},
		schema{If: &schema{Required: []string{"url"}}, Then: &schema{Not: &schema{Required: []string{"email"}}}})
}

// addressPattern is that of an e-mail address that mail can be sent to.
const addressPattern = "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@" + `([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])$`
