package console

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/tenants"
)

// RevocationStore cuts people, clients, connections and sessions off.
type RevocationStore interface {
	// Revoke cuts off, on every replica, and records who did and why. A connection
	// that is not there is NotFound.
	Revoke(ctx context.Context, by authz.Caller, r authz.Revocation) error
	// Revocations returns those of an organization that are in force.
	Revocations(ctx context.Context, org tenants.ID) ([]authz.StandingRevocation, error)
	// PersonCutOff reports whether a person was cut off, alone or with everybody,
	// since they signed in at an instant.
	PersonCutOff(ctx context.Context, org tenants.ID, person tenants.GUID, since time.Time) (bool, error)
}

// Revocation is a cut-off that is in force.
type Revocation struct {
	ID           tenants.GUID         `json:"id" format:"uuid"`
	Kind         authz.RevocationKind `json:"kind" enum:"person,client,connection,session,organization,connections" doc:"What is cut off. connections: everything that Gatehouse itself has issued, because how people sign in was changed so."`
	Subject      string               `json:"subject,omitempty" doc:"Which one. Absent: it is all there is of the kind."`
	Reason       string               `json:"reason,omitempty" doc:"As it was given. Absent: it follows from what was done, which the log has."`
	By           *Revoker             `json:"by,omitempty" doc:"Who did. Absent: it followed from a change of the configuration, and the log has who made that."`
	MadeAt       time.Time            `json:"madeAt" doc:"When it was done."`
	IssuedBefore time.Time            `json:"issuedBefore" doc:"What was issued or signed in to before is refused: some seconds after madeAt, for what was on its way."`
	Until        time.Time            `json:"until" doc:"Nothing issued before can be good any more after this, and it is forgotten."`
}

// Revoker is who has cut somebody off.
type Revoker struct {
	Kind string        `json:"kind" enum:"user,guest,app,agent,system" doc:"system: a job of the platform, which its name says."`
	OID  *tenants.GUID `json:"oid,omitempty" format:"uuid" doc:"Object ID; absent of a job."`
	Name string        `json:"name,omitempty" doc:"Display name then; of a job what it does."`
}

// NewRevocation is what is to be cut off.
type NewRevocation struct {
	Kind    authz.RevocationKind `json:"kind" enum:"person,client,connection,session,organization" doc:"person: everything of somebody, their sessions of this console too. client: an AI app, for everybody. connection: one person's authorization of one AI app. session: one sign-in at Entra, or one MCP session. organization: everybody and everything."`
	Subject string               `json:"subject,omitempty" maxLength:"2000" doc:"Of a person the object ID. Of a client its id as the list of clients has it, or the software of listSeenApps. Of a connection its id. Of a session its id as the log has it: session of an MCP session, tokenSession of a sign-in. Of an organization it is left out."`
	Reason  string               `json:"reason" minLength:"1" maxLength:"500" doc:"Why, for the log and whoever looks at what is in force."`
}

type newRevocation struct {
	InOrganization
	Once
	Body NewRevocation
}

// cuttingOff is what a revocation does.
const cuttingOff = "What was issued before is refused within a second on every replica, open streams end, and what people had agreed to, their refresh tokens and what is kept of their sign-ins at Entra end with it. " +
	"So is what is issued in the ten seconds after: it may have been on its way. A call that is under way at a source cannot be recalled. " +
	"It takes no role, group or listing away: whoever can still sign in at Entra may come back. A connection is revoked as by deleteConnection."

func (c *Console) revocationRoutes(api huma.API) {
	const tag = "revocations"
	inside(c, api, tenants.Viewer, route{
		ID: "listRevocations", Method: http.MethodGet, Path: "/revocations", Tag: tag, Summary: "List what is cut off",
		Description: "Those in force, the last made first. The log has those that are over.",
	}, c.listRevocations)
	inside(c, api, tenants.Admin, route{
		ID: "createRevocation", Method: http.MethodPost, Path: "/revocations", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Cut off a person, an AI app, a connection, a session or everybody", Description: cuttingOff,
	}, c.createRevocation)
}

func revocationOf(s authz.StandingRevocation) Revocation {
	r := Revocation{
		ID: s.ID, Kind: s.Kind, Subject: s.Subject, Reason: s.Why, MadeAt: s.MadeAt.UTC(), IssuedBefore: s.NotBefore.UTC(), Until: s.ExpiresAt.UTC(),
	}
	if s.By.Kind != "" {
		r.By = &Revoker{Kind: s.By.Kind, Name: s.By.Name}
		if !s.By.OID.IsZero() {
			r.By.OID = &s.By.OID
		}
	}
	return r
}

// lastMadeFirst is the key of a revocation in a list.
func lastMadeFirst(r Revocation) string {
	return fmt.Sprintf("%019d %s", math.MaxInt64-r.MadeAt.UnixMicro(), r.ID)
}

func (c *Console) listRevocations(ctx context.Context, by Actor, in *listInput) (*Listed[Revocation], error) {
	all, err := c.Store.Revocations(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Revocation]{"listRevocations", each(all, revocationOf), lastMadeFirst})
}

// standing returns a revocation that was made just now.
func (c *Console) standing(ctx context.Context, org tenants.ID, id tenants.GUID) (Revocation, error) {
	all, err := c.Store.Revocations(ctx, org)
	if err != nil {
		return Revocation{}, err
	}
	at := slices.IndexFunc(all, func(r authz.StandingRevocation) bool { return r.ID == id })
	if at < 0 {
		return Revocation{}, errors.New("read revocation: it is not in force")
	}
	return revocationOf(all[at]), nil
}

func (c *Console) createRevocation(ctx context.Context, by Actor, in *newRevocation) (*Made[Revocation], error) {
	return made(once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (Revocation, string, error) {
		subject, err := c.subject(ctx, by.Org(), in.Body)
		if err != nil {
			return Revocation{}, "", err
		}
		r := authz.CutOff(in.Body.Kind, subject, c.Now())
		r.ID, r.Why = id, in.Body.Reason
		if err := noneIfMissing(c.Store.Revoke(ctx, by.Caller, r), errNoConnection); err != nil {
			return Revocation{}, "", err
		}
		cut, err := c.standing(ctx, by.Org(), id)
		return cut, "", err
	}))
}

// subject returns whom a revocation is to cut off as the store knows them. A slip of
// the pen must not look as if it had cut somebody off.
func (c *Console) subject(ctx context.Context, org tenants.ID, n NewRevocation) (string, error) {
	switch n.Kind {
	case authz.RevokePerson:
		return idOr(n.Subject, "must be the object ID of the person in Microsoft Entra ID, such as 11111111-2222-3333-4444-555555555555; the admin center shows it under Users, and a user name is none")
	case authz.RevokeConnection:
		return idOr(n.Subject, "must be the id of a connection; listConnections has them, by person")
	case authz.RevokeSession:
		return idOr(n.Subject, "must be the id of a session as the log has it: session of an MCP session, tokenSession of a sign-in")
	case authz.RevokeClient:
		return n.Subject, c.knownClient(ctx, org, n.Subject)
	case authz.RevokeOrganization:
		if n.Subject != "" {
			return "", wrongSubject("must be left out: everybody of the organization is cut off; for one person or AI app choose another kind")
		}
		return "", nil
	case authz.RevokeConnections:
	}
	return "", access.Refuse([]access.Problem{{Path: "kind", Message: "must be person, client, connection, session or organization"}})
}

func wrongSubject(why string) error {
	return access.Refuse([]access.Problem{{Path: "subject", Message: why}})
}

// idOr returns an id as all of ours are written, or says what it must be.
func idOr(subject, why string) (string, error) {
	id, err := tenants.ParseGUID(strings.TrimSpace(subject))
	if err != nil || id.IsZero() {
		return "", wrongSubject(why)
	}
	return id.String(), nil
}

// knownClient refuses what no AI app goes by here: of what is neither listed nor
// was ever seen there is nothing to cut off.
func (c *Console) knownClient(ctx context.Context, org tenants.ID, id string) error {
	a, err := c.Store.Access(ctx, org)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(a.Clients, func(known tenants.Client) bool { return known.ID == id }) {
		return nil
	}
	if id != "" {
		// What stands between a text without its last byte and the text begins with the former.
		seen, err := c.Store.SeenSoftware(ctx, org, id[:len(id)-1], mostAlike)
		if err != nil || slices.ContainsFunc(seen, func(s connections.Seen) bool { return s.Software == id }) {
			return err
		}
	}
	return wrongSubject("must be the id of an AI app of this organization, as listClients or listSeenApps (software) has it")
}

// mostAlike is how many apps seen are looked through whose ids differ from another
// in its last character or after it.
const mostAlike = 500
