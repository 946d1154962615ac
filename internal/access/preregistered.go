package access

import (
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// PreregistrationSettings is what an admin decides about a client that they register.
type PreregistrationSettings struct {
	Name      string
	Ceiling   *authz.Ceiling // nil: none
	Redirects []string
	Keys      string // JSON Web Key Set; empty: none
	KeysURL   string // of one; empty: none
}

// Preregister lists a client and keeps what goes with it, which has no secret yet. A
// broken rule is Invalid.
func (c *Configuration) Preregister(e connections.Preregistration, as PreregistrationSettings) error {
	var found complaints
	if len(c.Preregistered) >= connections.MaxPreregistered {
		found.add("", fmt.Sprintf("there are %d registered clients already, which is the most; remove one first", connections.MaxPreregistered))
	}
	switch e.Kind {
	case connections.Public, connections.Confidential, connections.Headless:
	default:
		found.add("kind", "must be public, confidential or agent")
	}
	if err := Refuse(found); err != nil {
		return err
	}
	if c.preregisteredAt(e.ID) >= 0 {
		return fault.New(fault.Conflict, "the client was registered already with this Idempotency-Key; list the registered clients")
	}
	before := *c
	c.Preregistered = with(c.Preregistered, connections.Preregistration{ID: e.ID, Kind: e.Kind, Agent: e.Agent, MadeAt: e.MadeAt})
	if err := c.PutPreregistered(e.ID, as); err != nil {
		*c = before
		return err
	}
	return nil
}

// PutPreregistered gives a client that an admin has registered another name, ceiling and
// redirect URIs. A broken rule is Invalid.
func (c *Configuration) PutPreregistered(id string, to PreregistrationSettings) error {
	at := c.preregisteredAt(id)
	if at < 0 {
		return noPreregistered(id)
	}
	e := c.Preregistered[at]
	var found complaints
	found.redirects(e.Kind, to.Redirects)
	found.keys(e.Kind, to)
	if err := Refuse(found); err != nil {
		return err
	}
	if err := c.PutClient(tenants.Client{ID: id, Name: to.Name}, to.Ceiling); err != nil {
		return err
	}
	e.Redirects, e.Keys, e.KeysURL = slices.Clone(to.Redirects), to.Keys, to.KeysURL
	c.Preregistered = replaced(c.Preregistered, at, e)
	return nil
}

func (c *complaints) redirects(kind connections.ClientKind, uris []string) {
	at := Place("redirectUris")
	if kind == connections.Headless && len(uris) > 0 {
		c.add(at, "is not for agents, whom nobody signs in; leave it out")
		return
	}
	if len(uris) > connections.MaxRedirects {
		c.add(at, fmt.Sprintf("has %d entries and may have %d; remove some", len(uris), connections.MaxRedirects))
		return
	}
	for i, uri := range uris {
		if err := connections.CheckRedirect(uri); err != nil {
			c.add(at.At(i), fault.Public(err))
		} else if slices.Contains(uris[:i], uri) {
			c.add(at.At(i), "stands there twice; remove one")
		}
	}
}

// keys adds what is wrong with what a client proves itself with besides secrets.
func (c *complaints) keys(kind connections.ClientKind, to PreregistrationSettings) {
	switch {
	case to.Keys != "" && to.KeysURL != "":
		c.add("jwksUri", "goes without jwks; leave one of them out")
	case !kind.Authenticates() && to.Keys+to.KeysURL != "":
		c.add("jwks", "is not for public clients, which prove nothing; leave it and jwksUri out")
	case to.Keys != "":
		_, err := connections.ReadKeys([]byte(to.Keys))
		c.check("jwks", err)
	case to.KeysURL != "":
		c.check("jwksUri", connections.CheckKeysURL(to.KeysURL))
	}
}

// AddSecret gives a client another secret. Secrets that are over make room; beside
// MaxSecrets that are not, one more is Conflict. What cannot be is Invalid.
func (c *Configuration) AddSecret(id string, s connections.Secret, now time.Time) error {
	at := c.preregisteredAt(id)
	if at < 0 {
		return noPreregistered(id)
	}
	e := c.Preregistered[at]
	if !e.Kind.Authenticates() {
		return fault.New(fault.Invalid, "kind: a public client has no secret; register one of kind confidential, or agent")
	}
	if life := s.EndsAt.Sub(now); life <= 0 || life > connections.MaxSecretLife {
		return fault.New(fault.Invalid, "days: must be from 1 to 730")
	}
	e.Secrets = without(e.Secrets, func(other connections.Secret) bool { return other.Over(now) })
	if slices.ContainsFunc(e.Secrets, func(other connections.Secret) bool { return other.ID == s.ID }) {
		return fault.New(fault.Conflict, "this secret was made already with this Idempotency-Key, and is not shown again; remove it and make another")
	}
	if len(e.Secrets) >= connections.MaxSecrets {
		return fault.Newf(fault.Conflict, "the client has %d secrets already; remove the one that is used no more", connections.MaxSecrets)
	}
	e.Secrets = append(e.Secrets, s)
	c.Preregistered = replaced(c.Preregistered, at, e)
	return nil
}

// RemoveSecret takes a secret away. One that does not exist is NotFound.
func (c *Configuration) RemoveSecret(id string, secret tenants.GUID) error {
	at := c.preregisteredAt(id)
	if at < 0 {
		return noPreregistered(id)
	}
	e := c.Preregistered[at]
	left := without(e.Secrets, func(s connections.Secret) bool { return s.ID == secret })
	if len(left) == len(e.Secrets) {
		return fault.New(fault.NotFound, "the client has no such secret; read the client for those it has")
	}
	e.Secrets = left
	c.Preregistered = replaced(c.Preregistered, at, e)
	return nil
}

func (c *Configuration) preregisteredAt(id string) int {
	return slices.IndexFunc(c.Preregistered, func(e connections.Preregistration) bool { return e.ID == id })
}

func noPreregistered(id string) error {
	return fault.Newf(fault.NotFound, "no client %.60q is registered here; list the registered clients for the ids there are", id)
}
