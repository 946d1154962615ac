package console

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Actor is who asks, in which organization, with which role. It is an argument
// of every operation.
type Actor struct {
	Caller       authz.Caller // for writes: the organization's caller; outside an organization the person only
	Role         tenants.Role // empty outside an organization
	Organization tenants.Organization
	Person       *Person // nil for an automation
}

// Org names the organization, for reads.
func (a Actor) Org() tenants.ID { return a.Organization.ID }

// path is where a resource of the organization is.
func (a Actor) path(collection, id string) string {
	return "/api/organizations/" + a.Organization.Slug.String() + "/" + collection + "/" + url.PathEscape(id)
}

// humaContext is what huma gives; its own name would hide its method Context.
type humaContext = huma.Context

// visit is one request to an operation on its way through huma.
type visit struct {
	humaContext
	id       string
	body     []byte
	actor    Actor
	registry huma.Registry // of the contract's schemas
	warnings string        // how many a creation has left; empty: it is not about access
}

// BodyReader returns the body from its beginning.
func (v *visit) BodyReader() io.Reader { return bytes.NewReader(v.body) }

// Unwrap returns huma's own context.
func (v *visit) Unwrap() huma.Context { return v.humaContext }

// Asked is the part of every operation's input that says who asks. It is no
// part of the contract.
type Asked struct{ visit *visit }

// Resolve implements huma.Resolver.
func (a *Asked) Resolve(ctx huma.Context) []error {
	a.visit, _ = ctx.(*visit)
	return nil
}

func (a *Asked) asked() *visit { return a.visit }

// asker is an input that embeds Asked.
type asker[I any] interface {
	*I
	asked() *visit
}

// InOrganization is the part of the input of every operation within one
// organization.
type InOrganization struct {
	Asked
	Slug string `path:"org" maxLength:"40" doc:"The organization's slug." example:"contoso"`
}

// door says what an operation demands of who asks, before its input is read.
type door func(ctx context.Context, v *visit) (Actor, error)

// route is an operation's entry in the contract.
type route struct {
	ID, Method, Path, Tag string
	Summary, Description  string
	Status                int   // of success; zero is 200
	Errors                []int // besides those every operation of its kind has
	When                  existence
	Media                 []string // of a success; none: JSON

	enter    door
	security []map[string][]string
}

// add registers an operation behind a door. Every refusal, whoever makes it,
// leaves through the same mapping.
func add[I, O any, P asker[I]](c *Console, api huma.API, r route, handle func(context.Context, Actor, P) (*O, error)) {
	r.Errors = append(slices.Clone(r.Errors), http.StatusTooManyRequests, http.StatusServiceUnavailable)
	if _, body := reflect.TypeFor[I]().FieldByName("Body"); body {
		r.Errors = append(r.Errors, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	op := huma.Operation{
		OperationID: r.ID, Method: r.Method, Path: r.Path, Summary: r.Summary, Description: r.Description, Tags: []string{r.Tag},
		DefaultStatus: r.Status, Errors: r.Errors, Security: r.security, MaxBodyBytes: maxBody + 1,
		Middlewares: huma.Middlewares{c.enter(r.enter, api.OpenAPI().Components.Schemas)},
	}
	if len(r.Media) > 0 {
		op.Responses = map[string]*huma.Response{strconv.Itoa(http.StatusOK): {Content: media(r.Media)}}
	}
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		v := P(in).asked()
		out, err := handle(ctx, v.actor, in)
		if err != nil {
			return nil, c.report(ctx, v, err)
		}
		return out, nil
	})
}

// media are the forms of an answer that is a text.
func media(types []string) map[string]*huma.MediaType {
	all := map[string]*huma.MediaType{}
	for _, t := range types {
		all[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return all
}

// enter asks the door before anything of the request is believed.
func (c *Console) enter(enter door, registry huma.Registry) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		v := &visit{humaContext: ctx, id: ctx.Header(requestID), registry: registry}
		err := v.read()
		if err == nil {
			v.actor, err = enter(ctx.Context(), v)
		}
		if err != nil {
			v.write(c.report(ctx.Context(), v, err))
			return
		}
		next(v)
	}
}

func (v *visit) read() (err error) {
	v.body, err = io.ReadAll(v.humaContext.BodyReader())
	return err
}

// write answers with a refusal.
func (v *visit) write(p *Problem) {
	v.SetHeader("Content-Type", p.ContentType(""))
	for name, values := range p.GetHeaders() {
		v.SetHeader(name, values[0])
	}
	v.SetStatus(p.Status)
	_ = huma.DefaultJSONFormat.Marshal(v.BodyWriter(), p) // the client may be gone
}

// report maps an operation's failure and logs it: what is ours with its cause,
// what is the client's by its kind only.
func (c *Console) report(ctx context.Context, v *visit, err error) *Problem {
	p := newProblem(err, v.id)
	sent := unmentionable(v.sent())
	p.scrub(sent)
	attrs := []any{
		slog.String(telemetry.LogRequest, v.id), slog.String("operation", v.Operation().OperationID), slog.Int("status", p.Status),
	}
	switch fault.KindOf(err) {
	case fault.Internal:
		if p.Status == http.StatusInternalServerError {
			c.Log.ErrorContext(ctx, "operation failed", append(attrs, slog.String(telemetry.LogError, sent.scrub(err.Error())))...)
		}
	case fault.Upstream, fault.Unavailable:
		if ctx.Err() != nil {
			c.Log.DebugContext(ctx, "nobody waits for the answer any more", attrs...)
			break
		}
		c.Log.WarnContext(ctx, "operation could not be carried out", append(attrs, slog.String(telemetry.LogError, sent.scrub(err.Error())))...)
	case fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Limited:
	}
	return p
}
