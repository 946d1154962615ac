package access

import (
	"cmp"
	"fmt"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
)

// What an organization's contacts may be at most.
const (
	MaxContacts       = 10
	MaxContactName    = MaxSourceName
	MaxContactAddress = notify.MaxAddress
	MaxContactURL     = MaxSourceURL
)

// PutContact adds a contact, or changes the one of the same name, which keeps its id
// and the secret of its webhook. A broken rule is Invalid.
func (c *Configuration) PutContact(k tenants.Contact, d Deployment) error {
	k = CanonicalContact(k)
	var found complaints
	found.contact("", k, d)
	at := c.contactAt(k.Name)
	if at < 0 && len(c.Contacts) >= MaxContacts {
		found.add("", fmt.Sprintf("there are %d contacts already, which is the most; remove one first", MaxContacts))
	}
	if err := Refuse(found); err != nil {
		return err
	}
	if at < 0 {
		k.ID = orNew(k.ID)
		c.Contacts = with(c.Contacts, k)
		return nil
	}
	k.ID, k.Secrets = c.Contacts[at].ID, c.Contacts[at].Secrets
	c.Contacts = replaced(c.Contacts, at, k)
	return nil
}

// RenewContactSecret has the secret of a webhook made anew: what is sent from then
// on is signed with another. A name that no contact has is NotFound.
func (c *Configuration) RenewContactSecret(name string) error {
	at := c.contactAt(name)
	if at < 0 {
		return noContact(name)
	}
	k := c.Contacts[at]
	if k.Webhook == "" {
		return fault.New(fault.Invalid, "an e-mail address has no secret; only webhooks have")
	}
	k.Secrets++
	c.Contacts = replaced(c.Contacts, at, k)
	return nil
}

// RemoveContact removes a contact. A name that no contact has is NotFound.
func (c *Configuration) RemoveContact(name string) error {
	if c.contactAt(name) < 0 {
		return noContact(name)
	}
	c.Contacts = without(c.Contacts, func(k tenants.Contact) bool { return k.Name == name })
	return nil
}

func (c *Configuration) contactAt(name string) int {
	return slices.IndexFunc(c.Contacts, func(k tenants.Contact) bool { return k.Name == name })
}

func noContact(name string) error {
	return fault.Newf(fault.NotFound, "contact %.120q does not exist; list the contacts for those that do", name)
}

// CanonicalContact returns a contact as it is stored: a webhook has a shape.
func CanonicalContact(k tenants.Contact) tenants.Contact {
	if k.Webhook != "" && k.Shape == tenants.NoShape {
		k.Shape = tenants.PlainShape
	}
	return k
}

func orNew(id tenants.GUID) tenants.GUID {
	if id.IsZero() {
		return tenants.NewGUID()
	}
	return id
}

func (c *complaints) contact(at Place, k tenants.Contact, d Deployment) {
	if !sourceName.MatchString(k.Name) {
		c.add(at.Field("name"), fmt.Sprintf("%.60q must have 1 to %d lowercase letters, digits and inner hyphens", k.Name, MaxContactName))
	}
	switch {
	case k.Email == "" && k.Webhook == "":
		c.add(at.Field("email"), "is missing, and so is url; give the address of a mailbox, or the URL of a webhook")
	case k.Email != "" && k.Webhook != "":
		c.add(at.Field("url"), "goes without email; make two contacts of them")
	case k.Email != "":
		c.check(at.Field("email"), notify.CheckAddress(k.Email))
		if k.Shape != tenants.NoShape {
			c.add(at.Field("shape"), "is for webhooks; leave it out")
		}
	default:
		c.check(at.Field("url"), cmp.Or(notify.CheckWebhook(k.Webhook), checkWebhookURL(k.Webhook, d.Loopback)))
		if k.Shape != tenants.PlainShape && k.Shape != tenants.TeamsShape {
			c.add(at.Field("shape"), fmt.Sprintf("%.40q must be plain or teams", k.Shape))
		}
	}
	if !k.Urgent && !k.Digest {
		c.add(at.Field("urgent"), "is false, and so is digest, so the contact would never be told anything; set one of them, or remove the contact")
	}
}

// contacts checks all of them.
func (c *complaints) contacts(of Configuration, d Deployment) {
	names, ids := map[string]bool{}, map[tenants.GUID]bool{}
	for i, k := range of.Contacts {
		at := Place("contacts").At(i)
		c.contact(at, k, d)
		if names[k.Name] {
			c.add(at.Field("name"), fmt.Sprintf("%q is there twice; remove one", k.Name))
		}
		if k.ID.IsZero() || ids[k.ID] {
			c.add(at.Field("id"), "is missing or another contact's; give each contact an id of its own")
		}
		names[k.Name], ids[k.ID] = true, true
	}
}

func (c Configuration) contactTotals() section {
	type contact struct {
		Name   string               `json:"name"`
		Email  string               `json:"email,omitempty"`
		URL    string               `json:"url,omitempty"`
		Shape  tenants.WebhookShape `json:"shape,omitempty"`
		Urgent bool                 `json:"urgent"`
		Digest bool                 `json:"digest"`
	}
	total := section{name: "contacts"}
	for _, k := range c.Contacts {
		total.bytes += size(contact{k.Name, k.Email, k.Webhook, k.Shape, k.Urgent, k.Digest})
	}
	return total
}
