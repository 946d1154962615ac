package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// SinkItem names a sink in a path.
type SinkItem struct {
	Sink string `path:"sink" maxLength:"100" doc:"The sink's name."`
}

type (
	sinkInput struct {
		InOrganization
		SinkItem
	}
	newSinkInput struct {
		InOrganization
		Once
		Body NewSink
	}
	changedSink struct {
		InOrganization
		SinkItem
		Match
		Body SinkSettings
	}
	removedSink struct {
		InOrganization
		SinkItem
		Match
	}
	sinkSecretInput struct {
		InOrganization
		SinkItem
		Match
		Body NewSinkSecret
	}
)

func (c *Console) sinkRoutes(api huma.API) {
	const tag, one = "sinks", "/sinks/{sink}"
	inside(c, api, tenants.Viewer, route{ID: "listSinks", Method: http.MethodGet, Path: "/sinks", Tag: tag, Summary: "List sinks"}, c.listSinks)
	inside(c, api, tenants.Admin, route{
		ID: "createSink", Method: http.MethodPost, Path: "/sinks", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Add a sink",
		Description: "An organization has ten sinks at most. Each gets the log's checkpoints, its records, or both, at least once, however often what takes them is away. One that needs a secret gets it by updateSinkCredential. Only an owner adds one that gets records: it is a way to read the log.",
	}, c.createSink)
	inside(c, api, tenants.Viewer, route{ID: "getSink", Method: http.MethodGet, Path: one, Tag: tag, Summary: "Read a sink"}, c.getSink)
	inside(c, api, tenants.Admin, route{
		ID: "updateSink", Method: http.MethodPut, Path: one, Tag: tag, Errors: matchErrors, Summary: "Change a sink",
		Description: "It goes on where it was, and is tried at once. Its secret stays as long as it goes where it went before; what a webhook gets elsewhere is signed with a new one, which refreshSinkSecret shows. Only an owner has it bring records to somebody who has not got them before.",
	}, c.updateSink)
	inside(c, api, tenants.Admin, route{ID: "deleteSink", Method: http.MethodDelete, Path: one, Tag: tag, Status: 204, Errors: matchErrors, Summary: "Remove a sink", Description: "Its secret is deleted."}, c.deleteSink)
	inside(c, api, tenants.Admin, route{
		ID: "updateSinkCredential", Method: http.MethodPut, Path: one + "/credential", Tag: tag, Errors: matchErrors, Summary: "Give a sink its secret",
		Description: "It is kept encrypted and never shown again. The ETag is the sink's.",
	}, c.updateSinkCredential)
	inside(c, api, tenants.Admin, route{
		ID: "refreshSinkSecret", Method: http.MethodPost, Path: one + "/secret", Tag: tag, Summary: "Make the secret of a webhook anew",
		Description: "Everything sent from now on is signed with it, and with the one before no more.",
	}, c.refreshSinkSecret)
	inside(c, api, tenants.Viewer, route{
		ID: "getSinkStatus", Method: http.MethodGet, Path: one + "/status", Tag: tag, Summary: "Read how far a sink has come",
		Description: "What has arrived, what has not, and why. A worker has to run.",
	}, c.getSinkStatus)
	inside(c, api, tenants.Viewer, route{
		ID: "listSinkStatuses", Method: http.MethodGet, Path: "/sink-statuses", Tag: tag, Summary: "List how far each sink has come",
		Description: "What getSinkStatus says of one.",
	}, c.listSinkStatuses)
	inside(c, api, tenants.Admin, route{
		ID: "runSinkTest", Method: http.MethodPost, Path: one + "/test", Tag: tag, Summary: "Send a sink the newest checkpoint",
		Description: "Waits until it has answered. An organization has five at once, and one a minute after that.",
	}, c.runSinkTest)
}

func (c *Console) listSinks(ctx context.Context, by Actor, in *listInput) (*Listed[Sink], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Sink]{"listSinks", each(a.Sinks, sinkFor(by.Role)), func(s Sink) string { return s.Name }})
}

func (c *Console) getSink(ctx context.Context, by Actor, in *sinkInput) (*One[Sink], error) {
	return getOne(ctx, c, by, sinkIn(in.Sink, by))
}

func (c *Console) createSink(ctx context.Context, by Actor, in *newSinkInput) (*Created[NewSinkAnswer], error) {
	return once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (NewSinkAnswer, string, error) {
		s := in.Body.sink(in.Body.Name)
		s.ID = id
		after, err := c.Store.EditAccess(ctx, by.Caller, "sink created", func(a *access.Configuration) error {
			if _, err := sinkNamed(*a, s.Name); err == nil {
				return fault.New(fault.Conflict, "name: there is a sink of this name already; change that one, or choose another name")
			}
			return c.putSink(a, by, s)
		})
		if err != nil {
			return NewSinkAnswer{}, "", err
		}
		in.visit.warnings = c.countWarnings(after)
		secret, err := c.sinkSecret(ctx, by, s)
		return NewSinkAnswer{sinkOf(s), secret}, by.path("sinks", s.Name), err
	})
}

// putSink adds or changes a sink. Only an owner has one bring the log's records to
// somebody new.
func (c *Console) putSink(a *access.Configuration, by Actor, s tenants.Sink) error {
	before := a.Sinks
	if err := a.PutSink(s, c.deployment()); err != nil || by.Role == tenants.Owner {
		return err
	}
	return access.NewReaders(before, a.Sinks)
}

// sinkSecret is the secret of a sink that has one made for it.
func (c *Console) sinkSecret(ctx context.Context, by Actor, s tenants.Sink) (string, error) {
	if s.Kind != tenants.WebhookSink {
		return "", nil
	}
	return c.Sinks.SinkSecret(ctx, by.Org(), s)
}

func (c *Console) updateSink(ctx context.Context, by Actor, in *changedSink) (*One[Sink], error) {
	return editOne(ctx, c, by, change[Sink]{
		what: "sink changed", match: in.Match, read: sinkIn(in.Sink, by),
		edit: func(a *access.Configuration) error { return c.putSink(a, by, in.Body.sink(in.Sink)) },
	})
}

func (c *Console) deleteSink(ctx context.Context, by Actor, in *removedSink) (*None, error) {
	return removeOne(ctx, c, by, change[Sink]{
		what: "sink deleted", match: in.Match, read: sinkIn(in.Sink, by),
		edit: func(a *access.Configuration) error { return a.RemoveSink(in.Sink) },
	})
}

func (c *Console) updateSinkCredential(ctx context.Context, by Actor, in *sinkSecretInput) (*One[Sink], error) {
	if err := in.given(); err != nil {
		return nil, err
	}
	id := tenants.NewGUID()
	ciphertext, err := c.Sinks.EncryptSinkSecret(ctx, by.Org(), id, in.Body.Secret)
	if err != nil {
		return nil, err
	}
	return editOne(ctx, c, by, change[Sink]{
		what: "sink secret given", match: in.Match, read: sinkIn(in.Sink, by),
		edit: func(a *access.Configuration) error {
			if s, err := sinkNamed(*a, in.Sink); err == nil && s.SecretSaysWhose() && by.Role != tenants.Owner {
				return fault.Newf(fault.Forbidden, "sinks: the secret of %s says whose account gets the log's records, and only an owner decides who reads the log; have an owner give it, signed in", s.Name)
			}
			return a.PutSinkSecret(in.Sink, id, ciphertext)
		},
	})
}

func (c *Console) refreshSinkSecret(ctx context.Context, by Actor, in *sinkInput) (*Result[SinkSecret], error) {
	after, err := c.Store.EditAccess(ctx, by.Caller, "sink secret made", func(a *access.Configuration) error {
		return a.RenewSinkSecret(in.Sink)
	})
	if err != nil {
		return nil, err
	}
	s, err := sinkNamed(after, in.Sink)
	if err != nil {
		return nil, err
	}
	secret, err := c.sinkSecret(ctx, by, s)
	return result(SinkSecret{secret}), err
}

// theSink reads a sink.
func (c *Console) theSink(ctx context.Context, by Actor, name string) (tenants.Sink, error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return tenants.Sink{}, err
	}
	return sinkNamed(a, name)
}

func (c *Console) getSinkStatus(ctx context.Context, by Actor, in *sinkInput) (*Result[SinkStatus], error) {
	s, err := c.theSink(ctx, by, in.Sink)
	if err != nil {
		return nil, err
	}
	status, err := c.Sinks.SinkStatus(ctx, by.Org(), s)
	return result(status), err
}

func (c *Console) listSinkStatuses(ctx context.Context, by Actor, in *listInput) (*Listed[NamedSinkStatus], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	all := make([]NamedSinkStatus, 0, len(a.Sinks))
	for _, s := range a.Sinks {
		status, err := c.Sinks.SinkStatus(ctx, by.Org(), s)
		if err != nil {
			return nil, err
		}
		all = append(all, NamedSinkStatus{s.Name, status})
	}
	return cut(ctx, c, by, in.Paging, listing[NamedSinkStatus]{"listSinkStatuses", all, func(s NamedSinkStatus) string { return s.Sink }})
}

func (c *Console) runSinkTest(ctx context.Context, by Actor, in *sinkInput) (*Result[SinkTest], error) {
	s, err := c.theSink(ctx, by, in.Sink)
	if err != nil {
		return nil, err
	}
	t := SinkTest{Arrived: true, At: c.Now()}
	err = c.Sinks.TestSink(ctx, by.Organization, s)
	if err != nil && (fault.KindOf(err) == fault.Limited || fault.KindOf(err) == fault.NotFound) { // nothing was sent
		return nil, err
	}
	if err != nil {
		t.Arrived, t.Trouble = false, fault.Public(err)
	}
	return result(t), nil
}
