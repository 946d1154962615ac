package wallet

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools/upstream/oauth"
)

// Parts is what a Wallet is made of. Every field is required.
type Parts struct {
	Base   *url.URL // public origin, without a path
	Store  authorizations.Store
	Views  func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
	OAuth  Protocol
	Doer   Doer
	Now    func() time.Time
	Logger *slog.Logger
}

// Protocol speaks to authorization servers; *oauth.Client does.
type Protocol interface {
	Discover(ctx context.Context, source *url.URL, c oauth.Challenge) (oauth.Server, error)
	Register(ctx context.Context, s oauth.Server, a oauth.Application) (oauth.Registration, error)
	Finish(ctx context.Context, i oauth.SignIn, answer url.Values) (oauth.Token, error)
	Refresh(ctx context.Context, s oauth.Server, r oauth.Registration, t oauth.Token) (oauth.Token, error)
	Revoke(ctx context.Context, s oauth.Server, r oauth.Registration, t oauth.Token) error
}

var _ Protocol = (*oauth.Client)(nil)

// Doer sends one request to a source.
type Doer interface {
	Do(ctx context.Context, req *http.Request) (*egress.Response, error)
}

// Wallet is what people have got at sources, of every organization. It may be used
// concurrently.
type Wallet struct {
	Parts
	base    string
	cache   *tokenCache
	flights singleflight.Group
}

// New returns a wallet, or Invalid if a part is missing.
func New(p Parts) (*Wallet, error) {
	if p.Base == nil || p.Store == nil || p.Views == nil || p.OAuth == nil || p.Doer == nil || p.Now == nil || p.Logger == nil {
		return nil, fault.New(fault.Invalid, "wallet: every part is required")
	}
	return &Wallet{Parts: p, base: p.Base.Scheme + "://" + p.Base.Host, cache: newTokenCache()}, nil
}
