package manage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"gatehouse/internal/access"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
)

// Doer sends a request and reads the whole reply, or as much as it likes; *egress.Client
// is one.
type Doer interface {
	Do(ctx context.Context, req *http.Request) (*egress.Response, error)
	Open(ctx context.Context, req *http.Request, o egress.OpenOptions) (*egress.Stream, error)
}

// Tokens gives bearer tokens for the management API.
type Tokens interface {
	Token(ctx context.Context) (string, error)
}

// Client speaks to the management API about one organization. Every field is
// required.
type Client struct {
	Base   url.URL // origin of the deployment
	Org    tenants.Slug
	HTTP   Doer
	Tokens Tokens
}

// Snapshot is a configuration and the entity tag it was read with.
type Snapshot struct {
	Document orgfile.Document
	ETag     string
}

// Put is a configuration to be applied. Every field is required.
type Put struct {
	Document orgfile.Document
	ETag     string
	Mode     orgfile.Mode
	Effort   Effort
}

// Effort says whether something is done or only tried.
type Effort uint8

// The efforts.
const (
	Do  Effort = iota
	Try        // the deployment checks everything and writes nothing
)

// Configuration reads the organization's configuration.
func (c *Client) Configuration(ctx context.Context) (Snapshot, error) {
	answer, err := c.exchange(ctx, call{method: http.MethodGet, path: "configuration"})
	if err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{ETag: answer.Header.Get("ETag")}
	if err := json.Unmarshal(answer.Body, &s.Document); err != nil || s.ETag == "" || s.Document.Gatehouse != orgfile.Version {
		return Snapshot{}, fault.Wrap(fault.Upstream, c.Base.Host+" answered with no configuration that this version of gatehouse understands; use the version of the deployment", err)
	}
	return s, nil
}

// ApplyConfiguration applies a configuration and returns what the deployment finds
// odd about the result. What it refuses is a *RefusedError in the chain; its
// status is 412 when the configuration has changed since it was read.
func (c *Client) ApplyConfiguration(ctx context.Context, p Put) ([]access.Warning, error) {
	query := url.Values{}
	query.Set("prune", strconv.FormatBool(p.Mode == orgfile.Prune))
	query.Set("dryRun", strconv.FormatBool(p.Effort == Try))
	answer, err := c.exchange(ctx, call{method: http.MethodPatch, path: "configuration", query: query, ifMatch: p.ETag, body: withoutSource(p.Document)})
	if err != nil {
		return nil, err
	}
	var applied struct{ Warnings []access.Warning }
	if err := json.Unmarshal(answer.Body, &applied); err != nil {
		return nil, fault.Wrap(fault.Upstream, c.Base.Host+" has done what was asked and answered with nothing that this version of gatehouse understands; use the version of the deployment", err)
	}
	return applied.Warnings, nil
}

// withoutSource returns the document without where its reader keeps a secret,
// which is nobody else's business.
func withoutSource(d orgfile.Document) orgfile.Document {
	d.Sources, d.Sinks = withoutSourceSecrets(d.Sources), withoutSinkSecrets(d.Sinks)
	if d.Organization == nil || d.Organization.Connection == nil || d.Organization.Connection.Credential == nil {
		return d
	}
	o, c := *d.Organization, *d.Organization.Connection
	c.Credential = &orgfile.Credential{Kind: c.Credential.Kind}
	o.Connection = &c
	d.Organization = &o
	return d
}

// credential is the body that gives a connection its credential.
type credential struct {
	Kind        tenants.CredentialKind `json:"kind"`
	Secret      string                 `json:"secret,omitempty"`
	Certificate string                 `json:"certificate,omitempty"`
}

// PutCredential gives the connection a credential: a client secret, or a
// certificate and its private key in PEM.
func (c *Client) PutCredential(ctx context.Context, kind tenants.CredentialKind, secret string) error {
	connection, err := c.exchange(ctx, call{method: http.MethodGet, path: "connection"})
	if err != nil {
		return err
	}
	body := credential{Kind: kind}
	if kind == tenants.Certificate {
		body.Certificate = secret
	} else {
		body.Secret = secret
	}
	_, err = c.exchange(ctx, call{method: http.MethodPut, path: "connection/credential", ifMatch: connection.Header.Get("ETag"), body: body})
	return err
}

// call is one request below the organization.
type call struct {
	method, path, ifMatch string
	key                   string // the same of a request that is sent again; empty: none
	query                 url.Values
	body                  any // nil: none
}

func (c *Client) exchange(ctx context.Context, what call) (*egress.Response, error) {
	req, err := c.request(ctx, what)
	if err != nil {
		return nil, err
	}
	answer, err := c.HTTP.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	if answer.Status < 200 || answer.Status > 299 {
		return nil, refusalOf(c.Base.Host, answer)
	}
	return answer, nil
}

// address is that of something below the organization.
func (c *Client) address(path string) *url.URL {
	return c.Base.JoinPath("api", "organizations", c.Org.String(), path)
}

func (c *Client) request(ctx context.Context, what call) (*http.Request, error) {
	token, err := c.Tokens.Token(ctx)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if what.body != nil {
		text, err := json.Marshal(what.body)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	u := c.address(what.path)
	u.RawQuery = what.query.Encode()
	req, err := http.NewRequestWithContext(ctx, what.method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	c.authorize(req, token)
	req.Header.Set("Accept", "application/json")
	if what.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if what.ifMatch != "" {
		req.Header.Set("If-Match", what.ifMatch)
	}
	if what.key != "" {
		req.Header.Set("Idempotency-Key", what.key)
	}
	return req, nil
}
