package tenants

import (
	"net/url"
	"strings"
	"time"
)

// Sink is where an organization wants its log to go: its checkpoints, so that they
// are out of the operator's hands, its records, or both. Its name is its key for
// people; what refers to it does so by its id.
type Sink struct {
	ID          GUID
	Name        string
	Kind        SinkKind
	Checkpoints bool
	Records     bool
	Every       time.Duration // how often checkpoints go

	Email  string // of a mailbox
	URL    string // of everything else
	KeyID  string // of storage that is asked as S3 is: the access key's id; empty: Azure Blob Storage
	Region string // with KeyID
	Rule   string // of sentinel: the immutable id of the data collection rule
	Stream string // of sentinel: the rule's stream
	Header string // of otlp: the header that the secret is the value of

	Format SinkFormat // of records; empty: our own

	Secret  GUID // names what is kept encrypted; zero: nothing is
	Secrets int  // of a webhook: how often the secret that signs what it gets was made anew
}

// SinkKind is what a sink understands.
type SinkKind string

// The kinds.
const (
	WebhookSink  SinkKind = "webhook"  // signed requests (Standard Webhooks)
	MailboxSink  SinkKind = "mailbox"  // mail, checkpoints only
	StorageSink  SinkKind = "storage"  // objects, in Azure Blob Storage or as S3 has them
	OTLPSink     SinkKind = "otlp"     // OpenTelemetry's logs over HTTP
	SentinelSink SinkKind = "sentinel" // the Logs Ingestion API of Azure Monitor
	SyslogSink   SinkKind = "syslog"   // RFC 5424 over TLS
)

// SinkFormat is how a sink gets records.
type SinkFormat string

// The formats.
const (
	OwnFormat  SinkFormat = "gatehouse" // the fields of a record, by their names; a Sink has it as none
	OCSFFormat SinkFormat = "ocsf"      // events of the Open Cybersecurity Schema Framework
)

// TakesOCSF reports whether sinks of a kind can get events of OCSF.
func (k SinkKind) TakesOCSF() bool {
	switch k {
	case WebhookSink, StorageSink, OTLPSink, SentinelSink:
		return true
	case MailboxSink, SyslogSink:
	}
	return false
}

// SinkKinds returns all kinds.
func SinkKinds() []SinkKind {
	return []SinkKind{WebhookSink, MailboxSink, StorageSink, OTLPSink, SentinelSink, SyslogSink}
}

// TakesSecret reports whether something is kept encrypted for a sink: the shared
// access signature or secret key of storage, the value of a header, a client
// certificate with its key.
func (s Sink) TakesSecret() bool {
	switch s.Kind {
	case StorageSink, SyslogSink:
		return true
	case OTLPSink:
		return s.Header != ""
	case WebhookSink, MailboxSink, SentinelSink:
	}
	return false
}

// NeedsSecret reports whether a sink can take nothing without its secret.
func (s Sink) NeedsSecret() bool { return s.TakesSecret() && s.Kind != SyslogSink }

// SecretSaysWhose reports whether the log's records go to somebody else with another
// secret: a host of many customers knows them by it. In storage the place is the
// customer's.
func (s Sink) SecretSaysWhose() bool {
	return s.Records && (s.Kind == OTLPSink || s.Kind == SyslogSink)
}

// Receiver is where a sink's messages go, in every part that can lead to somebody else.
func (s Sink) Receiver() string {
	return strings.Join([]string{string(s.Kind), s.Email, s.URL, s.KeyID, s.Region, s.Rule, s.Stream, s.Header}, "\n")
}

// WithoutSecret returns the sink as it is shown to those who may not change it: of a
// webhook's URL the host, as with contacts.
func (s Sink) WithoutSecret() Sink {
	if s.Kind != WebhookSink {
		return s
	}
	s.URL = Contact{Webhook: s.URL}.WithoutSecret().Webhook
	return s
}

// Destination is where what a sink has as a secret is sent, or what it is used for:
// if it changes, the secret does not go along.
func (s Sink) Destination() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return s.URL
	}
	at := string(s.Kind) + " " + u.Scheme + "://" + u.Host
	switch s.Kind {
	case StorageSink:
		return at + u.Path + " " + s.KeyID + " " + s.Region
	case OTLPSink:
		return at + " " + s.Header
	case WebhookSink, MailboxSink, SentinelSink, SyslogSink:
	}
	return at
}
