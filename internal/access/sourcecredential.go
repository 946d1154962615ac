package access

import (
	"fmt"
	"maps"
	"strings"

	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// The bounds of a source's credential.
const (
	MaxSourceScopes = 20
	MaxSourceScope  = 300 // bytes
	MaxOAuthClient  = 300 // bytes of a client id at a source's authorization server

	// MaxSourceSecret is the bytes that the ciphertext of a secret may have.
	MaxSourceSecret = 16 << 10
)

// SecretKind reports whether there is something secret about credentials of a
// kind. Of user_authorization that may be the empty text, and besides there are
// the tokens that people have got.
func SecretKind(k tools.SourceCredentialKind) bool {
	return k == tools.HeaderCredential || k == tools.ClientCredentials || k == tools.UserAuthorization
}

// SameSecret reports whether a source's secret may go on to be used after a
// change: it, or the tokens that it gets, are sent to whom they were sent before,
// and in the same way. Otherwise whoever may change a source could have them sent
// to themselves.
func SameSecret(was, now tools.Source) bool {
	a, b := was.Credential, now.Credential
	if a.ID != b.ID || a.Kind != b.Kind || a.Header != b.Header {
		return false
	}
	if origin(a.TokenURL) != origin(b.TokenURL) || a.ClientID != b.ClientID {
		return false
	}
	return origin(was.URL) == origin(now.URL)
}

// CheckSecrets refuses a configuration in which the secret of a source is missing,
// belongs to another source, or would be sent elsewhere than before. Before are
// the sources as they were.
func (c Configuration) CheckSecrets(before []tools.Source) error {
	was, owner := map[tenants.GUID]tools.Source{}, map[tenants.GUID]tenants.GUID{}
	for _, s := range before {
		was[s.ID] = s
		if !s.Credential.ID.IsZero() {
			owner[s.Credential.ID] = s.ID
		}
	}
	var found complaints
	for i, s := range c.Sources {
		at, id := Place("sources").At(i), s.Credential.ID
		if of, taken := owner[id]; taken && of != s.ID {
			found.add(at.Field("credential.id"), "belongs to another source; give the secret again, under an id of its own")
			continue
		}
		found.secret(at, was[s.ID], s, c.Secrets[id])
	}
	return Refuse(found)
}

// bring notes the ciphertext that an edit brings.
func (c *Configuration) bring(id tenants.GUID, secret []byte) {
	if len(secret) == 0 {
		return
	}
	c.Secrets = maps.Clone(c.Secrets)
	if c.Secrets == nil {
		c.Secrets = map[tenants.GUID][]byte{}
	}
	c.Secrets[id] = secret
}

// secret adds what is wrong with the secret that a source is to have. Was is the
// source as it was, zero if it is new.
func (c *complaints) secret(at Place, was, now tools.Source, secret []byte) {
	at, k := at.Field("credential.secret"), now.Credential
	switch {
	case !SecretKind(k.Kind):
		if len(secret) > 0 {
			c.add(at, fmt.Sprintf("goes with header, client_credentials and user_authorization only; leave it out for %s", k.Kind))
		}
	case len(secret) > MaxSourceSecret:
		c.add(at, fmt.Sprintf("is too long; it may have %d bytes once it is encrypted", MaxSourceSecret))
	case len(secret) == 0 && (k.ID.IsZero() || was.Credential.ID != k.ID):
		c.add(at, "is missing; it is kept encrypted and never shown again")
	case len(secret) == 0 && !SameSecret(was, now):
		c.add(at, "has to be given again, because it would be sent elsewhere, or otherwise, than before")
	case len(secret) > 0 && was.Credential.ID == k.ID && !k.ID.IsZero():
		c.add(at, "needs a credential id of its own; give the new one another id")
	}
}

// sourceCredential adds what is wrong with a credential: each kind has exactly
// the fields that it uses.
func (c *complaints) sourceCredential(at Place, k tools.SourceCredential, loopback Loopback) {
	switch k.Kind {
	case tools.NoCredential, tools.HeaderCredential, tools.OnBehalfOfUser, tools.ClientCredentials, tools.UserAuthorization:
	default:
		c.add(at.Field("kind"), fmt.Sprintf("%.40q is no credential; use none, header, on_behalf_of, client_credentials or user_authorization", k.Kind))
		return
	}
	header, client, asks := k.Kind == tools.HeaderCredential, k.Kind == tools.ClientCredentials, k.Kind == tools.OnBehalfOfUser
	person := k.Kind == tools.UserAuthorization
	c.belongs(at.Field("header"), k.Header, k.Kind, tools.HeaderCredential)
	c.belongs(at.Field("tokenUrl"), k.TokenURL, k.Kind, tools.ClientCredentials)
	if !person {
		c.belongs(at.Field("clientId"), k.ClientID, k.Kind, tools.ClientCredentials)
	}
	if len(k.Scopes) == 0 && asks {
		c.add(at.Field("scopes"), "is empty; name what to ask for, such as api://notes/.default")
	}
	if len(k.Scopes) > 0 && !asks && !client && !person {
		c.add(at.Field("scopes"), fmt.Sprintf("is not for %s; leave it out", k.Kind))
	}
	if k.ID.IsZero() == SecretKind(k.Kind) {
		c.add(at.Field("id"), "goes with a secret, and with nothing else; header, client_credentials and user_authorization have one")
	}
	if header && k.Header != "" {
		c.check(at.Field("header"), tools.CheckCredentialHeader(k.Header))
	}
	if client && k.TokenURL != "" {
		c.check(at.Field("tokenUrl"), checkSourceURL(k.TokenURL, loopback))
	}
	if (client || person) && !visible(k.ClientID, MaxOAuthClient) && k.ClientID != "" {
		c.add(at.Field("clientId"), fmt.Sprintf("must have at most %d visible characters without a space", MaxOAuthClient))
	}
	c.sourceScopes(at.Field("scopes"), k)
}

// belongs complains of a field of one kind that is missing there or that another
// kind has.
func (c *complaints) belongs(at Place, value string, kind, of tools.SourceCredentialKind) {
	switch {
	case value == "" && kind == of:
		c.add(at, fmt.Sprintf("is missing; %s needs it", kind))
	case value != "" && kind != of:
		c.add(at, fmt.Sprintf("is not for %s; leave it out", kind))
	}
}

// sourceScopes adds what is wrong with scopes. Entra takes one that names no API
// for one of Microsoft Graph.
func (c *complaints) sourceScopes(at Place, k tools.SourceCredential) {
	if len(k.Scopes) > MaxSourceScopes {
		c.add(at, fmt.Sprintf("has %d entries and may have %d", len(k.Scopes), MaxSourceScopes))
	}
	for i, s := range k.Scopes {
		switch {
		case !visible(s, MaxSourceScope) || strings.ContainsAny(s, `"\`):
			c.add(at.At(i), fmt.Sprintf("%.60q is no scope; use one such as api://notes/.default", s))
		case k.Kind == tools.OnBehalfOfUser && !strings.Contains(s, "/"):
			c.add(at.At(i), fmt.Sprintf("%.60q does not say of which API it is; put its Application ID URI before it, such as api://notes/%.60s", s, s))
		}
	}
}

// visible reports whether s has 1 to most visible ASCII characters.
func visible(s string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
