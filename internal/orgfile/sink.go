package orgfile

import (
	"slices"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

// Sink is where the log goes; its name is its key.
type Sink struct {
	Name        string           `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" example:"archive" doc:"Name of the sink: 1 to 32 lowercase letters, digits and inner hyphens."`
	Kind        tenants.SinkKind `json:"kind" enum:"webhook,mailbox,storage,otlp,sentinel,syslog" doc:"webhook: requests signed as Standard Webhooks says. mailbox: mail, with checkpoints only. storage: objects in Azure Blob Storage, or as S3 has them. otlp: OpenTelemetry's logs over HTTP. sentinel: the Logs Ingestion API of Azure Monitor. syslog: RFC 5424 over TLS."`
	Checkpoints *bool            `json:"checkpoints,omitempty" doc:"Whether it gets the log's checkpoints. Left out: true."`
	Records     bool             `json:"records,omitempty" doc:"Whether it gets the log's records. Left out: false."`
	Every       Duration         `json:"every,omitzero" example:"1h" doc:"How often it gets a checkpoint, if there is a new one: 5m to 24h. Left out: 1h."`
	Email       string           `json:"email,omitempty" maxLength:"254" example:"auditors@contoso.example" doc:"Address, of kind mailbox."`
	URL         string           `json:"url,omitempty" pattern:"^(https://|tls://|http://(localhost|127\\.|\\[::1\\]))[!-\"$-~]+$" maxLength:"2000" example:"https://contoso.blob.core.windows.net/gatehouse" doc:"Where it is, of every other kind. storage: the container or bucket, with a prefix if you like. otlp: all of it, /v1/logs included. sentinel: the endpoint of the data collection rule. syslog: tls://host, on port 6514 unless it names 443."`
	KeyID       string           `json:"keyId,omitempty" pattern:"^[!-.0-~]+$" maxLength:"128" doc:"Id of the access key, of kind storage, if it is asked as S3 is. Left out: Azure Blob Storage."`
	Region      string           `json:"region,omitempty" pattern:"^[!-.0-~]+$" maxLength:"128" example:"eu-central-1" doc:"With keyId."`
	Rule        string           `json:"rule,omitempty" pattern:"^dcr-[0-9a-f]{32}$" doc:"Immutable id of the data collection rule, of kind sentinel."`
	Stream      string           `json:"stream,omitempty" pattern:"^[A-Za-z][A-Za-z0-9_-]{0,99}$" example:"Custom-Gatehouse" doc:"Stream of that rule."`
	Header      string           `json:"header,omitempty" pattern:"^[A-Za-z0-9!#$%&'*+.^_|~-]+$" maxLength:"100" example:"Authorization" doc:"Name of the header that the secret is the value of, of kind otlp."`
	Format      string           `json:"format,omitempty" enum:"gatehouse,ocsf" doc:"How it gets records. gatehouse: the fields of a record by their names. ocsf: events of the Open Cybersecurity Schema Framework, of kind webhook, storage, otlp or sentinel. Left out: gatehouse."`
	From        *From            `json:"from,omitempty" doc:"Where the secret is, on the machine that applies the file: the shared access signature or the secret access key of storage, the value of the header of otlp, a client certificate and its key in PEM for syslog. It is read when the sink is new or is somewhere else, or when --credential asks for it."`
}

// sink is the entry as the organization has it.
func (s Sink) sink() tenants.Sink {
	return access.CanonicalSink(tenants.Sink{
		Name: s.Name, Kind: s.Kind, Checkpoints: s.Checkpoints == nil || *s.Checkpoints, Records: s.Records, Every: time.Duration(s.Every),
		Email: s.Email, URL: s.URL, KeyID: s.KeyID, Region: s.Region, Rule: s.Rule, Stream: s.Stream, Header: s.Header, Format: tenants.SinkFormat(s.Format),
	})
}

// Destination is where the secret of a sink goes; see tenants.Sink.
func (s Sink) Destination() string { return s.sink().Destination() }

// TakesSecret reports whether something is kept encrypted for such a sink.
func (s Sink) TakesSecret() bool { return s.sink().TakesSecret() }

func exportSink(s tenants.Sink) Sink {
	return Sink{
		Name: s.Name, Kind: s.Kind, Checkpoints: &s.Checkpoints, Records: s.Records, Every: Duration(s.Every),
		Email: s.Email, URL: s.URL, KeyID: s.KeyID, Region: s.Region, Rule: s.Rule, Stream: s.Stream, Header: s.Header, Format: string(s.Format),
	}
}

// filledSinks returns sinks with everything that they leave out, and without a word
// of where secrets are.
func filledSinks(list []Sink) []Sink {
	if list == nil {
		return nil
	}
	out := make([]Sink, len(list))
	for i, s := range list {
		out[i] = exportSink(s.sink())
	}
	return out
}

func (a *applier) sinks() {
	c := &a.state.Access
	reconcile(a, list[Sink]{
		at: "sinks", was: a.was.Sinks, wanted: a.wanted.Sinks,
		key:    func(s Sink) string { return s.Name },
		remove: func(s Sink) error { return c.RemoveSink(s.Name) },
		put:    func(s Sink) error { return c.PutSink(s.sink(), a.how.Deployment) },
	})
}

// sinks checks that only what has a secret says where it is.
func (c *checker) sinks(all []Sink) {
	for i, s := range all {
		at := access.Place("sinks").At(i).Field("from")
		if s.From != nil && !s.TakesSecret() {
			c.add(at, "is for storage, syslog, and otlp with a header; remove it")
			continue
		}
		c.from(at, s.From)
	}
}

// sinkEveryPattern is what is about 5 minutes to 24 hours: the edits count exactly.
const sinkEveryPattern = `^(([1-9]|1[0-9]|2[0-3])h([0-9]{1,5}m)?([0-9]{1,5}s)?|24h|([5-9]|[1-9][0-9]{1,3})m([0-9]{1,5}s)?|[3-9][0-9]{2}s|[1-9][0-9]{3,4}s)$`

// refineSink wants of each kind what it has, and nothing else.
func refineSink(s *schema) {
	s.at("email").Pattern = addressPattern
	own := map[tenants.SinkKind][]string{
		tenants.WebhookSink: {"url"}, tenants.MailboxSink: {"email"}, tenants.StorageSink: {"url", "keyId", "region", "from"}, tenants.OTLPSink: {"url", "header", "from"},
		tenants.SentinelSink: {"url", "rule", "stream"}, tenants.SyslogSink: {"url", "from"},
	}
	s.at("every").Pattern = sinkEveryPattern
	s.AllOf = append(s.AllOf, schema{If: &schema{Properties: properties{{"checkpoints", schema{Const: false}}}, Required: []string{"checkpoints"}}, Then: &schema{Properties: properties{{"records", schema{Const: true}}}, Required: []string{"records"}}})
	s.when("kind", tenants.MailboxSink).member("records", schema{Const: false})
	s.when("kind", tenants.SentinelSink).member("url", schema{Pattern: `^https://[A-Za-z0-9.-]+\.ingest\.monitor\.azure\.(com|us|cn)/?$|^https?://(localhost|127\.)`})
	s.when("kind", tenants.StorageSink).member("url", schema{Pattern: `^[^?]*$`})
	s.when("kind", tenants.SyslogSink).member("url", schema{Pattern: `^tls://`})
	s.when("kind", tenants.WebhookSink, tenants.StorageSink, tenants.OTLPSink, tenants.SentinelSink).member("url", schema{Pattern: `^http`})
	s.AllOf = append(s.AllOf,
		schema{If: &schema{Required: []string{"keyId"}}, Then: &schema{Required: []string{"region"}}},
		schema{If: &schema{Required: []string{"region"}}, Then: &schema{Required: []string{"keyId"}}},
		schema{If: &schema{Properties: properties{{"kind", schema{Const: tenants.OTLPSink}}}, Required: []string{"kind", "from"}}, Then: &schema{Required: []string{"header"}}})
	need := map[tenants.SinkKind][]string{tenants.MailboxSink: {"email"}, tenants.SentinelSink: {"url", "rule", "stream"}}
	for _, kind := range tenants.SinkKinds() {
		then := s.when("kind", kind)
		then.Required = need[kind]
		if then.Required == nil {
			then.Required = []string{"url"}
		}
		for _, name := range []string{"email", "url", "keyId", "region", "rule", "stream", "header", "from"} {
			if !slices.Contains(own[kind], name) {
				then.forbid(name)
			}
		}
	}
}
