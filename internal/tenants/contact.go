package tenants

import "net/url"

// Contact is somebody whom an organization wants to be told what is noticed: an
// e-mail address, or a webhook. Its name is its key for people; what refers to it
// does so by its id.
type Contact struct {
	ID      GUID
	Name    string
	Email   string // empty: a webhook
	Webhook string // URL; empty: an e-mail address
	Shape   WebhookShape
	Urgent  bool // is told what is noticed, and what is over, at once
	Digest  bool // is told once a day what is open
	Secrets int  // how often the secret that signs what the webhook gets was made anew
}

// WebhookShape is what a webhook understands.
type WebhookShape string

// The shapes.
const (
	NoShape    WebhookShape = "" // of an e-mail address
	PlainShape WebhookShape = "plain"
	TeamsShape WebhookShape = "teams"
)

// WithoutSecret returns the contact as it is shown to those who may not change it: of
// a webhook's URL, with which whoever knows it may post there, the host. What is left
// is no URL that a webhook may have, so that it is never taken for the whole.
func (k Contact) WithoutSecret() Contact {
	if k.Webhook == "" {
		return k
	}
	hidden := "https://unknown/#hidden"
	if u, err := url.Parse(k.Webhook); err == nil && u.Host != "" {
		hidden = u.Scheme + "://" + u.Host + "/#hidden"
	}
	k.Webhook = hidden
	return k
}
