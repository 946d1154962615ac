package connections

import (
	"time"

	"gatehouse/internal/tenants"
)

// Registered is a client that has registered with an organization (RFC 7591). It
// is public: it has no secret, and proves itself with PKCE.
type Registered struct {
	ID        string // ours: RegisteredPrefix and 26 random letters and digits
	Name      string // as it says; empty: it has none
	Redirects []string
	CreatedAt time.Time
	UsedAt    time.Time // when somebody last agreed to it; zero: nobody has
	ExpiresAt time.Time // then it is gone unless somebody has agreed to it since
}

// RegisteredPrefix begins the ids of registered clients, so that none is ever the
// URL of a client's document or the id of an app registration.
const RegisteredPrefix = "gh_"

// How many registrations an organization keeps, and how long one that nobody
// agrees to, or nobody has used, is kept.
const (
	MaxRegistered  = 10_000
	UnusedLife     = 24 * time.Hour
	RegisteredLife = 90 * 24 * time.Hour // since it was last used
)

// Client is who asks for an authorization, as far as anybody knows.
type Client struct {
	ID            string // "client_id": of a registration, or the URL of a document
	Software      string // what administrators govern: see SoftwareOf
	Name          string // as it calls itself, made fit to be shown; never empty
	Host          string // that vouches for the name: of the document's URL; empty: no host does
	Preregistered bool   // an admin has registered it and vouches for the name
	Proves        bool   // by its document it authenticates with a key
	Redirects     []string
	Agreed        [32]byte // digest of redirect URIs, name and keys: who agreed to another one has not agreed to this one
}

// Verified reports whether somebody vouches for the client's name: whoever owns
// the host of its document, or the admin who has registered it. What a client
// registers says nothing.
func (c Client) Verified() bool { return c.Host != "" || c.Preregistered }

// Request is software that somebody wanted to connect and that the organization
// has not listed. It waits for an admin.
type Request struct {
	Software string
	Name     string
	Host     string // as in Client
	Redirect string // where the last one wanted the answer
	Person   tenants.GUID
	Asked    string // the name of whoever asked last
	FirstAt  time.Time
	LastAt   time.Time
	Times    int
}

// MaxRequests is how many pieces of software may wait in one organization. The
// one that was asked for longest ago makes room.
const MaxRequests = 200
