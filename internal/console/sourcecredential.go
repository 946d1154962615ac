package console

import (
	"context"
	"slices"
	"strings"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// SourceCredential is how the platform proves to a source who it is, or for whom
// it asks.
type SourceCredential struct {
	Kind     tools.SourceCredentialKind `json:"kind" enum:"none,header,on_behalf_of,client_credentials,user_authorization" doc:"header: a fixed header. on_behalf_of: a token of Entra for the person who calls. client_credentials: a token of the source's own authorization server. user_authorization: each person signs in there themselves."`
	Header   string                     `json:"header,omitempty" maxLength:"100" doc:"Name of the header, of kind header."`
	Scopes   []string                   `json:"scopes,omitempty" maxItems:"20" doc:"What to ask for, of kind on_behalf_of, and of client_credentials and user_authorization if it wants some."`
	TokenURL string                     `json:"tokenUrl,omitempty" maxLength:"2000" doc:"Token endpoint, of kind client_credentials."`
	ClientID string                     `json:"clientId,omitempty" maxLength:"300" doc:"Client id at that token endpoint. Of kind user_authorization: at the source's authorization server; left out, Gatehouse registers there itself."`
}

// NewSourceCredential is a credential to be put. What is secret goes in and never
// comes out.
type NewSourceCredential struct {
	SourceCredential
	Value  string `json:"value,omitempty" writeOnly:"true" maxLength:"8000" doc:"Of the header, of kind header."`
	Secret string `json:"secret,omitempty" writeOnly:"true" maxLength:"8000" doc:"Client secret, of kind client_credentials, and of user_authorization if the client has one."`
}

func sourceCredentialOf(k tools.SourceCredential) SourceCredential {
	return SourceCredential{k.Kind, k.Header, slices.Clone(k.Scopes), k.TokenURL, k.ClientID}
}

// credential returns what is not secret of a credential, which gets an id of its
// own if it comes with a secret.
func (n NewSourceCredential) credential() tools.SourceCredential {
	k := tools.SourceCredential{Kind: n.Kind, Header: n.Header, Scopes: slices.Clone(n.Scopes), TokenURL: n.TokenURL, ClientID: n.ClientID}
	if access.SecretKind(n.Kind) {
		k.ID = tenants.NewGUID()
	}
	return k
}

// secret returns what is secret of the credential; it refuses one that lacks it
// and one that brings another kind's.
func (n NewSourceCredential) secret() (string, error) {
	var problems []access.Problem
	check := func(field, value string, kind tools.SourceCredentialKind) {
		switch {
		case n.Kind == tools.UserAuthorization && field == "secret":
			if value != "" && n.ClientID == "" {
				problems = append(problems, access.Problem{Path: "clientId", Message: "is missing; the secret is that of a client"})
			}
		case n.Kind == kind && value == "":
			problems = append(problems, access.Problem{Path: field, Message: "is missing; it is kept encrypted and never shown again"})
		case n.Kind != kind && value != "":
			problems = append(problems, access.Problem{Path: field, Message: "is not for " + string(n.Kind) + "; leave it out"})
		}
	}
	check("value", n.Value, tools.HeaderCredential)
	check("secret", n.Secret, tools.ClientCredentials)
	if err := tools.CheckCredentialValue(n.Value); err != nil && n.Kind == tools.HeaderCredential {
		problems = append(problems, access.Problem{Path: "value", Message: fault.Public(err)})
	}
	return n.Value + n.Secret, access.Refuse(problems)
}

type sourceCredentialInput struct {
	InOrganization
	SourceItem
	Match
	Body NewSourceCredential
}

func (c *Console) updateSourceCredential(ctx context.Context, by Actor, in *sourceCredentialInput) (*One[Source], error) {
	if err := in.given(); err != nil {
		return nil, err
	}
	secret, err := in.Body.secret()
	if err != nil {
		return nil, err
	}
	credential := in.Body.credential()
	var ciphertext []byte
	if access.SecretKind(credential.Kind) { // nothing is a secret too
		if ciphertext, err = c.Sources.EncryptSourceSecret(ctx, by.Org(), credential.ID, secret); err != nil {
			return nil, err
		}
	}
	return editOne(ctx, c, by, change[Source]{
		what: "source credential changed", match: in.Match, read: func(a access.Configuration) (Source, error) { return sourceIn(a, in.Source) },
		edit: func(a *access.Configuration) error {
			s, err := sourceNamed(*a, in.Source)
			if err != nil {
				return err
			}
			s.Credential = credential
			_, err = a.PutSource(s, ciphertext, c.deployment())
			return withoutPrefix(err, "credential.")
		},
	})
}

// withoutPrefix says what is wrong with a member at the place where this request
// has it.
func withoutPrefix(err error, prefix string) error {
	problems := access.ProblemsOf(err)
	if problems == nil {
		return err
	}
	for i := range problems {
		problems[i].Path = strings.TrimPrefix(problems[i].Path, prefix)
	}
	return access.Refuse(problems)
}
