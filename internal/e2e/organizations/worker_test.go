package organizations_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/demo"
	"gatehouse/internal/devstack"
	"gatehouse/internal/emulator"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// startWorker starts a worker beside the stack's api process, on a real Redis and on
// the stack's clock.
func (k *stack) startWorker(t *testing.T) {
	t.Helper()
	server, err := devstack.StartRedis(t.Context(), devstack.RedisOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	tel, err := telemetry.Setup(t.Context(), telemetry.Options{Service: "worker-test", Version: app.Version, LogWriter: logOf(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.WithoutCancel(t.Context())) })
	worker, err := app.NewWorker(t.Context(), app.WorkerOptions{Config: k.workerConfiguration(t, server.URL()), Telemetry: tel, Now: k.now})
	if err != nil {
		t.Fatal(err)
	}
	running, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(running) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("worker: %v", err)
		}
	})
}

// workerConfiguration is the worker's, as an operator would set it.
func (k *stack) workerConfiguration(t *testing.T, redis string) config.Worker {
	t.Helper()
	environ := k.common()
	maps.Copy(environ, map[string]string{
		"GATEHOUSE_DATABASE_URL": k.database.Worker, "GATEHOUSE_REDIS_URL": redis, "GATEHOUSE_WORKER_LISTEN": "localhost:0", "GATEHOUSE_SWEEP_INTERVAL": "1s",
	})
	c, err := config.Source{Environ: lines(environ)}.Worker()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWhoLeavesAGroupLosesItsToolsInTheirAbsence: nobody calls from the change in the
// directory to the refusal, and the token still names the group.
func TestWhoLeavesAGroupLosesItsToolsInTheirAbsence(t *testing.T) {
	t.Parallel()
	no := false
	contoso := company("contoso")
	alice := person("contoso", "alice")
	for name, change := range map[string]func(*emulator.Emulator) error{
		"removed from the group": func(e *emulator.Emulator) error {
			return e.SetMembers(contoso.TID.String(), "Staff", nil, []string{alice.OID.String()})
		},
		"disabled": func(e *emulator.Emulator) error {
			return e.SetUser(contoso.TID.String(), alice.OID.String(), emulator.UserChange{Enabled: &no})
		},
		"signed out everywhere": func(e *emulator.Emulator) error {
			return e.SetUser(contoso.TID.String(), alice.OID.String(), emulator.UserChange{Revoke: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := start(t, setup{companies: true})
			k.startWorker(t)
			before := k.now()
			token := k.password(t, contoso.TID, alice, k.endpointOf("contoso", "")+"/"+demo.Scope)
			if a := k.listed(t, "contoso", token); !strings.Contains(a.body, `"whoami"`) {
				t.Fatalf("before, %d: %s", a.status, a.body)
			}
			if a := k.call(t, k.replica, "contoso", token, "whoami"); !a.worked() {
				t.Fatalf("before, %d: %s", a.status, a.body)
			}
			k.refreshed(t, contoso.Org, alice.OID, before)
			if err := change(k.emulator); err != nil {
				t.Fatal(err)
			}
			if groups, _ := claimsOf(t, token)["groups"].([]any); !slices.Contains(groups, any(contoso.GroupID("Staff").String())) {
				t.Fatalf("the token names %v", groups)
			}
			changed := k.now()
			k.pass(contoso.Organization(k.places).Membership.Soft)
			k.refreshed(t, contoso.Org, alice.OID, changed)
			k.heard(t)
			if a := k.call(t, k.replica, "contoso", token, "whoami"); a.worked() {
				t.Errorf("the call is answered: %s", a.body)
			}
			if a := k.listed(t, "contoso", token); strings.Contains(a.body, `"whoami"`) {
				t.Errorf("the list has the tool: %s", a.body)
			}
		})
	}
}

// refreshed waits until the worker has asked about somebody after an instant,
// whatever came of it, and returns what is then known.
func (k *stack) refreshed(t *testing.T, org tenants.ID, who tenants.GUID, after time.Time) (r membership.Record) {
	t.Helper()
	eventually(t, "the worker has asked", patience, func() bool {
		var err error
		if r, err = k.db.LoadMembership(t.Context(), org, who); err != nil {
			return false // nobody has seen them yet
		}
		return r.AskedAt.After(after) || r.Failure != ""
	})
	return r
}

// heard returns when the api process has polled for what the worker has stored.
func (k *stack) heard(t *testing.T) {
	t.Helper()
	k.awaitReady(t, k.replica)
	polls := time.NewTimer(3 * snapshot.PollEvery)
	defer polls.Stop()
	select {
	case <-polls.C:
	case <-t.Context().Done():
	}
}

// listed lists the tools of an organization's endpoint.
func (k *stack) listed(t *testing.T, slug, token string) answer {
	t.Helper()
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{` + modernMeta + `}}}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, k.endpointOf(slug, ""), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list",
	} {
		req.Header.Set(name, value)
	}
	resp, err := k.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{t, resp.StatusCode, resp.Header, string(text)}
}
