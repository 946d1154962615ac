package admin_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/admin"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/secrets"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

// cellar is a SinkStore of one organization.
type cellar struct {
	wrapped []byte
	states  map[tenants.GUID]sinks.State
	secrets map[tenants.GUID][]byte
	head    seal.Head
}

func (c *cellar) CredentialOf(context.Context, tenants.ID) (k tenants.Credential, ciphertext, wrapped []byte, err error) {
	return k, nil, c.wrapped, nil
}

func (c *cellar) SinkStates(context.Context, tenants.ID) (map[tenants.GUID]sinks.State, error) {
	return c.states, nil
}

func (c *cellar) SinkSecret(_ context.Context, _ tenants.ID, id tenants.GUID) ([]byte, error) {
	if secret, there := c.secrets[id]; there {
		return secret, nil
	}
	return nil, fault.New(fault.NotFound, "there is no such thing")
}

func (c *cellar) LogReach(context.Context, tenants.ID) (seal.Head, error) { return c.head, nil }

// porter is a carrier that keeps what it was given.
type porter struct {
	sinks.Carrier
	to   []sinks.For
	size []int64
	away error
}

func (p *porter) Anchor(_ context.Context, to sinks.For, a sinks.Anchor) error {
	p.to, p.size = append(p.to, to), append(p.size, a.Size)
	return p.away
}

const sealedNote = "gatehouse.test/organizations/3f6c1b52-8c1e-4a39-9d2d-0f6c6f2a7b10/log\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ntime 2026-11-22T12:00:00.000Z database 0\n\n— gatehouse.test AAAA\n"

func newCellar(t *testing.T, tests *limit.Visitors) (*admin.Sinks, *cellar, *porter, tenants.Organization) {
	t.Helper()
	o := tenants.Organization{ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso"}
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	c := &cellar{
		wrapped: must(box.NewOrganizationKey(t.Context(), o.ID)), states: map[tenants.GUID]sinks.State{}, secrets: map[tenants.GUID][]byte{},
		head: seal.Head{Origin: "gatehouse.test/organizations/3f6c1b52-8c1e-4a39-9d2d-0f6c6f2a7b10/log", Size: 7, Checkpoint: []byte(sealedNote)},
	}
	p := &porter{}
	carriers := map[tenants.SinkKind]sinks.Carrier{}
	for _, kind := range tenants.SinkKinds() {
		carriers[kind] = p
	}
	return admin.NewSinks(admin.SinkParts{Store: c, Keys: box, Carriers: carriers, Now: time.Now, Tests: tests}), c, p, o
}

func TestSecretsOfSinksOpenForTheirSinkOnly(t *testing.T) {
	t.Parallel()
	s, _, _, o := newCellar(t, nil)
	id := tenants.NewGUID()
	ciphertext, err := s.EncryptSinkSecret(t.Context(), o.ID, id, "sig=a")
	succeed(t, err)
	if strings.Contains(string(ciphertext), "sig=a") {
		t.Error("the secret is plain")
	}
	sink := tenants.Sink{ID: tenants.NewGUID(), Kind: tenants.StorageSink, Secret: id}
	to, err := s.Prepare(t.Context(), o, sinks.Task{Sink: sink, Ciphertext: ciphertext})
	if err != nil || to.Secret != "sig=a" || to.Sink != sink || to.Organization.ID != o.ID {
		t.Errorf("%+v %v", to, err)
	}
	sink.Secret = tenants.NewGUID()
	if to, err := s.Prepare(t.Context(), o, sinks.Task{Sink: sink, Ciphertext: ciphertext}); err == nil || to.Secret != "" {
		t.Errorf("another sink's secret is opened: %+v", to)
	}
	if to, err := s.Prepare(t.Context(), o, sinks.Task{Sink: tenants.Sink{Kind: tenants.MailboxSink}}); err != nil || to.Secret != "" {
		t.Errorf("%+v %v", to, err)
	}
}

func TestEachWebhookIsSignedWithASecretOfItsOwn(t *testing.T) {
	t.Parallel()
	s, _, _, o := newCellar(t, nil)
	one := tenants.Sink{ID: tenants.NewGUID(), Kind: tenants.WebhookSink}
	anew := one
	anew.Secrets++
	seen := map[string]bool{}
	for _, sink := range []tenants.Sink{one, anew, {ID: tenants.NewGUID(), Kind: tenants.WebhookSink}} {
		secret, err := s.SinkSecret(t.Context(), o.ID, sink)
		succeed(t, err)
		raw, found := strings.CutPrefix(secret, "whsec_")
		if key, err := base64.StdEncoding.DecodeString(raw); !found || err != nil || len(key) < 24 || seen[secret] {
			t.Errorf("%q of %+v", secret, sink)
		}
		seen[secret] = true
		if to, err := s.Prepare(t.Context(), o, sinks.Task{Sink: sink}); err != nil || to.Secret != secret {
			t.Errorf("%v", err)
		}
	}
}

func TestStatusOfASinkSaysWhatHasArrived(t *testing.T) {
	t.Parallel()
	s, c, _, o := newCellar(t, nil)
	now := time.Now()
	sink := tenants.Sink{ID: tenants.NewGUID(), Kind: tenants.StorageSink, Records: true}
	for name, row := range map[string]struct {
		state sinks.State
		says  string
		lag   int64
	}{
		"new":     {sinks.State{Next: 7}, "waiting", 0},
		"working": {sinks.State{Next: 5, TriedAt: now, ArrivedAt: now}, "working", 2},
		"failing": {sinks.State{Next: 1, TriedAt: now, Failures: 2, FailingSince: now, Due: now.Add(time.Minute), Trouble: "away"}, "failing", 6},
		"changed": {sinks.State{Next: 1, TriedAt: now, FailingSince: now}, "waiting", 6},
		"ahead":   {sinks.State{Next: 9, TriedAt: now}, "working", 0},
	} {
		c.states[sink.ID] = row.state
		got, err := s.SinkStatus(t.Context(), o.ID, sink)
		if err != nil || got.State != row.says || got.Records == nil || got.Records.Lag != row.lag || (got.NextAt != nil) != (row.says == "failing") || got.Trouble != row.state.Trouble || got.Checkpoint != nil {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	sink.Records = false
	c.states[sink.ID] = sinks.State{TriedAt: now, Anchored: 4, AnchoredAt: now, Checkpoint: []byte("note")}
	if got, err := s.SinkStatus(t.Context(), o.ID, sink); err != nil || got.Records != nil || got.Checkpoint == nil || got.Checkpoint.Size != 4 || got.Checkpoint.Note != "note" {
		t.Errorf("%+v %v", got, err)
	}
}

func TestASinkIsTriedWithTheNewestCheckpoint(t *testing.T) {
	t.Parallel()
	tests, err := limit.NewVisitors("sink test", limit.Rate{PerSecond: 1.0 / 60, Burst: 3}, 10)
	succeed(t, err)
	s, c, p, o := newCellar(t, tests)
	sink := tenants.Sink{ID: tenants.NewGUID(), Kind: tenants.StorageSink, Secret: tenants.NewGUID()}
	c.secrets[sink.Secret] = must(s.EncryptSinkSecret(t.Context(), o.ID, sink.Secret, "sig=a"))
	if err := s.TestSink(t.Context(), o, sink); err != nil || len(p.to) != 1 || p.to[0].Secret != "sig=a" || p.size[0] != 7 {
		t.Errorf("%+v %v", p, err)
	}
	p.away = fault.New(fault.Upstream, "away")
	wants(t, s.TestSink(t.Context(), o, sink), fault.Upstream, "away")
	sink.Secret = tenants.GUID{}
	wants(t, s.TestSink(t.Context(), o, sink), fault.Invalid, "no secret yet")
	wants(t, s.TestSink(t.Context(), o, sink), fault.Limited, "too many")
	if len(p.to) != 2 {
		t.Errorf("sent %d", len(p.to))
	}
}

func TestNothingIsSentOfALogInWhichNothingIsSealed(t *testing.T) {
	t.Parallel()
	s, c, p, o := newCellar(t, nil)
	c.head = seal.Head{}
	wants(t, s.TestSink(t.Context(), o, tenants.Sink{Kind: tenants.MailboxSink}), fault.NotFound, "nothing is sealed yet")
	c.head = seal.Head{Size: 7, Checkpoint: []byte("x")}
	if err := s.TestSink(t.Context(), o, tenants.Sink{Kind: tenants.MailboxSink}); err == nil || len(p.to) > 0 {
		t.Errorf("what is no checkpoint is sent: %v", err)
	}
}
