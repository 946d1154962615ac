package federation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/internal/demo"
)

// startLimit bounds the start of everything, ten times what is usual on a small
// machine.
const startLimit = 3 * time.Minute

// shared is the fixture and the Gatehouse before it, for all tests.
var shared struct {
	fixture *fixture
	direct  string // URL of the fixture
	through string // URL of the endpoint
	token   string
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gatehouse-federation-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	shared.fixture = newFixture()
	server := httptest.NewServer(shared.fixture)
	shared.direct = server.URL + "/mcp"
	code := 1
	err = serve(filepath.Join(dir, "data"), func() { code = m.Run() })
	server.Close()
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// serve runs the demo's world with the fixture behind it while use does.
func serve(data string, use func()) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	settings := demo.Settings{
		Listen: "localhost:0", Entra: "localhost:0", Graph: "localhost:0", Data: data, Conformance: shared.direct,
		Progress: os.Stderr, Logs: os.Stderr, LogLevel: slog.LevelError,
	}
	stack, err := demo.Start(ctx, settings)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- stack.Run(ctx) }()
	if err = connect(ctx, stack); err == nil {
		use()
	}
	stop()
	return errors.Join(err, <-ended, demo.Forget(context.Background(), settings))
}

// connect waits until the endpoint offers what the fixture offers.
func connect(ctx context.Context, stack *demo.Stack) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := http.Get(stack.Places.Base + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
		}
		if err == nil && resp.StatusCode == http.StatusOK {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for readiness: %w", ctx.Err())
		case <-tick.C:
		}
	}
	if err := stack.Connect(ctx); err != nil {
		return err
	}
	for _, o := range stack.Describe().Orgs {
		if o.Slug == "conformance" {
			shared.through = o.MCPURL
			return signIn(stack.Places.Entra, o)
		}
	}
	return errors.New("there is no organization conformance")
}

func signIn(entra string, o demo.FileOrg) error {
	resp, err := http.PostForm(entra+"/"+o.EntraTenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"password"}, "client_id": {o.Clients[0].ClientID}, "scope": {o.Scope}, "username": {o.Users[0].Username}, "password": {o.Users[0].Password},
	})
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		return fmt.Errorf("no token: status %d, %w", resp.StatusCode, err)
	}
	shared.token = answer.AccessToken
	return nil
}
