package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// The bounds of sinks.
const (
	MaxSinks          = 10
	MaxSinkName       = MaxSourceName
	MaxSinkURL        = MaxSourceURL
	MaxSinkSecret     = 16 << 10 // bytes of a ciphertext
	MaxSinkKey        = 128      // bytes of an access key's id, and of a region
	DefaultSinkEvery  = time.Hour
	ShortestSinkEvery = 5 * time.Minute
	LongestSinkEvery  = 24 * time.Hour
)

// NewReaders refuses sinks by which somebody gets the log's records who has not got them
// before: only an owner decides who may read the log, and this is a way to read it. A
// sink beside another that leads to the same place is somebody new, too: what it has as a
// secret may say whose account that is.
// Before and after are the sinks around an edit by somebody who is no owner.
func NewReaders(before, after []tenants.Sink) error {
	for _, s := range after {
		had := func(b tenants.Sink) bool { return b.ID == s.ID && b.Records && b.Receiver() == s.Receiver() }
		if s.Records && !slices.ContainsFunc(before, had) {
			return fault.Newf(fault.Forbidden,
				"sinks: %s would bring the log's records to somebody new, and only an owner decides who reads the log; leave out records, or have an owner add it, signed in", s.Name)
		}
	}
	return nil
}

// PutSink adds a sink, or changes the one of the same name, which keeps its id, and
// its secret as long as that goes where it went before (Sink.Destination); a webhook
// that goes elsewhere is signed with another. A broken rule is Invalid.
func (c *Configuration) PutSink(s tenants.Sink, d Deployment) error {
	s = CanonicalSink(s)
	s.Secret, s.Secrets = tenants.GUID{}, 0
	at := c.sinkAt(s.Name)
	if at >= 0 {
		was := c.Sinks[at]
		s.ID, s.Secrets = was.ID, was.Secrets
		switch same := was.Destination() == s.Destination(); {
		case s.TakesSecret() && same:
			s.Secret = was.Secret
		case s.Kind == tenants.WebhookSink && !same:
			s.Secrets++
		}
	}
	var found complaints
	found.sink("", s, d)
	if at < 0 && len(c.Sinks) >= MaxSinks {
		found.add("", fmt.Sprintf("there are %d sinks already, which is the most; remove one first", MaxSinks))
	}
	if err := Refuse(found); err != nil {
		return err
	}
	if at < 0 {
		s.ID = orNew(s.ID)
		c.Sinks = with(c.Sinks, s)
		return nil
	}
	c.Sinks = replaced(c.Sinks, at, s)
	return nil
}

// PutSinkSecret gives a sink the secret whose ciphertext is bound to an id of its
// own. A name that no sink has is NotFound; a sink that has no secret refuses it.
func (c *Configuration) PutSinkSecret(name string, id tenants.GUID, ciphertext []byte) error {
	at := c.sinkAt(name)
	if at < 0 {
		return noSink(name)
	}
	s := c.Sinks[at]
	if !s.TakesSecret() {
		return Refuse([]Problem{{"secret", fmt.Sprintf("goes with storage, syslog, and otlp with a header; %s has none", s.Kind)}})
	}
	if len(ciphertext) == 0 || len(ciphertext) > MaxSinkSecret {
		return Refuse([]Problem{{"secret", fmt.Sprintf("is empty or too long; it may have %d bytes once it is encrypted", MaxSinkSecret)}})
	}
	s.Secret = id
	c.bring(id, ciphertext)
	c.Sinks = replaced(c.Sinks, at, s)
	return nil
}

// RenewSinkSecret has the secret of a webhook made anew. A name that no sink has is
// NotFound.
func (c *Configuration) RenewSinkSecret(name string) error {
	at := c.sinkAt(name)
	if at < 0 {
		return noSink(name)
	}
	s := c.Sinks[at]
	if s.Kind != tenants.WebhookSink {
		return fault.Newf(fault.Invalid, "only what a webhook gets is signed; the secret of %s is given", s.Kind)
	}
	s.Secrets++
	c.Sinks = replaced(c.Sinks, at, s)
	return nil
}

// RemoveSink removes a sink. A name that no sink has is NotFound.
func (c *Configuration) RemoveSink(name string) error {
	if c.sinkAt(name) < 0 {
		return noSink(name)
	}
	c.Sinks = without(c.Sinks, func(s tenants.Sink) bool { return s.Name == name })
	return nil
}

// CheckSinkSecrets refuses a configuration in which a sink has the secret of another,
// or one that is sent elsewhere than before, or one that nobody has given. Before are
// the sinks as they were.
func (c Configuration) CheckSinkSecrets(before []tenants.Sink) error {
	had := map[tenants.GUID]tenants.Sink{}
	for _, s := range before {
		if !s.Secret.IsZero() {
			had[s.Secret] = s
		}
	}
	var found complaints
	for i, s := range c.Sinks {
		if s.Secret.IsZero() {
			continue
		}
		at, given := Place("sinks").At(i).Field("secret"), len(c.Secrets[s.Secret]) > 0
		switch was, known := had[s.Secret]; {
		case known && given:
			found.add(at, "needs an id of its own; give the new one another id")
		case known && (was.ID != s.ID || was.Destination() != s.Destination()):
			found.add(at, "has to be given again, because it would be sent elsewhere than before")
		case !known && !given:
			found.add(at, "is missing; it is kept encrypted and never shown again")
		}
	}
	return Refuse(found)
}

func (c *Configuration) sinkAt(name string) int {
	return slices.IndexFunc(c.Sinks, func(s tenants.Sink) bool { return s.Name == name })
}

func noSink(name string) error {
	return fault.Newf(fault.NotFound, "sink %.120q does not exist; list the sinks for those that do", name)
}

// CanonicalSink returns a sink as it is stored: checkpoints go hourly, and our own
// format is none.
func CanonicalSink(s tenants.Sink) tenants.Sink {
	s.Every = cmp.Or(s.Every, DefaultSinkEvery)
	if s.Format == tenants.OwnFormat {
		s.Format = ""
	}
	return s
}

func (c Configuration) sinkTotals() section {
	type sink struct {
		Name        string           `json:"name"`
		Kind        tenants.SinkKind `json:"kind"`
		Checkpoints bool             `json:"checkpoints"`
		Records     bool             `json:"records,omitempty"`
		Every       string           `json:"every"`
		Email       string           `json:"email,omitempty"`
		URL         string           `json:"url,omitempty"`
		KeyID       string           `json:"keyId,omitempty"`
		Region      string           `json:"region,omitempty"`
		Rule        string           `json:"rule,omitempty"`
		Stream      string           `json:"stream,omitempty"`
		Header      string           `json:"header,omitempty"`
		Format      string           `json:"format,omitempty"`
	}
	total := section{name: "sinks"}
	for _, s := range c.Sinks {
		total.bytes += size(sink{s.Name, s.Kind, s.Checkpoints, s.Records, strings.TrimSuffix(strings.TrimSuffix(s.Every.String(), "0s"), "0m"), s.Email, s.URL, s.KeyID, s.Region, s.Rule, s.Stream, s.Header, string(s.Format)})
	}
	return total
}
