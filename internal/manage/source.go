package manage

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"gatehouse/internal/access"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tools"
)

// sourceSecret is the credential of a source whose secret is to be sent.
type sourceSecret struct {
	source     string
	at         access.Place // of the source in the document
	credential orgfile.SourceCredential
	secret     string
}

// dueSources returns the credentials of sources whose secrets are to be sent:
// something about them differs from the current one, the source's address leads
// elsewhere, or they are to be sent always.
func dueSources(current, wanted orgfile.Document, when Renewal) (due []sourceSecret) {
	had := map[string]orgfile.Source{}
	for _, s := range current.Sources {
		had[s.Name] = s
	}
	for i, s := range wanted.Sources {
		if s.Credential == nil || !access.SecretKind(s.Credential.Kind) {
			continue
		}
		before := had[s.Name]
		kept := before.Credential != nil && sameCredential(*before.Credential, *s.Credential) && !access.Moved(before.URL, s.URL)
		if !kept || when == Always && s.Credential.From != nil {
			due = append(due, sourceSecret{source: s.Name, at: access.Place("sources").At(i), credential: *s.Credential})
		}
	}
	return due
}

// sameCredential compares what is not secret of two credentials.
func sameCredential(a, b orgfile.SourceCredential) bool {
	plain := func(k orgfile.SourceCredential) orgfile.SourceCredential {
		k.From = nil
		k.Scopes = slices.Compact(slices.Sorted(slices.Values(k.Scopes)))
		return k
	}
	return reflect.DeepEqual(plain(a), plain(b))
}

// readSources reads the secrets of credentials.
func (s Secrets) readSources(due []sourceSecret) (err error) {
	for i := range due {
		if k := due[i].credential; k.Kind == tools.UserAuthorization && k.From == nil {
			continue // a public client, or one that registers by itself
		}
		if due[i].secret, err = s.read(due[i].at.Field("credential"), string(due[i].credential.Kind), due[i].credential.From); err != nil {
			return err
		}
	}
	return nil
}

// sourceCredential is the body that gives a source its credential.
type sourceCredential struct {
	Kind     tools.SourceCredentialKind `json:"kind"`
	Header   string                     `json:"header,omitempty"`
	Scopes   []string                   `json:"scopes,omitempty"`
	TokenURL string                     `json:"tokenUrl,omitempty"`
	ClientID string                     `json:"clientId,omitempty"`
	Value    string                     `json:"value,omitempty"`
	Secret   string                     `json:"secret,omitempty"`
}

// PutSourceCredential gives a source a credential with its secret.
func (c *Client) PutSourceCredential(ctx context.Context, source string, k orgfile.SourceCredential, secret string) error {
	path := "sources/" + url.PathEscape(source)
	now, err := c.exchange(ctx, call{method: http.MethodGet, path: path})
	if err != nil {
		return err
	}
	body := sourceCredential{Kind: k.Kind, Header: k.Header, Scopes: k.Scopes, TokenURL: k.TokenURL, ClientID: k.ClientID}
	if k.Kind == tools.HeaderCredential {
		body.Value = secret
	} else {
		body.Secret = secret
	}
	_, err = c.exchange(ctx, call{method: http.MethodPut, path: path + "/credential", ifMatch: now.Header.Get("ETag"), body: body})
	return err
}

// withoutSourceSecrets returns the sources without where their reader keeps
// secrets.
func withoutSourceSecrets(all []orgfile.Source) []orgfile.Source {
	all = slices.Clone(all)
	for i := range all {
		if all[i].Credential != nil {
			k := *all[i].Credential
			k.From = nil
			all[i].Credential = &k
		}
	}
	return all
}
