package connect_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"gatehouse/internal/authz"
	"gatehouse/internal/connect"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const base = "https://mcp.gatehouse.example"

// stand is a server that says how to connect, and what it knows in a test's hands.
type stand struct {
	t       *testing.T
	mux     *http.ServeMux
	build   snapshot.Builder
	data    snapshot.Data
	snap    *snapshot.Snapshot
	limited error
	broken  error
	asked   []string // addresses
	origins []string // that the deployment admits
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func newStand(t *testing.T) *stand {
	t.Helper()
	return newStandAt(t, base)
}

func newStandAt(t *testing.T, at string) *stand {
	t.Helper()
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	tool := tools.Tool{Name: "payroll_secret_list", Effect: tools.Read, InputSchema: []byte(`{"type":"object"}`), Invoker: tools.InvokerFunc(
		func(context.Context, authz.Caller, tools.Call) (tools.Result, error) { return tools.Result{}, nil },
	)}
	s := &stand{t: t, mux: http.NewServeMux()}
	s.build = snapshot.Builder{Tools: must(tools.NewRegistry([]tools.Tool{tool})), Authority: entra.AuthorityOf, Secrets: box, Logger: slog.New(slog.DiscardHandler)}
	id := tenants.NewID()
	s.data = snapshot.Data{
		Organization: tenants.Organization{
			ID: id, Slug: must(tenants.ParseSlug("contoso")), Name: "Contoso", TID: must(tenants.ParseTID("11111111-1111-4111-8111-111111111111")), State: tenants.Active, Mode: tenants.Brokered,
			Connection: tenants.Connection{
				Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only, Resource: at + "/t/contoso/mcp", Scope: "access_as_user",
				Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse, GroupSource: tenants.TokenOnly, GroupsClaim: tenants.ClaimConfigured,
				ID: tenants.NewGUID(), Model: tenants.OwnApp, Credential: tenants.Credential{Kind: tenants.NoCredential},
			},
			Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
		},
		Clients:    []tenants.Client{{ID: "https://hidden.example", Name: "Listed by an admin"}},
		Rules:      authz.Rules{Scope: "access_as_user"},
		Tools:      []tools.Selection{{Name: tool.Name, Effect: tool.Effect}},
		Toolsets:   []tools.Toolset{{Name: "finance", Title: "Finance & Payroll", Patterns: []string{"payroll_*"}}, {Name: "bare", Patterns: []string{"payroll_*"}}},
		WrappedKey: must(box.NewOrganizationKey(t.Context(), id)),
	}
	s.change(func(*snapshot.Data) {})
	server := must(connect.New(s.parts(at)))
	server.Routes(func(pattern string, handler func(http.ResponseWriter, *http.Request)) {
		s.mux.HandleFunc(pattern, handler)
	})
	s.mux.Handle("/t/{org}/mcp", server.Page())
	s.mux.Handle("/t/{org}/{toolset}/mcp", server.Page())
	return s
}

func (s *stand) parts(at string) connect.Parts {
	return connect.Parts{
		Base: must(url.Parse(at)), Version: "9.8.7", Views: s, Limits: s, Authority: entra.AuthorityOf, Logger: slog.New(slog.DiscardHandler),
		Admits: func(origin string) bool { return slices.Contains(s.origins, origin) },
	}
}

// change is a change of the organization.
func (s *stand) change(how func(*snapshot.Data)) {
	s.t.Helper()
	how(&s.data)
	snap, err := s.build.Build(s.t.Context(), s.data)
	if err != nil {
		s.t.Fatal(err)
	}
	s.snap = snap
}

func (s *stand) in(mode tenants.AuthMode) {
	s.t.Helper()
	s.change(func(d *snapshot.Data) { d.Organization.Mode = mode })
}

// Get implements connect.Views.
func (s *stand) Get(_ context.Context, slug string) (*snapshot.Snapshot, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	if slug != "contoso" {
		return nil, fault.New(fault.NotFound, "there is no such organization")
	}
	return s.snap, nil
}

// Admit implements connect.Limits.
func (s *stand) Admit(_ tenants.ID, address string) error {
	s.asked = append(s.asked, address)
	return s.limited
}

// get asks for a path.
func (s *stand) get(path string) *httptest.ResponseRecorder {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// page is the page at a path.
func (s *stand) page(path string) *html.Node {
	s.t.Helper()
	w := s.get(path)
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return must(html.Parse(w.Body))
}

// all returns the elements of a name below a node.
func all(n *html.Node, name string) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			found = append(found, d)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// part is what a page says of one client.
func part(t *testing.T, page *html.Node, id string) *html.Node {
	t.Helper()
	for _, d := range all(page, "details") {
		if attribute(d, "id") == id {
			return d
		}
	}
	t.Fatalf("the page has no part %s", id)
	return nil
}
