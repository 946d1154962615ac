package console

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// BodyReader reads the bodies of calls.
type BodyReader interface {
	// ReadBodies returns the bodies of a call once that is on record. Without the
	// permission it is Forbidden, and without a body NotFound.
	ReadBodies(ctx context.Context, by authz.Caller, in search.Reading) (search.Bodies, error)
}

// BodyGrantStore keeps who may read the bodies of calls.
type BodyGrantStore interface {
	BodyGrants(ctx context.Context, org tenants.ID) ([]tenants.BodyGrant, error)
	// GrantBodies is Forbidden to whoever grants it to themselves while there is another
	// owner, and Invalid for a grant that breaks a rule.
	GrantBodies(ctx context.Context, by authz.Caller, g tenants.BodyGrant) (tenants.BodyGrant, error)
	// WithdrawBodies ends a grant at once. One that is not there is NotFound.
	WithdrawBodies(ctx context.Context, by authz.Caller, id tenants.GUID) error
}

// BodyReading says why somebody wants to read the bodies of a call.
type BodyReading struct {
	Reason string `json:"reason" minLength:"10" maxLength:"500" example:"INC-4711: which account was paid" doc:"What they are read for, in one line. The log has it, with who has read."`
}

// CallBodies are what a call was given and has answered, as far as that is kept.
type CallBodies struct {
	Seq    int64      `json:"seq" doc:"Number of the record that commits to them."`
	Call   string     `json:"call" doc:"Id of the record of the call's outcome."`
	Bodies []CallBody `json:"bodies"`
}

// CallBody is one of them.
type CallBody struct {
	Part      string          `json:"part" enum:"arguments,result" doc:"Of which part of the call it is."`
	Standing  search.Standing `json:"standing" enum:"proven,altered,gone,erased" doc:"proven: the record, which is as it was sealed, commits to this very text. altered: it does not, or the record is not as it was sealed; believe neither. gone: the record commits to a body whose time is over. erased: the person whose call it was has been erased."`
	Form      string          `json:"form,omitempty" enum:"redacted,full" doc:"redacted: names, kinds and lengths, and the values of fields kept in clear."`
	Bytes     int64           `json:"bytes,omitempty" doc:"Length of what it stands for, as it arrived or left."`
	Truncated bool            `json:"truncated,omitempty" doc:"The end is missing: a body has 64 KiB at most."`
	Text      json.RawMessage `json:"text,omitempty" doc:"The body, as a string: JSON, unless its end is missing. Characters that cannot be seen are escaped."`
}

// BodyGrantSettings is what an owner says of a grant.
type BodyGrantSettings struct {
	Grantee BodyGrantee `json:"grantee" doc:"Who may read."`
	Name    string      `json:"name,omitempty" maxLength:"120" doc:"Display name of the grantee; decides nothing."`
	Reason  string      `json:"reason" minLength:"10" maxLength:"500" doc:"What bodies are read for, in one line. Owners, admins and contacts are told."`
	EndsAt  time.Time   `json:"endsAt" doc:"30 days away at most."`
}

// BodyGrantee is one person, or one automation.
type BodyGrantee struct {
	Kind tenants.GranteeKind `json:"kind" enum:"person,app" doc:"Whether it is a person, or an automation."`
	ID   tenants.GUID        `json:"id" format:"uuid" doc:"Object id in Entra; of an app: of its service principal."`
}

// BodyGrant is a permission to read the bodies of calls.
type BodyGrant struct {
	ID tenants.GUID `json:"id" format:"uuid"`
	BodyGrantSettings
	GrantedAt   time.Time   `json:"grantedAt"`
	GrantedBy   NamedPerson `json:"grantedBy"`
	BeginsAt    time.Time   `json:"beginsAt" doc:"A day after it was granted, if that was to whoever granted it or to an automation; else at once."`
	WithdrawnAt *time.Time  `json:"withdrawnAt,omitempty"`
}

func bodyGrantOf(g tenants.BodyGrant) BodyGrant {
	return BodyGrant{
		g.ID,
		BodyGrantSettings{BodyGrantee{g.Grantee.Kind, g.Grantee.ID}, g.Name, g.Reason, g.EndsAt.UTC()},
		g.GrantedAt.UTC(),
		NamedPerson{g.GrantedBy.OID, g.GrantedBy.Name},
		g.BeginsAt.UTC(), instant(g.Withdrawn),
	}
}

type (
	bodyInput struct {
		InOrganization
		ID   string `path:"id" doc:"The record's id, as an answer carries it in gatehouse/record."`
		Body BodyReading
	}
	newBodyGrant struct {
		InOrganization
		Once
		Body BodyGrantSettings
	}
)

var errNoBodyGrant = fault.New(fault.NotFound, "there is no such permission to read bodies")

func (c *Console) bodyRoutes(api huma.API) {
	const tag = "bodies"
	inside(c, api, tenants.Auditor, route{
		ID: "requestRecordBody", Method: http.MethodPost, Path: "/log/records/{id}/body", Tag: tag, Summary: "Read the bodies of a call",
		Description: "Needs a permission that no role includes, and which an owner grants by name. That they are read, by whom and why, is in the log before the answer begins; so is that somebody without the permission has tried.",
	}, c.requestRecordBody)
	inside(c, api, tenants.Viewer, route{ID: "listBodyGrants", Method: http.MethodGet, Path: "/body-grants", Tag: tag, Summary: "List who may read the bodies of calls"}, c.listBodyGrants)
	inside(c, api, tenants.Owner, route{
		ID: "createBodyGrant", Method: http.MethodPost, Path: "/body-grants", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Let somebody read the bodies of calls",
		Description: "Nobody grants it to themselves while there is another owner. Granted to themselves by the only owner, or to an automation, it begins after a day. Owners and admins get a notice, contacts an alert. Who reads also needs a role that may read the log.",
	}, c.createBodyGrant)
	inside(c, api, tenants.Owner, route{
		ID: "withdrawBodyGrant", Method: http.MethodPost, Path: "/body-grants/{id}/withdraw", Tag: tag, Status: 204, Errors: []int{404}, Summary: "End a permission to read the bodies of calls",
	}, c.withdrawBodyGrant)
}

func (c *Console) requestRecordBody(ctx context.Context, by Actor, in *bodyInput) (*Result[CallBodies], error) {
	id, err := (&recordInput{ID: in.ID}).record()
	if err != nil {
		return nil, err
	}
	who := tenants.Grantee{Kind: tenants.AppGrantee, ID: by.Caller.Identity().OID}
	if by.Person != nil {
		who.Kind = tenants.PersonGrantee
	}
	found, err := c.LogReader.ReadBodies(ctx, by.Caller, search.Reading{Who: who, Record: id, Reason: in.Body.Reason})
	if err != nil {
		return nil, err
	}
	return result(CallBodies{found.Seq, found.Call.String(), each(found.Bodies, callBodyOf)}), nil
}

func callBodyOf(b search.BodyShown) CallBody {
	out := CallBody{Part: string(b.Part), Standing: b.Standing, Form: string(b.Text.Form), Bytes: b.Text.Bytes, Truncated: b.Text.Truncated}
	if b.Text.Form == "" {
		return out
	}
	if text, err := json.Marshal(string(b.Text.Content)); err == nil {
		out.Text = escaped(text)
	}
	return out
}

func (c *Console) listBodyGrants(ctx context.Context, by Actor, in *listInput) (*Listed[BodyGrant], error) {
	all, err := c.Store.BodyGrants(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[BodyGrant]{"listBodyGrants", each(all, bodyGrantOf), func(g BodyGrant) string { return g.GrantedAt.Format(time.RFC3339Nano) + g.ID.String() }})
}

func (c *Console) createBodyGrant(ctx context.Context, by Actor, in *newBodyGrant) (*Made[BodyGrant], error) {
	return made(once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (BodyGrant, string, error) {
		b := in.Body
		g, err := c.Store.GrantBodies(ctx, by.Caller, tenants.BodyGrant{
			ID: id, Grantee: tenants.Grantee{Kind: b.Grantee.Kind, ID: b.Grantee.ID}, Name: b.Name, Reason: b.Reason, EndsAt: b.EndsAt,
		})
		return bodyGrantOf(g), "", err
	}))
}

func (c *Console) withdrawBodyGrant(ctx context.Context, by Actor, in *itemInput) (*None, error) {
	return &None{}, noneIfMissing(c.Store.WithdrawBodies(ctx, by.Caller, in.ID), errNoBodyGrant)
}
