package laptop_test

import (
	"encoding/json"
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// job is what a program of clients/ is told.
type job struct {
	Endpoint string   `json:"endpoint"`
	Desk     string   `json:"desk"`
	Tool     string   `json:"tool"`
	Stronger string   `json:"stronger"` // a tool that needs a further scope
	Strict   string   `json:"strict"`   // a tool that needs a stronger sign-in; empty: there is none
	Words    []string `json:"words"`    // one of them is in each reply
	Era      string   `json:"era"`
	Pinned   bool     `json:"pinned"`
	ClientID string   `json:"clientId,omitempty"` // registered beforehand
	Port     int      `json:"port"`               // of its own
	Flags    []string `json:"flags"`
}

// saidTo is what replies say to Alice of a realm: one of them.
func (r *realm) saidTo() []string {
	return []string{"object ID " + r.Users[0].OID, "Rolled ", r.Users[0].Username}
}

// strict is the tool that needs a stronger sign-in; empty where there is none.
func (r *realm) strict() string {
	if r.label != brokered {
		return ""
	}
	return "graph_get_my_profile"
}

// said holds the text of a reply to be one that Alice gets.
func (r *realm) said(text string) error {
	if slices.ContainsFunc(r.saidTo(), func(words string) bool { return strings.Contains(text, words) }) {
		return nil
	}
	return errors.New("the reply is " + text)
}

// clientID is of the client that is registered in a realm's directory; empty where
// clients register themselves.
func (r *realm) clientID() string {
	if r.label == brokered {
		return ""
	}
	return r.client.String()
}

// driveNode runs a program of clients/ to its end.
func driveNode(script string) func(*testing.T, *world, combination) outcome {
	return func(t *testing.T, w *world, c combination) outcome {
		t.Helper()
		r := w.realms[c.mode]
		at := w.newDesk(t, r)
		told := job{
			Endpoint: r.MCPURL, Desk: at.URL, Tool: "whoami", Stronger: "roll_dice", Strict: r.strict(), Words: r.saidTo(),
			Era: c.era, Pinned: c.kind.note == "pinned", ClientID: r.clientID(), Port: freePort(t), Flags: flagsOf(c),
		}
		text, err := json.Marshal(told)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(patient(t), "node", filepath.Join("clients", script), string(text))
		cmd.Env = at.environ(t, "MCP_REMOTE_CONFIG_DIR="+t.TempDir())
		var complaint strings.Builder
		cmd.Stderr = &complaint
		endWhole(cmd)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, complaint.String())
		}
		got := outcome{flags: strings.Join(told.Flags, " ")}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		_, heard := at.heard()
		for s := range got.Failed {
			got.Failed[s] += " " + heard
		}
		return got
	}
}

// flagsOf are a client's own means against what it meets in a mode.
func flagsOf(c combination) []string {
	if c.kind.name == "mcp-remote" && c.mode == directAPI {
		return []string{"--disable-resource-parameter"}
	}
	return []string{}
}

// freePort is a port that nobody listens at.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}
