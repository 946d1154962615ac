package authz

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// RevocationKind is the sort of thing a revocation cuts off.
type RevocationKind string

// The revocation kinds.
const (
	RevokePerson       RevocationKind = "person"       // subject: object id
	RevokeClient       RevocationKind = "client"       // subject: client id
	RevokeSession      RevocationKind = "session"      // subject: the id of an MCP session, or a token's "sid"
	RevokeConnection   RevocationKind = "connection"   // subject: the id of a connection
	RevokeConnections  RevocationKind = "connections"  // subject: empty; tokens of ours, whoever has them
	RevokeOrganization RevocationKind = "organization" // subject: empty
)

// Revocation refuses everything issued before an instant.
type Revocation struct {
	ID        tenants.GUID
	Kind      RevocationKind
	Subject   string
	NotBefore time.Time
	ExpiresAt time.Time // nothing issued before NotBefore can still be valid after this
	Why       string    // for the log; empty: it follows from what was done
}

// The reach of a revocation. A token may be on its way while it is made, by a clock
// that is ahead of ours. Microsoft Entra ID issues access tokens for up to 28 hours
// (continuous access evaluation), and the id of an MCP session is good for a day.
const (
	CutAhead = 10 * time.Second
	CutLife  = 29 * time.Hour
)

// CutOff returns the revocation of what is issued up to an instant, and of what is
// on its way then.
func CutOff(kind RevocationKind, subject string, now time.Time) Revocation {
	return Revocation{
		ID: tenants.NewGUID(), Kind: kind, Subject: subject, NotBefore: now.Add(CutAhead), ExpiresAt: now.Add(CutAhead + CutLife),
	}
}

// StandingRevocation is one that is in force, and who made it when.
type StandingRevocation struct {
	Revocation
	By     Revoker // zero: that was not kept
	MadeAt time.Time
}

// Revoker is who has made a revocation.
type Revoker struct {
	OID  tenants.GUID // zero of a job of ours
	Kind string       // Kind by name
	Name string       // display only
}

// KeptEnds is how many ended sessions of one person are remembered. A session
// never authenticates, so that nothing is lost with an older one; without a bound
// one person could fill the memory of every replica.
const KeptEnds = 100

// EndedSession is an MCP session that its client has ended. It cuts off no token.
type EndedSession struct {
	Session   tenants.GUID
	Person    tenants.GUID
	EndedAt   time.Time
	ExpiresAt time.Time // the session's id opens nothing after this
}

// Validate says what is wrong with the revocation.
func (r Revocation) Validate() error {
	switch r.Kind {
	case RevokePerson:
		if _, err := tenants.ParseGUID(r.Subject); err != nil {
			return fault.Newf(fault.Invalid, "revocation of a person: subject %q must be the object id from Entra", r.Subject)
		}
	case RevokeConnection:
		if _, err := tenants.ParseGUID(r.Subject); err != nil {
			return fault.Newf(fault.Invalid, "revocation of a connection: subject %q must be its id", r.Subject)
		}
	case RevokeClient, RevokeSession:
		if r.Subject == "" {
			return fault.Newf(fault.Invalid, "revocation of a %s: subject is empty", r.Kind)
		}
	case RevokeOrganization, RevokeConnections:
		if r.Subject != "" {
			return fault.New(fault.Invalid, "revocation of an organization or of all connections takes no subject")
		}
	default:
		return fault.Newf(fault.Invalid, "revocation kind %q must be person, client, session, connection, connections or organization", r.Kind)
	}
	if r.ExpiresAt.Before(r.NotBefore) {
		return fault.New(fault.Invalid, "revocation expires before it begins")
	}
	return nil
}

// Revocations is an organization's revocations, indexed. The zero value covers
// nothing.
type Revocations struct {
	cuts map[revoked]time.Time
}

type revoked struct {
	kind    RevocationKind
	subject string
}

// IndexRevocations indexes the revocations; of several for one subject the
// latest instant counts.
func IndexRevocations(list []Revocation) Revocations {
	if len(list) == 0 {
		return Revocations{}
	}
	cuts := make(map[revoked]time.Time, len(list))
	for _, r := range list {
		key := revoked{r.Kind, r.Subject}
		if r.NotBefore.After(cuts[key]) {
			cuts[key] = r.NotBefore
		}
	}
	return Revocations{cuts}
}

// Covers reports whether a token with this identity is cut off.
func (r Revocations) Covers(id Identity) bool {
	if len(r.cuts) == 0 {
		return false
	}
	return r.covers(RevokeOrganization, "", id.IssuedAt) ||
		r.covers(RevokePerson, id.OID.String(), id.IssuedAt) ||
		r.covers(RevokeClient, id.Client, id.IssuedAt) ||
		(id.Session != "" && r.covers(RevokeSession, id.Session, id.IssuedAt)) ||
		(r.covers(RevokeConnections, "", id.IssuedAt) && id.ours()) ||
		(!id.Connection.IsZero() && r.covers(RevokeConnection, id.Connection.String(), id.IssuedAt))
}

// ours reports whether a token of ours said who it is. That of an agent names no
// connection, and as its client an id of ours, where those of Entra are GUIDs.
func (id Identity) ours() bool {
	if !id.Connection.IsZero() {
		return true
	}
	_, err := tenants.ParseGUID(id.Client)
	return err != nil && id.Kind == App
}

// CoversSession reports whether an MCP session opened at an instant is cut off.
func (r Revocations) CoversSession(session string, opened time.Time) bool {
	return len(r.cuts) > 0 && r.covers(RevokeSession, session, opened)
}

func (r Revocations) covers(kind RevocationKind, subject string, issued time.Time) bool {
	cut, ok := r.cuts[revoked{kind, subject}]
	return ok && issued.Before(cut)
}
