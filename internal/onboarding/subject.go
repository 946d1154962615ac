package onboarding

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"gatehouse/internal/entra"
	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// Prover gets a token as the app of a connection, in its organization's tenant
// and with its credential, by the client credentials grant. What Entra refuses is
// an *entra.TokenError.
type Prover interface {
	Token(ctx context.Context, scope string) (string, error)
}

// Subject is what the doctor examines, and with what.
type Subject struct {
	Organization     tenants.Organization
	Authority        entra.Authority
	Endpoint         string        // the address of the organization's MCP endpoint, which clients send as resource
	FederationIssuer string        // the platform as an issuer
	Callback         string        // redirect URI of brokered mode, which set-up registers at an own app, and the operator at the shared one; empty: none
	Clients          []KnownClient // whom the app registration should know
	Groups           []NamedGroup  // that tool roles are assigned to
	AdminGroups      []NamedGroup  // that roles of the console are granted to
	Certificate      []byte        // DER, of a certificate credential; nil: none
	Prover           Prover        // nil: there is no credential
	Graph            *graph.Client // nil: nobody is signed in who could ask
	Admin            graph.Asking  // as whom Graph is asked
	GroupReader      graph.Asking  // as whom it is asked for groups, which takes another permission
	Checkpoints      *Checkpoints  // of its log; nil: not looked at
}

// NamedGroup is a group of the directory that something in Gatehouse names.
type NamedGroup struct {
	ID   tenants.GUID
	Name string // as it was when it was named; may be empty
	By   string // what names it, below the organization's address of the API
}

// KnownClient is an AI client that people of the organization use.
type KnownClient struct {
	Name      string
	ID        tenants.GUID // its own client id in Entra, to be pre-authorized; zero: it has none
	Redirects []string     // where it wants codes sent when it uses the organization's registration, on the platform "Mobile and desktop applications"
}

// DefaultClients are clients that most organizations have: those that a
// registration knows which package setup has made.
func DefaultClients() []KnownClient {
	var all []KnownClient
	for _, c := range setup.DefaultClients() {
		all = append(all, KnownClient{Name: c.Name, ID: c.ID})
	}
	for _, r := range setup.ClientRedirects() {
		i := slices.IndexFunc(all, func(c KnownClient) bool { return c.Name == r.Client })
		if i < 0 {
			all, i = append(all, KnownClient{Name: r.Client}), len(all)
		}
		all[i].Redirects = append(all[i].Redirects, r.URI)
	}
	return all
}

// BasePermissions are the delegated permissions of Microsoft Graph that
// connecting an organization asks for, and all of them.
func BasePermissions() []string {
	var names []string
	for _, p := range setup.BaseConsent() {
		names = append(names, p.Value)
	}
	slices.Sort(names)
	return names
}

func (s Subject) connection() tenants.Connection { return s.Organization.Connection }

func (s Subject) own() bool { return s.connection().Model == tenants.OwnApp }

// newID is the id of something to be created at the app: the same every time, so
// that a command that was run twice makes it once.
func (s Subject) newID(parts ...string) string {
	sum := sha256.Sum256([]byte(s.connection().ClientID.String() + "\x00" + strings.Join(parts, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // RFC 9562 §5.8
	id, err := tenants.GUIDFromBytes(sum[:16])
	if err != nil {
		return ""
	}
	return id.String()
}
