package mcphost

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/wire"
)

// ConsoleClient names the console as the client of calls that people make there.
// No client that an organization can list has such an id.
const ConsoleClient = "gatehouse-console"

// InPerson is somebody who calls a tool without a token of the endpoint: a session
// that whoever makes this has verified says who they are.
type InPerson struct {
	Org      tenants.Slug
	Identity authz.Identity   // without client and scopes; IssuedAt is when they signed in
	Groups   entra.GroupClaim // of their sign-in; GroupsElsewhere where it does not say all
	// Graph gives their token of Microsoft Graph, to ask which groups they are in.
	Graph func(ctx context.Context) (string, error)

	Path, Address string // of the request, for the log
	Tool          string
	Arguments     []byte // an object
}

// Told is the result of such a call, as the endpoint would have written it.
type Told struct {
	Record  string // id of the audit record
	Result  []byte // an object
	IsError bool   // the tool ran, or was about to, and says that it could not
	Unknown bool   // beside an error: the call was begun, and what came of it cannot be told
}

// CallInPerson has somebody call a tool as at the organization's endpoint. Only the
// token is missing: revocations, memberships, roles, limits and the log are asked
// as they are for one. A tool that they may not call and one that does not exist are
// the same fault of kind NotFound.
func (h *Host) CallInPerson(ctx context.Context, p InPerson) (Told, error) {
	began := h.now()
	snap, err := h.leases.Get(ctx, p.Org.String())
	if err != nil && fault.KindOf(err) == fault.NotFound {
		err = errNoEndpoint
	}
	if err != nil {
		return Told{}, err
	}
	p.Identity.Client, p.Identity.Scopes = ConsoleClient, []string{snap.Organization.Connection.Scope}
	req := &request{http: p.request(ctx), writer: unwritten{}, arrived: began, era: wire.Legacy, version: wire.NewestLegacy, person: &p}
	req.see(snap)
	by, err := h.admitInPerson(ctx, req)
	if err != nil {
		return Told{}, err
	}
	if req.permit, err = h.limits.Acquire(who(by.Identity())); err != nil {
		return Told{}, err
	}
	defer req.permit.Release()
	if req.message, err = h.messageOf(p); err != nil {
		return Told{}, err
	}
	a, err := h.serve(ctx, by, req, began)
	return h.told(req, a, err)
}

// errNoEndpoint is the answer where the organization is there and its endpoint is not.
var errNoEndpoint = fault.New(fault.Conflict, "the organization has no endpoint yet; finish connecting it first")

// request is the call as the rooms expect one. It accepts no event stream.
func (p *InPerson) request(ctx context.Context) *http.Request {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: p.Path}, RemoteAddr: p.Address, Header: http.Header{}}
	r.SetPathValue("org", p.Org.String())
	return r.WithContext(ctx)
}

// messageOf is the message that a client would have sent.
func (h *Host) messageOf(p InPerson) (wire.Message, error) {
	params := wire.AppendMember(nil, wire.Member{Name: "name", Value: wire.AppendString(nil, p.Tool)})
	params = wire.AppendMember(params, wire.Member{Name: "arguments", Value: p.Arguments})
	body := append([]byte(`{"jsonrpc":"2.0","id":1,"method":"`+wire.MethodToolsCall+`","params":{`), params...)
	m, err := wire.Decode(append(body, "}}"...), h.bounds)
	if err != nil {
		return m, fault.New(fault.Invalid, err.Message)
	}
	return m, nil
}

// admitInPerson is the door for who has no token: whom it would turn away it turns
// away here, and the log says so.
func (h *Host) admitInPerson(ctx context.Context, req *request) (authz.Caller, error) {
	id, org := req.person.Identity, &req.snap.Organization
	switch {
	case org.State == tenants.Suspended:
		return authz.Caller{}, h.refused(req.http, id, "suspended", errSuspended)
	case id.Kind == authz.Guest && org.Connection.Guests != tenants.Admit:
		return authz.Caller{}, h.refused(req.http, id, string(entra.GuestsRefused), errGuests)
	}
	d, err := h.derive(ctx, req)
	switch {
	case d.refused != "":
		return authz.Caller{}, h.refused(req.http, id, d.refused, err)
	case err != nil:
		return authz.Caller{}, err
	}
	return d.entry.caller, nil
}

var errGuests = fault.New(fault.Forbidden, "this organization does not let guests call tools; an admin can admit them in the connection's settings")

// told is the answer to who is told of faults otherwise than by the protocol: what
// could be mended by the arguments, and what the tool says, is a result.
func (h *Host) told(req *request, a answer, err error) (Told, error) {
	t := Told{Record: a.record, IsError: err != nil || a.isError}
	if why := untellable(err); why != nil {
		t.Unknown = a.unsettled
		return t, why
	}
	var reply struct {
		Result json.RawMessage `json:"result"`
	}
	failed := json.Unmarshal(h.appendConclusion(nil, req, a, err), &reply)
	t.Result = reply.Result
	return t, failed
}

// untellable returns what is no result of a tool at the endpoint either.
func untellable(err error) error {
	if protocol, ok := errors.AsType[*wire.Error](err); ok {
		return fault.New(fault.Invalid, protocol.Message)
	}
	switch kind := fault.KindOf(err); {
	case err == nil:
	case errors.Is(err, errUnknownTool), kind == fault.Internal, kind == fault.Limited, kind == fault.Unavailable:
		return err
	}
	return nil
}

// token stands for the session where the rooms expect what a token says.
func (p *InPerson) token() entra.Token { return entra.Token{Identity: p.Identity, Groups: p.Groups} }

// unwritten is where the answer would be written to that is told instead.
type unwritten struct{}

func (unwritten) Header() http.Header         { return http.Header{} }
func (unwritten) Write(b []byte) (int, error) { return len(b), nil }
func (unwritten) WriteHeader(int)             {}
