package tenants

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
