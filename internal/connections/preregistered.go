package connections

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"gatehouse/internal/tenants"
)

// ClientKind is what a client that an admin registers is.
type ClientKind string

// The kinds.
const (
	Public       ClientKind = "public"       // acts for people, and has nothing to prove itself with
	Confidential ClientKind = "confidential" // acts for people, and authenticates
	Headless     ClientKind = "agent"        // acts for itself, and authenticates
)

// Authenticates reports whether clients of this kind have credentials.
func (k ClientKind) Authenticates() bool { return k == Confidential || k == Headless }

// Preregistration is what goes with a client that an admin has registered by hand,
// beside its entry of the organization's list of clients: the entry has its name
// and its ceiling, and without the entry there is no client.
type Preregistration struct {
	ID        string // ours: PreregisteredPrefix and 26 random letters and digits
	Kind      ClientKind
	Agent     tenants.GUID // what an agent is known by where people have an object id; zero for other kinds
	Redirects []string     // none yet: nobody can sign in with it
	Secrets   []Secret     // the oldest first
	Keys      string       // JSON Web Key Set that it proves itself with; empty: none
	KeysURL   string       // where that is found instead; empty: nowhere
	MadeAt    time.Time
}

// Preregistered is such a client, with the name that the organization lists it under.
type Preregistered struct {
	Preregistration
	Name string
}

// PreregisteredPrefix begins the ids of clients that admins have registered.
const PreregisteredPrefix = "ghc_"

// PreregisteredID returns the id of the client that is registered by a request: the same
// for the same request.
func PreregisteredID(request tenants.GUID) string {
	sum := sha256.Sum256([]byte("registered client " + request.String()))
	return PreregisteredPrefix + base32.StdEncoding.EncodeToString(sum[:])[:26]
}

// MaxPreregistered is how many such clients an organization may have.
const MaxPreregistered = 200

// IsPreregisteredID reports whether an id is of the form of theirs.
func IsPreregisteredID(id string) bool { return isOurs(id, PreregisteredPrefix) }

// IsRegisteredID reports whether an id is of the form of those of clients that have
// registered themselves.
func IsRegisteredID(id string) bool { return isOurs(id, RegisteredPrefix) }

func isOurs(id, prefix string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	random, ours := strings.CutPrefix(id, prefix)
	return ours && len(random) == 26 && strings.Trim(random, letters) == ""
}
