package admin

import (
	"context"
	"encoding/base64"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/secrets"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

// SinkStore is what is read of organizations for it.
type SinkStore interface {
	KeyStore
	SinkStates(ctx context.Context, org tenants.ID) (map[tenants.GUID]sinks.State, error)
	SinkSecret(ctx context.Context, org tenants.ID, id tenants.GUID) ([]byte, error)
	LogReach(ctx context.Context, org tenants.ID) (seal.Head, error)
}

// SinkParts is what is done about sinks with. Every field but Tests is required.
type SinkParts struct {
	Store    SinkStore
	Keys     *secrets.Box
	Carriers map[tenants.SinkKind]sinks.Carrier
	Now      func() time.Time
	Tests    *limit.Visitors // how often organizations try their sinks; nil: nobody is held
}

// Sinks does what takes more than an edit of where an organization wants its log to
// go.
type Sinks struct{ SinkParts }

var _ console.Sinks = (*Sinks)(nil)

// NewSinks returns what the console asks for, and what prepares deliveries.
func NewSinks(p SinkParts) *Sinks { return &Sinks{p} }

func (s *Sinks) key(ctx context.Context, org tenants.ID) (*secrets.OrgKey, error) {
	_, _, wrapped, err := s.Store.CredentialOf(ctx, org)
	if err != nil {
		return nil, err
	}
	return s.Keys.Open(ctx, org, wrapped)
}

// SinkSecret returns the secret that signs what a webhook gets.
func (s *Sinks) SinkSecret(ctx context.Context, org tenants.ID, sink tenants.Sink) (string, error) {
	key, err := s.key(ctx, org)
	if err != nil {
		return "", err
	}
	return signing(key, sink), nil
}

func signing(key *secrets.OrgKey, s tenants.Sink) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(key.WebhookKey(s.ID, s.Secrets))
}

// EncryptSinkSecret encrypts the secret of a sink under the organization's key, bound
// to its id.
func (s *Sinks) EncryptSinkSecret(ctx context.Context, org tenants.ID, id tenants.GUID, secret string) ([]byte, error) {
	key, err := s.key(ctx, org)
	if err != nil {
		return nil, err
	}
	return key.Encrypt(secrets.SinkLabel(id), []byte(secret))
}

// Prepare says for whom a sink is, with what of it is secret in clear.
func (s *Sinks) Prepare(ctx context.Context, o tenants.Organization, t sinks.Task) (sinks.For, error) {
	to := sinks.For{Organization: o, Sink: t.Sink, Now: s.Now()}
	if t.Sink.Kind != tenants.WebhookSink && len(t.Ciphertext) == 0 {
		return to, nil
	}
	key, err := s.key(ctx, o.ID)
	if err != nil {
		return to, err
	}
	if t.Sink.Kind == tenants.WebhookSink {
		to.Secret = signing(key, t.Sink)
		return to, nil
	}
	plain, err := key.Decrypt(secrets.SinkLabel(t.Sink.Secret), t.Ciphertext)
	to.Secret = string(plain)
	return to, err
}

// SinkStatus returns how far a sink has come.
func (s *Sinks) SinkStatus(ctx context.Context, org tenants.ID, sink tenants.Sink) (console.SinkStatus, error) {
	states, err := s.Store.SinkStates(ctx, org)
	if err != nil {
		return console.SinkStatus{}, err
	}
	head, err := s.Store.LogReach(ctx, org)
	if err != nil {
		return console.SinkStatus{}, err
	}
	return statusOf(sink, states[sink.ID], head), nil
}

func statusOf(sink tenants.Sink, s sinks.State, head seal.Head) console.SinkStatus {
	at := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	status := console.SinkStatus{State: "working", Trouble: s.Trouble, FailingSince: at(s.FailingSince), TriedAt: at(s.TriedAt), ArrivedAt: at(s.ArrivedAt)}
	switch {
	case s.Failures > 0:
		status.State, status.NextAt = "failing", at(s.Due)
	case s.TriedAt.IsZero() || !s.FailingSince.IsZero(): // changed since it failed
		status.State = "waiting"
	}
	if s.Checkpoint != nil {
		status.Checkpoint = &console.SinkCheckpoint{Size: s.Anchored, ArrivedAt: s.AnchoredAt, Note: string(s.Checkpoint)}
	}
	if sink.Records {
		status.Records = &console.SinkRecordStatus{Next: s.Next, Lag: max(0, head.Size-s.Next), Delivered: s.Delivered}
	}
	return status
}

// TestSink brings a sink the newest checkpoint, whether or not one is due, and notes
// nothing.
func (s *Sinks) TestSink(ctx context.Context, o tenants.Organization, sink tenants.Sink) error {
	if s.Tests != nil {
		if err := s.Tests.Admit("sinks of organization " + o.ID.String()); err != nil {
			return err
		}
	}
	head, err := s.Store.LogReach(ctx, o.ID)
	if err != nil {
		return err
	}
	if head.Size == 0 {
		return fault.New(fault.NotFound, "nothing is sealed yet in the log, so there is no checkpoint; a worker has to run")
	}
	task := sinks.Task{Sink: sink}
	if !sink.Secret.IsZero() {
		if task.Ciphertext, err = s.Store.SinkSecret(ctx, o.ID, sink.Secret); err != nil {
			return err
		}
	}
	if sink.NeedsSecret() && len(task.Ciphertext) == 0 {
		return sinks.ErrNoSecret
	}
	to, err := s.Prepare(ctx, o, task)
	if err != nil {
		return err
	}
	c, err := proof.ReadCheckpoint(head.Checkpoint)
	if err != nil {
		return err
	}
	return s.Carriers[sink.Kind].Anchor(ctx, to, sinks.Anchor{Origin: head.Origin, Size: head.Size, At: c.At, Note: head.Checkpoint})
}
