package console

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Sinks does with sinks what takes more than an edit.
type Sinks interface {
	// SinkSecret returns the secret that signs what a webhook gets.
	SinkSecret(ctx context.Context, org tenants.ID, s tenants.Sink) (string, error)
	// EncryptSinkSecret encrypts the secret of a sink under an id of its own.
	EncryptSinkSecret(ctx context.Context, org tenants.ID, id tenants.GUID, secret string) ([]byte, error)
	// SinkStatus returns how far a sink has come.
	SinkStatus(ctx context.Context, org tenants.ID, s tenants.Sink) (SinkStatus, error)
	// TestSink brings a sink the newest checkpoint. What went wrong there is a fault
	// that says what. Limited: nothing was sent, because too much has been; NotFound:
	// nothing is sealed yet.
	TestSink(ctx context.Context, o tenants.Organization, s tenants.Sink) error
}

// Sink is where the log goes.
type Sink struct {
	ID   tenants.GUID `json:"id" format:"uuid" doc:"Of the sink."`
	Name string       `json:"name" doc:"Key of the sink."`
	SinkSettings
	HasSecret bool `json:"hasSecret" doc:"Whether its secret was given. One that leads to another place than before has to be given it again."`
}

// NewSink is a sink to be added.
type NewSink struct {
	Name string `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" maxLength:"32" doc:"Key of the sink: lowercase letters, digits and inner hyphens. It cannot be changed."`
	SinkSettings
}

// SinkSettings is what an admin decides about a sink.
type SinkSettings struct {
	Kind         tenants.SinkKind `json:"kind" enum:"webhook,mailbox,storage,otlp,sentinel,syslog" doc:"webhook: requests signed as Standard Webhooks says. mailbox: mail, with checkpoints only. storage: objects in Azure Blob Storage, or as S3 has them. otlp: OpenTelemetry's logs over HTTP. sentinel: the Logs Ingestion API of Azure Monitor. syslog: RFC 5424 over TLS."`
	Checkpoints  *bool            `json:"checkpoints,omitempty" default:"true" doc:"Whether it gets the log's checkpoints. Left out: true."`
	Records      bool             `json:"records,omitempty" doc:"Whether it gets the log's records, from those on that are sealed after it was added. Left out: false."`
	EverySeconds int              `json:"everySeconds,omitempty" minimum:"300" maximum:"86400" doc:"How often it gets a checkpoint, if there is a new one. Left out: 3600."`
	Email        string           `json:"email,omitempty" maxLength:"254" doc:"Address, of kind mailbox."`
	URL          string           `json:"url,omitempty" maxLength:"2000" doc:"Where it is, of every other kind. Of a webhook owners and admins see it, others its host."`
	KeyID        string           `json:"keyId,omitempty" maxLength:"128" doc:"Id of the access key, of kind storage, if it is asked as S3 is. Left out: Azure Blob Storage."`
	Region       string           `json:"region,omitempty" maxLength:"128" doc:"With keyId."`
	Rule         string           `json:"rule,omitempty" maxLength:"40" doc:"Immutable id of the data collection rule, of kind sentinel."`
	Stream       string           `json:"stream,omitempty" maxLength:"100" doc:"Stream of that rule."`
	Header       string           `json:"header,omitempty" maxLength:"100" doc:"Name of the header that the secret is the value of, of kind otlp."`

	Format tenants.SinkFormat `json:"format,omitempty" enum:"gatehouse,ocsf" doc:"How it gets records. gatehouse: the fields of a record by their names. ocsf: events of the Open Cybersecurity Schema Framework, of kind webhook, storage, otlp or sentinel. Left out: gatehouse."`
}

// NewSinkAnswer is a sink that was added. The secret of a webhook is shown this once.
type NewSinkAnswer struct {
	Sink
	Secret string `json:"secret,omitempty" doc:"Of a webhook: what its messages are signed with. It is not shown again; it can be made anew."`
}

// SinkSecret is what a webhook's messages are signed with from now on.
type SinkSecret struct {
	Secret string `json:"secret" doc:"Begins with whsec_. It is not shown again; it can be made anew."`
}

// NewSinkSecret is the secret of a sink to be kept. It goes in and never comes out.
type NewSinkSecret struct {
	Secret string `json:"secret" writeOnly:"true" minLength:"1" maxLength:"12000" doc:"The shared access signature or the secret access key of storage, the value of the header of otlp, a client certificate and its key in PEM for syslog."`
}

// SinkTest is what became of a checkpoint that was sent to try a sink.
type SinkTest struct {
	Arrived bool      `json:"arrived" doc:"Whether the sink has taken it."`
	Trouble string    `json:"trouble,omitempty" doc:"What went wrong, and what helps."`
	At      time.Time `json:"at"`
}

// SinkStatus is how far a sink has come.
type SinkStatus struct {
	State        string            `json:"state" enum:"waiting,working,failing" doc:"waiting: nothing has been tried yet, or since it was changed. failing: what was tried last did not arrive."`
	Trouble      string            `json:"trouble,omitempty" doc:"What went wrong last."`
	FailingSince *time.Time        `json:"failingSince,omitempty"`
	TriedAt      *time.Time        `json:"triedAt,omitempty" doc:"When something was last tried."`
	NextAt       *time.Time        `json:"nextAt,omitempty" doc:"When it is tried again, if it is failing."`
	ArrivedAt    *time.Time        `json:"arrivedAt,omitempty" doc:"When something last arrived."`
	Checkpoint   *SinkCheckpoint   `json:"checkpoint,omitempty" doc:"The last checkpoint that arrived where the sink is now."`
	Records      *SinkRecordStatus `json:"records,omitempty" doc:"Of a sink that gets records."`
}

// NamedSinkStatus is how far the sink of a name has come.
type NamedSinkStatus struct {
	Sink string `json:"sink" doc:"The sink's name."`
	SinkStatus
}

// SinkCheckpoint is a checkpoint that a sink has.
type SinkCheckpoint struct {
	Size      int64     `json:"size" doc:"How many records it commits to."`
	ArrivedAt time.Time `json:"arrivedAt"`
	Note      string    `json:"note" doc:"The checkpoint as it was sent."`
}

// SinkRecordStatus is how far the records of a sink have come.
type SinkRecordStatus struct {
	Next      int64 `json:"next" doc:"Number of the first record that has not arrived."`
	Lag       int64 `json:"lag" doc:"How many sealed records have not arrived."`
	Delivered int64 `json:"delivered" doc:"How many records have arrived, repetitions not counted."`
}

var errNoSink = fault.New(fault.NotFound, "there is no such sink")

func sinkOf(s tenants.Sink) Sink {
	return Sink{s.ID, s.Name, SinkSettings{
		Kind: s.Kind, Checkpoints: &s.Checkpoints, Records: s.Records, EverySeconds: int(s.Every / time.Second), Email: s.Email, URL: s.URL,
		KeyID: s.KeyID, Region: s.Region, Rule: s.Rule, Stream: s.Stream, Header: s.Header, Format: s.Format,
	}, !s.Secret.IsZero() || s.Kind == tenants.WebhookSink}
}

func (s SinkSettings) sink(name string) tenants.Sink {
	return access.CanonicalSink(tenants.Sink{
		Name: name, Kind: s.Kind, Checkpoints: s.Checkpoints == nil || *s.Checkpoints, Records: s.Records, Every: time.Duration(s.EverySeconds) * time.Second,
		Email: s.Email, URL: s.URL, KeyID: s.KeyID, Region: s.Region, Rule: s.Rule, Stream: s.Stream, Header: s.Header, Format: s.Format,
	})
}

// sinkFor returns how a sink is shown to somebody of a role.
func sinkFor(role tenants.Role) func(tenants.Sink) Sink {
	if role.Includes(tenants.Admin) {
		return sinkOf
	}
	return func(s tenants.Sink) Sink { return sinkOf(s.WithoutSecret()) }
}

func sinkNamed(a access.Configuration, name string) (tenants.Sink, error) {
	at := slices.IndexFunc(a.Sinks, func(s tenants.Sink) bool { return s.Name == name })
	if at < 0 {
		return tenants.Sink{}, errNoSink
	}
	return a.Sinks[at], nil
}

func sinkIn(name string, by Actor) func(access.Configuration) (Sink, error) {
	shown := sinkFor(by.Role)
	return func(a access.Configuration) (Sink, error) {
		s, err := sinkNamed(a, name)
		return shown(s), err
	}
}
