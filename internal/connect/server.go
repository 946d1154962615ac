package connect

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// Parts is what a Server is made of. Every field is required.
type Parts struct {
	Base      *url.URL // public origin, without a path
	Version   string   // of this program: what registries call the version of a server
	Views     Views
	Limits    Limits
	Authority func(tenants.Cloud) entra.Authority
	Admits    func(origin string) bool // pages of which origins may use the endpoints of every organization
	Logger    *slog.Logger
}

// Views are the organizations as requests see them.
type Views interface {
	// Get returns the view of a slug; one without endpoints is NotFound.
	Get(ctx context.Context, slug string) (*snapshot.Snapshot, error)
}

// Limits bounds how often strangers may ask, by address. What is too much is
// Limited.
type Limits interface {
	Admit(org tenants.ID, address string) error
}

// Server says how to connect, for every organization. It may be used concurrently.
type Server struct {
	Parts
	base      string
	namespace string // of names in registries
	local     bool   // nobody but this machine reaches the deployment
}

// New returns a server, or an error that says what is missing.
func New(p Parts) (*Server, error) {
	if p.Base == nil || p.Base.Hostname() == "" || p.Version == "" || p.Views == nil || p.Limits == nil || p.Authority == nil || p.Admits == nil || p.Logger == nil {
		return nil, fault.New(fault.Invalid, "connect: every part is required")
	}
	host := p.Base.Hostname()
	return &Server{Parts: p, base: p.Base.Scheme + "://" + p.Base.Host, namespace: namespaceOf(host), local: loopback(host)}, nil
}

// Routes hands over the handlers of what programs read, each with its pattern
// (net/http). {org} is a slug.
func (s *Server) Routes(handle func(pattern string, handler func(http.ResponseWriter, *http.Request))) {
	serve := func(path string, handler func(http.ResponseWriter, *http.Request)) {
		handle("GET "+path, handler)
		handle("OPTIONS "+path, preflight)
	}
	serve("/t/{org}/v0.1/servers", s.listServers)
	serve("/t/{org}/v0.1/servers/{name...}", s.getServer)
	for _, d := range downloads {
		serve("/t/{org}/managed/"+d.path, s.download(d))
	}
}

// errSuspended is the answer to everybody of a suspended organization.
var errSuspended = fault.New(fault.Forbidden, "this organization is suspended; ask its administrators")

// organization returns the view of the organization that a request is about. Who
// asks too often has to wait.
func (s *Server) organization(r *http.Request) (*snapshot.Snapshot, error) {
	snap, err := s.Views.Get(r.Context(), r.PathValue("org"))
	if err != nil {
		return nil, err
	}
	if err := s.Limits.Admit(snap.Organization.ID, addressOf(r)); err != nil {
		return nil, err
	}
	if snap.Organization.State == tenants.Suspended {
		return nil, errSuspended
	}
	return snap, nil
}

// addressOf is where a request comes from, as far as proxies are trusted.
func addressOf(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return peer.Addr().Unmap().WithZone("").String()
}

// loopback reports whether a host is a name of the machine that asks for it.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
