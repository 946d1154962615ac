package authz

import (
	"log/slog"
	"time"

	"gatehouse/internal/tenants"
)

// Kind is the sort of caller that a token describes.
type Kind uint8

// The kinds. The zero value is no caller.
const (
	Nobody Kind = iota
	User        // a member of the directory, through a client
	Guest       // a person of another directory, through a client
	App         // an application on its own behalf
	Agent       // an agent identity, for a user or on its own behalf
	System      // a named job of ours
)

var kindNames = [...]string{"nobody", "user", "guest", "app", "agent", "system"}

// String returns the kind's name in audit records.
func (k Kind) String() string { return kindNames[k] }

// Identity is who a verified token speaks for. The key of a person or an app is
// (TID, OID); every other name is for display and never decides anything.
type Identity struct {
	Org       tenants.ID
	TID       tenants.TID
	OID       tenants.GUID
	Kind      Kind
	Delegated bool   // a person is behind the token; false: app-only
	Name      string // display only
	Client    string // "azp" or "appid": the AI client
	Scopes    []string
	AppRoles  []string // the token's "roles"; a namespace of their own
	// AuthContexts are the authentication contexts the sign-in satisfied ("acrs"),
	// such as c1.
	AuthContexts []string
	TokenID      string       // "uti"
	Session      string       // "sid", empty if the token has none
	Connection   tenants.GUID // of a token of ours; zero for Entra's
	IssuedAt     time.Time
	ExpiresAt    time.Time
}

// Assertion is the inbound access token, kept only for exchanges on behalf of
// its bearer. It prints as dots everywhere.
type Assertion struct{ token string }

// NewAssertion wraps a verified inbound token.
func NewAssertion(token string) Assertion { return Assertion{token} }

// Reveal returns the token. Only a token-endpoint client has a reason to ask.
func (a Assertion) Reveal() string { return a.token }

// String implements fmt.Stringer without revealing anything.
func (a Assertion) String() string { return "•••" }

// LogValue implements slog.LogValuer without revealing anything.
func (a Assertion) LogValue() slog.Value { return slog.StringValue("•••") }

// MarshalJSON implements json.Marshaler without revealing anything.
func (a Assertion) MarshalJSON() ([]byte, error) { return []byte(`"•••"`), nil }
