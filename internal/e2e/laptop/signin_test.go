package laptop_test

import (
	"cmp"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/demo"
)

// clientLimit bounds one client's whole journey, ten times what is usual.
const clientLimit = 3 * time.Minute

// patient is a context for one journey.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clientLimit)
	t.Cleanup(cancel)
	return ctx
}

// journey is what a program of clients/ tells of its way in.
type journey struct {
	Tools   []string
	Replies []struct {
		IsError bool
		Content []struct{ Text string }
	}
	Requests   []string
	Before     int // requests before the first call
	Revision   string
	Registered []string
	Rotated    bool
}

// endWhole has a process that takes too long end with everything it has started.
func endWhole(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = stopLimit
}

// take runs a program of clients/ to its end.
func take(t *testing.T, at *desk, o demo.FileOrg, args ...string) journey {
	t.Helper()
	args = append([]string{filepath.Join("clients", args[0]), o.MCPURL, at.URL, "whoami"}, args[1:]...)
	cmd := exec.CommandContext(patient(t), "node", args...)
	cmd.Env = at.environ(t, "MCP_REMOTE_CONFIG_DIR="+t.TempDir())
	var complaint strings.Builder
	cmd.Stderr = &complaint
	endWhole(cmd)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, complaint.String())
	}
	var told journey
	if err := json.Unmarshal(out, &told); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return told
}

// hold holds a journey to what each of them has to be: the person's own tools, the
// call made as them at the start, with the next token and with the next
// registration, and a browser for nothing but the first and the last.
func (j journey) hold(t *testing.T, at *desk) {
	t.Helper()
	slices.Sort(j.Tools)
	if !slices.Equal(j.Tools, staff) {
		t.Errorf("it lists %v, want %v", j.Tools, staff)
	}
	if len(j.Replies) != 3 {
		t.Errorf("it has %d replies", len(j.Replies))
	}
	for i, reply := range j.Replies {
		if reply.IsError || len(reply.Content) == 0 || !strings.Contains(reply.Content[0].Text, "You are Alice ") {
			t.Errorf("reply %d is %+v", i, reply)
		}
	}
	if !j.Rotated {
		t.Error("it goes on with the tokens it had")
	}
	if len(j.Registered) != 2 || j.Registered[0] == j.Registered[1] {
		t.Errorf("it was registered as %v", j.Registered)
	}
	if opened := at.opened.Load(); opened != 2 {
		t.Errorf("it opened %d browsers, want 2", opened)
	}
}

// TestClientsSignInWithNothingButTheURL drives the clients people use, unmodified,
// and writes down what they can do.
func TestClientsSignInWithNothingButTheURL(t *testing.T) {
	t.Parallel()
	if err := installed(); err != nil {
		t.Fatal(err)
	}
	table := newTable(t)
	t.Cleanup(func() { table.hold(t) }) // when all of them are through
	for _, c := range []struct{ name, slug, script, mode string }{
		{"@modelcontextprotocol/sdk", "contoso", "signin-sdk-v1.mjs", ""},
		{"@modelcontextprotocol/client", "contoso", "signin-client-v2.mjs", "legacy"},
		{"@modelcontextprotocol/client", "fabrikam", "signin-client-v2.mjs", "auto"},
		{"mcp-remote", "fabrikam", "signin-mcp-remote.mjs", ""},
	} {
		t.Run(c.name+" "+c.mode, func(t *testing.T) {
			t.Parallel()
			o := shared.org(t, c.slug)
			at := shared.newDesk(t, o, shared.user(t, o, "alice"))
			told := take(t, at, o, c.script, c.mode)
			told.hold(t, at)
			if c.script == "signin-sdk-v1.mjs" && (told.Before == 0 || told.Before > mostRequests) {
				t.Errorf("%d requests go before the first call, want %d at most: %v", told.Before, mostRequests, told.Requests)
			}
			table.note(t, c.name, c.mode, cmp.Or(told.Revision, "its default"), "signs in, lists, calls, refreshes, registers again")
		})
	}
	const once = "signs in, lists, calls, refreshes"
	t.Run("MCP Inspector", func(t *testing.T) {
		t.Parallel()
		signInWithInspector(t)
		table.note(t, "@modelcontextprotocol/inspector", "command line", "", once)
	})
	t.Run("Go SDK", func(t *testing.T) {
		t.Parallel()
		table.note(t, "github.com/modelcontextprotocol/go-sdk", "", signInWithGoSDK(t), once)
	})
	t.Run("mcp-go", func(t *testing.T) {
		t.Parallel()
		table.note(t, "github.com/mark3labs/mcp-go", "", signInWithMCPGo(t), once)
	})
}

// mostRequests is how many requests a client that keeps what it discovers may need
// from knowing nothing but a URL to the first call.
const mostRequests = 8
