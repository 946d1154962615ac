package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// wireOf reads a written request with net/http.
func wireOf(t *testing.T, raw []byte) (*http.Request, map[string]any) {
	t.Helper()
	in := bufio.NewReader(bytes.NewReader(raw))
	r, err := http.ReadRequest(in)
	if err != nil {
		t.Fatalf("net/http cannot read %q: %v", raw, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.ReadByte(); err == nil {
		t.Errorf("the body is longer than its Content-Length: %q", raw)
	}
	var message map[string]any
	if err := json.Unmarshal(body, &message); err != nil {
		t.Fatalf("body %q: %v", body, err)
	}
	return r, message
}

func TestRequestIsWhatItsHeadersSay(t *testing.T) {
	t.Parallel()
	to := endpoint{addr: "127.0.0.1:9", path: "/t/example/mcp"}
	r, message := wireOf(t, callTool(to).write(nil, "the-token", firstID+7))
	if r.Method != http.MethodPost || r.URL.Path != to.path || r.Host != to.addr {
		t.Errorf("%s %s at %s", r.Method, r.URL.Path, r.Host)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer the-token", "Mcp-Method": "tools/call", "Mcp-Name": "whoami",
		"Mcp-Protocol-Version": protocolVersion, "Content-Type": "application/json",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	params, _ := message["params"].(map[string]any)
	meta, _ := params["_meta"].(map[string]any)
	if message["id"] != float64(firstID+7) || message["method"] != "tools/call" || params["name"] != "whoami" ||
		meta["io.modelcontextprotocol/protocolVersion"] != protocolVersion {
		t.Errorf("message = %v", message)
	}
}

func TestListNamesNoTool(t *testing.T) {
	t.Parallel()
	r, message := wireOf(t, listTools(endpoint{"127.0.0.1:9", "/t/example/mcp"}).write(nil, "token", firstID))
	if _, there := r.Header["Mcp-Name"]; there || message["method"] != "tools/list" {
		t.Errorf("headers %v, message %v", r.Header, message)
	}
}

func TestTheSameRequestElsewhereDiffersInPathAndHostOnly(t *testing.T) {
	t.Parallel()
	here, there := endpoint{"127.0.0.1:9", "/t/example/mcp"}, endpoint{"127.0.0.1:8", "/512"}
	got := callTool(here).at(there).write(nil, "token", firstID)
	if want := callTool(there).write(nil, "token", firstID); !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
