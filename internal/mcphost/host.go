package mcphost

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/wire"
)

// Leases gives the current view of an organization. Heard says that a newer one
// is known to exist, or that a session has ended.
type Leases interface {
	Get(ctx context.Context, slug string) (*snapshot.Snapshot, error)
	Heard(c snapshot.Change)
	// Later returns a channel that is closed once the organization is known to
	// have a later version.
	Later(org tenants.ID, than int64) <-chan struct{}
	// Standing stands for all that is known of a person's memberships.
	Standing(org tenants.ID, person tenants.GUID) *snapshot.Standing
	// Ending returns a channel that is closed once the end of a session is heard of,
	// and what stops waiting.
	Ending(session tenants.GUID) (ended <-chan struct{}, forget func())
}

// Membership answers which of the groups that matter a person is in.
type Membership interface {
	Resolve(ctx context.Context, q membership.Question) (authz.Membership, time.Time, error)
	// FreshLook has Graph asked again, within bounds, and returns what is known then.
	FreshLook(ctx context.Context, q membership.Question) (membership.Record, error)
	// LookBehind does so without making anybody wait.
	LookBehind(ctx context.Context, q membership.Question)
}

// Sessions ends MCP sessions on every replica, and records that it did.
type Sessions interface {
	EndSession(ctx context.Context, by authz.Caller, e authz.EndedSession) error
}

// Sightings remembers which app registrations' tokens of Entra were shown.
type Sightings interface {
	SawEntraClient(ctx context.Context, by authz.Caller, client tenants.GUID) error
}

// Options is what a Host works with. All fields are required but Origins,
// AnyLoopbackPort and StepUps.
type Options struct {
	BaseURL *url.URL // scheme and host of this deployment
	Origins []string // browser origins every organization accepts besides our own

	// AnyLoopbackPort takes Host and Origin headers that name any port of this
	// machine, for a proxy in front. Only where BaseURL is loopback itself.
	AnyLoopbackPort bool

	Version    string // of this server, as clients see it
	MaxBody    int64  // bytes of one request
	PageSize   int    // how many things a list shows at once
	Leases     Leases
	Verifier   *entra.Verifier
	Membership Membership
	Sessions   Sessions
	Sightings  Sightings
	Mailbox    Mailbox
	Notes      Notes
	StepUps    StepUps // nil: nobody is led to a stronger sign-in
	Refresher  Refresher
	Audit      *audit.Log
	BodyKeys   BodyKeys
	Refusals   *audit.Refusals
	Limits     *limit.Limits
	Operations *telemetry.Operations
	Logger     *slog.Logger
	Now        func() time.Time
}

// maxDepth is how deeply a message's values may nest.
const maxDepth = 64

// Host serves the MCP endpoints of every organization. It is safe for
// concurrent use.
type Host struct {
	baseURL         string
	hosts           []string
	ownOrigins      []string
	origins         []string
	anyLoopbackPort bool
	serverInfo      []byte
	bounds          wire.Limits // of one request
	pageSize        int

	leases     Leases
	verifier   *entra.Verifier
	membership Membership
	sessions   Sessions
	sightings  Sightings
	mailbox    Mailbox
	notes      Notes
	stepUps    StepUps
	refresher  Refresher
	audit      *audit.Log
	bodyKeys   BodyKeys
	refusals   *audit.Refusals
	limits     *limit.Limits
	operations *telemetry.Operations
	logger     *slog.Logger
	now        func() time.Time

	tokens     *tokenCache
	underWay   underWay
	farewells  farewells
	parking    *parking
	ends       *limit.Visitors // how often a person ends sessions
	completing *limit.Visitors // of whose completions a record is due
	unseen     *limit.Visitors // clients of Entra of which a note is due
	streaming  *streaming
	draining   chan struct{} // closed when the process is about to end
	drain      sync.Once
}

// New checks the options and returns a Host.
func New(o Options) (*Host, error) {
	if !o.complete() {
		return nil, fault.New(fault.Invalid, "MCP host: every option but Origins, AnyLoopbackPort and StepUps is required")
	}
	h := &Host{
		baseURL: o.BaseURL.Scheme + "://" + o.BaseURL.Host, origins: o.Origins, anyLoopbackPort: o.AnyLoopbackPort,
		serverInfo: serverInfo(o.Version), bounds: wire.Limits{MaxBytes: int(o.MaxBody), MaxDepth: maxDepth}, pageSize: o.PageSize,
		leases: o.Leases, verifier: o.Verifier, membership: o.Membership, sessions: o.Sessions, sightings: o.Sightings, mailbox: o.Mailbox, notes: o.Notes,
		stepUps: o.StepUps, refresher: o.Refresher, audit: o.Audit, bodyKeys: o.BodyKeys, refusals: o.Refusals, limits: o.Limits, operations: o.Operations, logger: o.Logger, now: o.Now,
		tokens: newTokenCache(), draining: make(chan struct{}),
	}
	h.hosts, h.ownOrigins = ownHosts(o.BaseURL)
	if err := h.bound(); err != nil {
		return nil, err
	}
	return h, nil
}

// complete reports whether every option that is required is there.
func (o *Options) complete() bool {
	return o.BaseURL != nil && o.Version != "" && o.MaxBody > 0 && o.PageSize > 0 &&
		o.Leases != nil && o.Verifier != nil && o.Membership != nil && o.Sessions != nil && o.Sightings != nil && o.Mailbox != nil && o.Notes != nil &&
		o.Refresher != nil && o.Audit != nil && o.BodyKeys != nil && o.Refusals != nil && o.Limits != nil && o.Operations != nil && o.Logger != nil && o.Now != nil
}

// bound makes what keeps a replica's streams, exchanges and people within bounds.
func (h *Host) bound() (err error) {
	if h.parking, err = newParking(); err != nil {
		return err
	}
	if h.ends, err = limit.NewVisitors("ends", endRate, mostEnders); err != nil {
		return err
	}
	if h.completing, err = limit.NewVisitors("completions", completionRecord, mostCompleting); err != nil {
		return err
	}
	if h.unseen, err = limit.NewVisitors("clients of Entra", sightingRate, mostUnseen); err != nil {
		return err
	}
	h.streaming, err = newStreaming(h)
	return err
}

// Endpoint serves one organization's MCP endpoints; the route's wildcard {org} is
// its slug, and {toolset}, where the route has it, the name of a toolset.
func (h *Host) Endpoint() http.Handler { return http.HandlerFunc(h.endpoint) }
