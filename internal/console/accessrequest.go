package console

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

// AccessRequestStore keeps what people ask admins for.
type AccessRequestStore interface {
	// AskAccess notes somebody's wish. Where they have one that waits the fault is
	// Conflict; where they, or too many, ask too often, Limited.
	AskAccess(ctx context.Context, by authz.Caller, r tenants.AccessRequest) error
	// AccessRequests returns those that wait, the longest first.
	AccessRequests(ctx context.Context, org tenants.ID) ([]tenants.AccessRequest, error)
	// AccessRequestOf returns somebody's last one, or a fault of kind NotFound.
	AccessRequestOf(ctx context.Context, org tenants.ID, person tenants.GUID) (tenants.AccessRequest, error)
	// AnswerAccess ends one that waits; another's is withdrawn by nobody. An answer to one
	// that waits no more is Conflict, anything else NotFound.
	AnswerAccess(ctx context.Context, by authz.Caller, id tenants.GUID, state tenants.AccessRequestState, said string) error
	// ApproveAccess approves one that waits, and has give change what may be used. Both
	// happen or neither; faults are those of AnswerAccess and of give.
	ApproveAccess(ctx context.Context, by authz.Caller, id tenants.GUID, said string, give func(*access.Configuration, tenants.AccessRequest) error) error
}

// AccessRequest is somebody's wish for more access.
type AccessRequest struct {
	ID        tenants.GUID               `json:"id" format:"uuid" doc:"Of the request."`
	Person    ConnectedPerson            `json:"person" doc:"Who asks, as Entra described them then."`
	Reason    string                     `json:"reason" doc:"What they want and why, in their words."`
	MadeAt    time.Time                  `json:"madeAt" doc:"When they asked."`
	ExpiresAt time.Time                  `json:"expiresAt" doc:"When nobody can answer it any more."`
	State     tenants.AccessRequestState `json:"state" enum:"open,approved,dismissed,withdrawn" doc:"open: an admin has to answer, until it expires."`
	Answer    string                     `json:"answer,omitempty" doc:"What the admin has said."`
	AnswerAt  *time.Time                 `json:"answeredAt,omitempty" doc:"When it was answered or withdrawn."`
}

// OwnAccessRequests is what became of what somebody asked for, and where else they may.
type OwnAccessRequests struct {
	Items            []AccessRequest `json:"items"`
	NextCursor       string          `json:"nextCursor,omitempty" doc:"Goes on after the last item; absent on the last page."`
	AccessPackageURL string          `json:"accessPackageUrl,omitempty" doc:"Where the organization wants access to be asked for in Microsoft Entra: an access package. Absent: it has not said."`
}

// AskedAccess is what somebody sends to ask.
type AskedAccess struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"What you want to do and why, in one line. Admins see it, and the log has it."`
}

// AccessApproval is what an admin gives, and says.
type AccessApproval struct {
	Role   tenants.GUID `json:"role,omitzero" format:"uuid" doc:"Tool role that the person gets, without an end. Who has it already keeps it as it is. Absent: access is given elsewhere, in Entra for instance."`
	Answer string       `json:"answer,omitempty" maxLength:"500" doc:"For the person, in one line. The log has it."`
}

// AccessDismissal is what an admin says who gives none.
type AccessDismissal struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why, for the person, in one line. The log has it."`
}

func accessRequestOf(r tenants.AccessRequest) AccessRequest {
	return AccessRequest{
		ID: r.ID, Person: ConnectedPerson{OID: r.Person.OID, Name: visible(r.Person.Name), Username: visible(r.Username), Guest: r.Guest}, Reason: r.Reason,
		MadeAt: r.MadeAt, ExpiresAt: r.ExpiresAt, State: r.State, Answer: r.Answer, AnswerAt: instant(r.AnswerAt),
	}
}

type (
	newAccessRequest struct {
		Asked
		Body AskedAccess
	}
	ownAccessRequestInput struct {
		Asked
		Item
	}
	approvedAccess struct {
		InOrganization
		Item
		Body AccessApproval
	}
	dismissedAccess struct {
		InOrganization
		Item
		Body AccessDismissal
	}
)

func (c *Console) accessRequestRoutes(api huma.API) {
	const own, tag = "own-access", "access-requests"
	signedIn(c, api, route{
		ID: "createAccessRequest", Method: http.MethodPost, Path: "/api/me/access-requests", Tag: own, Errors: []int{404, 409}, Summary: "Ask your admins for access",
		Description: "Takes no role. You have one request at a time, which expires after thirty days; ten minutes lie between two. The log has it.",
	}, c.createAccessRequest)
	signedIn(c, api, route{
		ID: "listOwnAccessRequests", Method: http.MethodGet, Path: "/api/me/access-requests", Tag: own, Errors: []int{404}, Summary: "What became of your request for access",
		Description: "The last one, if there is any, and where the organization wants access to be asked for in Microsoft Entra.",
	}, c.listOwnAccessRequests)
	signedIn(c, api, route{
		ID: "deleteOwnAccessRequest", Method: http.MethodDelete, Path: "/api/me/access-requests/{id}", Tag: own, Status: 204, Errors: []int{404}, Summary: "Withdraw your request for access",
	}, c.deleteOwnAccessRequest)
	inside(c, api, tenants.Admin, route{
		ID: "listAccessRequests", Method: http.MethodGet, Path: "/access-requests", Tag: tag, Summary: "List who asks for access",
		Description: "Those that wait for an answer, the longest first.",
	}, c.listAccessRequests)
	insideAsPerson(c, api, tenants.Admin, route{
		ID: "approveAccessRequest", Method: http.MethodPost, Path: "/access-requests/{id}/approve", Tag: tag, Status: 204, Errors: []int{409}, Summary: "Give the access that is asked for",
		Description: "Assigns the role and answers the request, both or neither. Of two who answer the second gets 409, and nothing is assigned. What the role would change, explainProposedAccess says before.",
	}, c.approveAccessRequest)
	insideAsPerson(c, api, tenants.Admin, route{
		ID: "dismissAccessRequest", Method: http.MethodPost, Path: "/access-requests/{id}/dismiss", Tag: tag, Status: 204, Errors: []int{409}, Summary: "Dismiss a request for access",
	}, c.dismissAccessRequest)
}

func (c *Console) createAccessRequest(ctx context.Context, by Actor, in *newAccessRequest) (*Result[AccessRequest], error) {
	by, err := c.inOwn(ctx, by)
	if err != nil {
		return nil, err
	}
	if err := tenants.CheckRequestText("reason", in.Body.Reason); err != nil {
		return nil, err
	}
	p := *by.Person
	wanted := tenants.AccessRequest{ID: tenants.NewGUID(), Person: tenants.Person{OID: p.OID, Name: visible(p.Name)}, Username: visible(p.Username), Guest: p.Guest, Reason: in.Body.Reason}
	if err := c.Store.AskAccess(ctx, by.Caller, wanted); err != nil {
		return nil, err
	}
	made, err := c.Store.AccessRequestOf(ctx, by.Org(), p.OID)
	return result(accessRequestOf(made)), err
}

func (c *Console) listOwnAccessRequests(ctx context.Context, by Actor, _ *Asked) (*Result[OwnAccessRequests], error) {
	by, err := c.inOwn(ctx, by)
	if err != nil {
		return nil, err
	}
	page := OwnAccessRequests{Items: []AccessRequest{}, AccessPackageURL: by.Organization.AccessPackageURL}
	last, err := c.Store.AccessRequestOf(ctx, by.Org(), by.Person.OID)
	if isMissing(err) {
		return result(page), nil
	}
	page.Items = append(page.Items, accessRequestOf(last))
	return result(page), err
}

func (c *Console) deleteOwnAccessRequest(ctx context.Context, by Actor, in *ownAccessRequestInput) (*None, error) {
	by, err := c.inOwn(ctx, by)
	if err != nil {
		return nil, err
	}
	return &None{}, c.Store.AnswerAccess(ctx, by.Caller, in.ID, tenants.AccessWithdrawn, "")
}

func (c *Console) listAccessRequests(ctx context.Context, by Actor, in *listInput) (*Listed[AccessRequest], error) {
	waiting, err := c.Store.AccessRequests(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	key := func(r AccessRequest) string {
		return r.MadeAt.UTC().Format("2006-01-02T15:04:05.000000") + r.ID.String()
	}
	return cut(ctx, c, by, in.Paging, listing[AccessRequest]{"listAccessRequests", each(waiting, accessRequestOf), key})
}

func (c *Console) approveAccessRequest(ctx context.Context, by Actor, in *approvedAccess) (*None, error) {
	if in.Body.Answer != "" {
		if err := tenants.CheckRequestText("answer", in.Body.Answer); err != nil {
			return nil, err
		}
	}
	if err := c.anothers(ctx, by, in.ID); err != nil {
		return nil, err
	}
	if in.Body.Role.IsZero() {
		return &None{}, c.Store.AnswerAccess(ctx, by.Caller, in.ID, tenants.AccessApproved, in.Body.Answer)
	}
	return &None{}, c.Store.ApproveAccess(ctx, by.Caller, in.ID, in.Body.Answer, func(a *access.Configuration, r tenants.AccessRequest) error {
		return a.GiveRole(authz.Assignment{
			Role: in.Body.Role, Subject: authz.Subject{Kind: authz.SubjectPerson, Value: r.Person.OID.String()}, Name: strings.TrimSpace(text.Cut(visible(r.Person.Name), access.MaxName)),
		}, c.Now())
	})
}

func (c *Console) dismissAccessRequest(ctx context.Context, by Actor, in *dismissedAccess) (*None, error) {
	if err := tenants.CheckRequestText("reason", in.Body.Reason); err != nil {
		return nil, err
	}
	if err := c.anothers(ctx, by, in.ID); err != nil {
		return nil, err
	}
	return &None{}, c.Store.AnswerAccess(ctx, by.Caller, in.ID, tenants.AccessDismissed, in.Body.Reason)
}

// anothers lets nobody answer their own request: whoever gives access to themselves
// says so by an assignment.
func (c *Console) anothers(ctx context.Context, by Actor, id tenants.GUID) error {
	own, err := c.Store.AccessRequestOf(ctx, by.Org(), by.Person.OID)
	if err == nil && own.ID == id {
		return fault.New(fault.Forbidden, "this is your own request; another admin has to answer it, or you withdraw it")
	}
	if isMissing(err) {
		return nil
	}
	return err
}
