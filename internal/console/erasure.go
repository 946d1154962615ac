package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Erasures takes people out of organizations' logs.
type Erasures interface {
	Erasures(ctx context.Context, org tenants.ID) ([]ErasureOf, error)
	// Ask is Invalid for names that are something else to the log and for a person whom
	// nobody knows, and Conflict under a hold, and for a person who waits already.
	Ask(ctx context.Context, by authz.Caller, id tenants.GUID, n NewErasure) error
	// Approve is Forbidden for the person themselves, and for whoever asked while there is
	// another owner; Invalid where another person, or another number of names, is said
	// than the erasure is about; and Conflict under a hold or once it is approved.
	Approve(ctx context.Context, by authz.Caller, id tenants.GUID, again ApprovedErasure) error
	Withdraw(ctx context.Context, by authz.Caller, id tenants.GUID) error
}

// ErasureOf is an erasure with whom it is about, as long as anybody knows.
type ErasureOf struct {
	tenants.Erasure
	Person tenants.GUID // zero: it is done
	Names  []string     // that text may have
}

// Erasure is a person who is to be erased from the log, or was.
type Erasure struct {
	ID         tenants.GUID  `json:"id" format:"uuid"`
	State      string        `json:"state" enum:"asked,approved,done" doc:"asked: an owner has to approve it. approved: it is being done, or waits for dueAt or the end of a legal hold. done: it cannot be undone."`
	Person     *tenants.GUID `json:"person,omitempty" format:"uuid" doc:"Object ID. Absent for whoever may not ask for one, and once it is done: nobody knows any more."`
	Names      []string      `json:"names,omitempty" doc:"Names and addresses that are looked for in text, besides those that records have of the person. Shown to owners, who approve it."`
	AskedAt    time.Time     `json:"askedAt"`
	AskedBy    tenants.GUID  `json:"askedBy" format:"uuid" doc:"Object ID of who did."`
	ApprovedAt *time.Time    `json:"approvedAt,omitempty"`
	ApprovedBy *tenants.GUID `json:"approvedBy,omitempty" format:"uuid" doc:"Object ID of the owner who did."`
	DueAt      *time.Time    `json:"dueAt,omitempty" doc:"When it is done, or has been since. Until then it can be withdrawn."`
	Scanned    int64         `json:"scanned" doc:"How many records have been looked through so far."`
	Records    int64         `json:"records" doc:"In how many records something was erased."`
	Fields     int64         `json:"fields" doc:"How many fields were erased because their text named the person."`
	DoneAt     *time.Time    `json:"doneAt,omitempty"`
}

// NewErasure names who is to be erased.
type NewErasure struct {
	Person tenants.GUID `json:"person" format:"uuid" doc:"Object ID in Microsoft Entra ID."`
	Names  []string     `json:"names,omitempty" maxItems:"20" doc:"Names and addresses that text of records may have, such as the user principal name: 4 to 256 characters each, looked for as whole words. The names that records have of the person themselves are looked for in any case. A name that is made of words that the log has for something else, such as a tool, a role or a kind of change, is refused."`
}

// ApprovedErasure names the person again.
type ApprovedErasure struct {
	Person tenants.GUID `json:"person" format:"uuid" doc:"Object ID of who is to be erased, typed again."`
	Names  int          `json:"names" minimum:"0" maximum:"20" doc:"How many names the erasure has, as listErasures shows them."`
}

type (
	newErasure struct {
		InOrganization
		Once
		Body NewErasure
	}
	approvedErasure struct {
		InOrganization
		Item
		Body ApprovedErasure
	}
	withdrawnErasure struct {
		InOrganization
		Item
	}
)

func erasureOf(e ErasureOf) Erasure {
	out := Erasure{
		ID: e.ID, State: "asked", AskedAt: e.AskedAt.UTC(), AskedBy: e.AskedBy, ApprovedAt: instant(e.ApprovedAt), Scanned: e.Scanned,
		Records: e.Records, Fields: e.Fields, DoneAt: instant(e.DoneAt), DueAt: instant(e.DueAt), Names: e.Names,
	}
	if !e.Person.IsZero() {
		out.Person = &e.Person
	}
	if !e.ApprovedAt.IsZero() {
		out.State, out.ApprovedBy = "approved", &e.ApprovedBy
	}
	if !e.DoneAt.IsZero() {
		out.State = "done"
	}
	return out
}

func (c *Console) erasureRoutes(api huma.API) {
	const tag = "erasures"
	inside(c, api, tenants.Viewer, route{
		ID: "listErasures", Method: http.MethodGet, Path: "/erasures", Tag: tag, Summary: "List who is to be erased from the log, and how many were",
	}, c.listErasures)
	inside(c, api, tenants.Admin, route{
		ID: "createErasure", Method: http.MethodPost, Path: "/erasures", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Ask for a person to be erased from the log",
		Description: "Nothing is erased before an owner has approved it; after thirty days without that the request is forgotten. Refused while there is a legal hold. The contacts are told. Take away the person's roles and assignments first, and revoke them: what names them and is recorded after the approval stays.",
	}, c.createErasure)
	inside(c, api, tenants.Owner, route{
		ID: "approveErasure", Method: http.MethodPost, Path: "/erasures/{id}/approve", Tag: tag, Status: 204, Errors: []int{404, 409}, Summary: "Erase a person from the log, for good",
		Description: "What the log says of the person is destroyed; the records stay, and so does what proves them. Nobody approves their own erasure, and whoever asked does not approve it, unless there is no other owner: then it is done seven days later. The contacts are told.",
	}, c.approveErasure)
	inside(c, api, tenants.Admin, route{
		ID: "deleteErasure", Method: http.MethodDelete, Path: "/erasures/{id}", Tag: tag, Status: 204, Errors: []int{404, 409}, Summary: "Withdraw a request that is not being done yet",
	}, c.deleteErasure)
}

func (c *Console) listErasures(ctx context.Context, by Actor, in *listInput) (*Listed[Erasure], error) {
	all, err := c.Erasures.Erasures(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	shown := each(all, erasureOf)
	for i := range shown {
		if !by.Role.Includes(tenants.Admin) {
			shown[i].Person = nil
		}
		if !by.Role.Includes(tenants.Owner) {
			shown[i].Names = nil
		}
	}
	return cut(ctx, c, by, in.Paging, listing[Erasure]{"listErasures", shown, func(e Erasure) string { return e.AskedAt.Format(time.RFC3339Nano) + e.ID.String() }})
}

// createErasure answers without the person: the answer is kept for a day, for whoever
// asks again with the same key.
func (c *Console) createErasure(ctx context.Context, by Actor, in *newErasure) (*Made[Erasure], error) {
	return made(once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (Erasure, string, error) {
		if in.Body.Person.IsZero() {
			return Erasure{}, "", access.Refuse([]access.Problem{{Path: "person", Message: "must be the object ID of the person in Microsoft Entra ID"}})
		}
		err := c.Erasures.Ask(ctx, by.Caller, id, in.Body)
		return erasureOf(ErasureOf{Erasure: tenants.Erasure{ID: id, AskedAt: c.Now(), AskedBy: by.Caller.Identity().OID}}), "", err
	}))
}

func (c *Console) approveErasure(ctx context.Context, by Actor, in *approvedErasure) (*None, error) {
	return &None{}, c.Erasures.Approve(ctx, by.Caller, in.ID, in.Body)
}

func (c *Console) deleteErasure(ctx context.Context, by Actor, in *withdrawnErasure) (*None, error) {
	return &None{}, c.Erasures.Withdraw(ctx, by.Caller, in.ID)
}
