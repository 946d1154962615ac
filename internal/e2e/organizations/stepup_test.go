package organizations_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/tenants"
)

// opener is an AI app that opens URLs for its person: the official Go SDK's client.
type opener struct {
	session *mcp.ClientSession
	person  func(address string) error // what they do with a page
	asked   []string                   // messages with which they were sent there
	done    chan string                // ids of elicitations that the server says are over
}

// bearer sends a token along.
type bearer struct {
	next  http.RoundTripper
	token string
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(r)
}

func (b *behind) opener(t *testing.T, token, revision string, person func(address string) error) *opener {
	t.Helper()
	app := &opener{person: person, done: make(chan string, 8)}
	client := mcp.NewClient(&mcp.Implementation{Name: "opener", Version: "1"}, &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{URL: &mcp.URLElicitationCapabilities{}}},
		ElicitationHandler: func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept"}, app.open(r.Params)
		},
		ElicitationCompleteHandler: func(_ context.Context, r *mcp.ElicitationCompleteNotificationRequest) {
			app.done <- r.Params.ElicitationID
		},
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	var err error
	app.session, err = client.Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: b.endpointOf("contoso", ""), HTTPClient: &http.Client{Transport: bearer{transport, token}},
	}, &mcp.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.session.Close() })
	return app
}

func (a *opener) open(p *mcp.ElicitParams) error {
	if p.Mode != "url" {
		return errors.New("it is asked for " + p.Mode)
	}
	a.asked = append(a.asked, p.Message)
	return a.person(p.URL)
}

// whose calls the tool of the CRM. In the initialize revisions the app goes where the
// error leads, waits until it hears that its person is done, and repeats the call.
func (a *opener) whose(ctx context.Context) (string, error) {
	for {
		reply, err := a.session.CallTool(ctx, &mcp.CallToolParams{Name: "crm_whose"})
		if err == nil {
			return reply.Content[0].(*mcp.TextContent).Text, nil
		}
		refused, ok := errors.AsType[*jsonrpc.Error](err)
		if !ok || refused.Code != mcp.CodeURLElicitationRequired {
			return "", err
		}
		var sent struct{ Elicitations []*mcp.ElicitParams }
		if err := json.Unmarshal(refused.Data, &sent); err != nil || len(sent.Elicitations) != 1 {
			return "", errors.Join(err, errors.New(string(refused.Data)))
		}
		if err := a.open(sent.Elicitations[0]); err != nil {
			return "", err
		}
		select {
		case id := <-a.done:
			if id != sent.Elicitations[0].ElicitationID {
				return "", errors.New("it hears of another elicitation: " + id)
			}
		case <-ctx.Done():
			return "", errors.New("it hears of no end")
		}
	}
}

// hears has the app call the tool, and holds what it hears to its person and how often
// that person was sent to a page.
func (a *opener) hears(t *testing.T, oid tenants.GUID, sent int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	said, err := a.whose(ctx)
	if err != nil || said != "the data of "+oid.String() || len(a.asked) != sent {
		t.Fatalf("%s hears %q, %v, and was sent to a page %d times: %q", oid, said, err, len(a.asked), a.asked)
	}
}

// proves is somebody who does what a page wants of them.
func (b *behind) proves(t *testing.T, name string) func(address string) error {
	t.Helper()
	return func(address string) error {
		away, last, err := b.browser(t, person("contoso", name).OID).Walk(t.Context(), address)
		switch {
		case err != nil:
			return err
		case away != nil:
			return errors.New("it leads to " + away.URL.String())
		case !strings.Contains(last.Text, "Go back to your AI app"):
			return errors.New(last.Text)
		}
		return nil
	}
}

// put has the organization's people sign in in some mode.
func (b *behind) put(t *testing.T, mode tenants.AuthMode) {
	t.Helper()
	if mode == tenants.Brokered {
		b.broker(t, "contoso")
		return
	}
	by := authz.SystemCaller(b.orgs["contoso"].ID, "test")
	if _, err := b.db.EditOrganization(t.Context(), by, "mode", func(o *tenants.Organization) error {
		o.SetSignIn(tenants.SignIn{Mode: mode}, b.now())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b.awaitServer(t, "contoso", http.StatusNotFound)
}

// inApp is a token of Alice's in an AI app that knows nothing of claims challenges:
// another one each time.
func (b *behind) inApp(t *testing.T, mode tenants.AuthMode) string {
	t.Helper()
	if mode == tenants.Brokered {
		return b.signIn(t, "contoso", "alice").access
	}
	return b.token(t, "alice", "")
}

// TestPersonSignsInMoreStronglyForACall, in every mode and both eras: once, for the
// app with which they did.
func TestPersonSignsInMoreStronglyForACall(t *testing.T) {
	t.Parallel()
	alice := person("contoso", "alice").OID
	for _, mode := range []tenants.AuthMode{tenants.Brokered, tenants.Facade, tenants.Direct} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			b := contosoCRM(t, consented, onBehalf(crmScope))
			b.put(t, mode)
			b.guard(t, mfaForCRM)
			for _, revision := range []string{"2026-07-28", "2025-11-25"} {
				before := b.crm.visits()
				app := b.opener(t, b.inApp(t, mode), revision, b.proves(t, "alice"))
				app.hears(t, alice, 1)
				app.hears(t, alice, 1)
				for _, part := range []string{"source crm", "Conditional Access", "AADSTS50076"} {
					if !strings.Contains(app.asked[0], part) {
						t.Errorf("%s: %q is missing in %s", revision, part, app.asked[0])
					}
				}
				for _, v := range b.crm.since(before) {
					if v.why != nil || v.is("oid") != alice.String() || v.is("azp") != company("contoso").API.String() {
						t.Errorf("%s: %v, %v", revision, v.why, v.claims)
					}
				}
				b.steppedUp(t, mfaForCRM.ID)
			}
		})
	}
}

// steppedUp ends the test unless the log's last word on stronger sign-ins is Alice's,
// for a policy.
func (b *behind) steppedUp(t *testing.T, policy string) {
	t.Helper()
	var last audit.Record
	for _, r := range b.records(t, "contoso") {
		if r.Reason == "stepped_up" {
			last = r
		}
	}
	if last.Kind != audit.Authentication || last.Outcome != audit.OK || last.Actor.OID != person("contoso", "alice").OID || !strings.Contains(last.Detail, policy) {
		t.Errorf("recorded as %+v", last)
	}
}

// led calls the tool with a token and returns where its person is led.
func (b *behind) led(t *testing.T, token string) string {
	t.Helper()
	said, a := b.whose(t, token)
	link := stepUpLinks.FindString(said)
	if link == "" || a.worked() || !strings.Contains(said, "in your browser") {
		t.Fatalf("there is no link in %d %s", a.status, a.body)
	}
	return link
}

var stepUpLinks = regexp.MustCompile(`http://localhost:[0-9]+/t/contoso/step-up\?request=[A-Za-z0-9_-]+`)

// renewed is a later token of the same sign-in in the same app.
func (b *behind) renewed(t *testing.T, mode tenants.AuthMode) (first string, again func() string) {
	t.Helper()
	if mode == tenants.Brokered {
		app := b.signIn(t, "contoso", "alice")
		return app.access, func() string {
			if why := app.goOn(t); why != "" {
				t.Fatal(why)
			}
			return app.access
		}
	}
	who, scope := person("contoso", "alice"), b.places.Base+"/t/contoso/mcp/"+demo.Scope+" offline_access"
	got := b.grant(t, company("contoso").TID, url.Values{
		"grant_type": {"password"}, "client_id": {demo.VisualStudioCode}, "username": {who.Username}, "password": {who.Password}, "scope": {scope},
	})
	return got["access_token"].(string), func() string {
		return b.grant(t, company("contoso").TID, url.Values{
			"grant_type": {"refresh_token"}, "client_id": {demo.VisualStudioCode}, "refresh_token": {got["refresh_token"].(string)}, "scope": {scope},
		})["access_token"].(string)
	}
}

// TestStrongerSignInIsForOnePersonAndApp: nobody else gets past the link, it is good
// once, and what comes of it serves the app of the call as long as that is signed in,
// and no other app of the same person.
func TestStrongerSignInIsForOnePersonAndApp(t *testing.T) {
	t.Parallel()
	alice := person("contoso", "alice").OID
	for _, mode := range []tenants.AuthMode{tenants.Brokered, tenants.Direct} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			b := contosoCRM(t, consented, onBehalf(crmScope))
			b.put(t, mode)
			b.guard(t, mfaForCRM)
			token, again := b.renewed(t, mode)
			link := b.led(t, token)
			if err := b.proves(t, "dan")(link); err == nil || !strings.Contains(err.Error(), "somebody else") && !strings.Contains(err.Error(), "for the person whose AI app") {
				t.Errorf("Dan goes on: %v", err)
			}
			if _, a := b.whose(t, token); a.worked() {
				t.Fatal("what Dan has done counts for Alice")
			}
			if err := b.proves(t, "alice")(link); err != nil {
				t.Fatal(err)
			}
			b.hears(t, token, alice)
			b.hears(t, again(), alice)
			if err := b.proves(t, "alice")(link); err == nil || !strings.Contains(err.Error(), "good for one sign-in") {
				t.Errorf("the link is good twice: %v", err)
			}
			other := b.inApp(t, mode)
			if err := b.proves(t, "alice")(b.led(t, other)); err != nil { // another app of Alice's is led there itself
				t.Fatal(err)
			}
			b.hears(t, other, alice)
			if !slices.ContainsFunc(b.records(t, "contoso"), func(r audit.Record) bool {
				return r.Kind == audit.RefusedRequest && r.Reason == "step_up_of_another" && r.Actor.OID == person("contoso", "dan").OID
			}) {
				t.Error("the log does not have Dan")
			}
			for _, r := range b.records(t, "contoso") {
				if strings.Contains(r.Detail+r.Target+r.Before+r.After, "step-up?") {
					t.Errorf("a link is in the record %+v", r)
				}
			}
		})
	}
}

// TestToolOfGraphLeadsToAStrongerSignIn as sources do.
func TestToolOfGraphLeadsToAStrongerSignIn(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	b := &behind{stack: k, slug: "contoso"}
	token := b.token(t, "alice", "")
	eventually(t, "Graph is asked", patience, func() bool { return b.call(t, b.replica, "contoso", token, "graph_get_my_profile").worked() })
	guarded := mfaForCRM
	guarded.Resources = []string{seed.MicrosoftGraph}
	if err := b.emulator.SetPolicy(company("contoso").TID.String(), guarded); err != nil {
		t.Fatal(err)
	}
	token = b.token(t, "alice", "")
	a := b.call(t, b.replica, "contoso", token, "graph_get_my_profile")
	link := stepUpLinks.FindString(a.body)
	if a.worked() || link == "" || !strings.Contains(a.body, "Microsoft Graph cannot be asked on your behalf: Conditional Access wants more") {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if err := b.proves(t, "alice")(link); err != nil {
		t.Fatal(err)
	}
	if a = b.call(t, b.replica, "contoso", token, "graph_get_my_profile"); !a.worked() {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a = b.call(t, b.replica, "contoso", b.token(t, "alice", answersChallenges), "graph_get_my_profile"); a.status != http.StatusUnauthorized || !strings.Contains(a.header.Get("WWW-Authenticate"), `error="insufficient_claims"`) {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
}
