package wire_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/wire"
)

// header returns headers from lines like "Mcp-Name: x".
func header(lines ...string) http.Header {
	h := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return h
}

func decode(t *testing.T, body string) wire.Message {
	t.Helper()
	m, err := wire.Decode([]byte(body), limits)
	if err != nil {
		t.Fatalf("Decode(%s): %v", body, err)
	}
	return m
}

const metadata = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`

func TestEraIsWhatVersionHeaderAndMetadataSay(t *testing.T) {
	t.Parallel()
	const bare, modern = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{` + metadata + `}}`
	for _, row := range []struct {
		name string
		h    http.Header
		body string
		want wire.Era
		code int
	}{
		{"nothing", header(), bare, wire.Legacy, 0},
		{"empty header", header("MCP-Protocol-Version: "), bare, wire.Legacy, 0},
		{"newest legacy", header("MCP-Protocol-Version: 2025-11-25"), bare, wire.Legacy, 0},
		{"middle legacy", header("MCP-Protocol-Version: 2025-06-18"), bare, wire.Legacy, 0},
		{"oldest legacy", header("MCP-Protocol-Version: 2025-03-26"), bare, wire.Legacy, 0},
		{"mirrored method on legacy traffic", header("Mcp-Method: initialize"), bare, wire.Legacy, 0},
		{"modern header", header("MCP-Protocol-Version: 2026-07-28"), bare, wire.Modern, 0},
		{"later header", header("MCP-Protocol-Version: 2027-01-01"), bare, wire.Modern, 0},
		{"metadata alone", header(), modern, wire.Modern, 0},
		{"metadata under a legacy header", header("MCP-Protocol-Version: 2025-11-25"), modern, wire.Modern, 0},
		{"metadata under an unknown header", header("MCP-Protocol-Version: 1900-01-01"), modern, wire.Modern, 0},
		{"unknown header", header("MCP-Protocol-Version: 1900-01-01"), bare, 0, wire.CodeUnsupportedVersion},
		{"revision with another transport", header("MCP-Protocol-Version: 2024-11-05"), bare, 0, wire.CodeUnsupportedVersion},
		{"header twice", header("MCP-Protocol-Version: 2025-11-25", "MCP-Protocol-Version: 2025-11-25"), bare, 0, wire.CodeHeaderMismatch},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			era, err := wire.Classify(row.h, decode(t, row.body))
			if row.code != 0 {
				if err == nil || err.Code != row.code || err.Status != http.StatusBadRequest {
					t.Errorf("Classify = %v, %v; want %d", era, err, row.code)
				}
				return
			}
			if err != nil || era != row.want {
				t.Errorf("Classify = %v, %v; want %v", era, err, row.want)
			}
		})
	}
}

func TestSupportedRevisionsBelongToOneEra(t *testing.T) {
	t.Parallel()
	revisions := wire.Supported()
	if !slices.IsSortedFunc(revisions, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("%v is not newest first", revisions)
	}
	for _, r := range revisions {
		if wire.IsLegacy(r) == wire.IsModern(r) {
			t.Errorf("%s is of both eras or of none", r)
		}
	}
	if !wire.IsLegacy(wire.NewestLegacy) || !wire.IsModern(wire.FirstModern) || wire.IsModern("2027-01-01") || wire.IsLegacy("2024-11-05") {
		t.Error("a revision is in the wrong era")
	}
	revisions[0] = "changed"
	if wire.Supported()[0] == "changed" {
		t.Error("a caller can change what is supported")
	}
}

func encoded(value string) string {
	return "=?base64?" + base64.StdEncoding.EncodeToString([]byte(value)) + "?="
}

func TestModernMessagesAreHeldToTheirHeaders(t *testing.T) {
	t.Parallel()
	const version = "MCP-Protocol-Version: 2026-07-28"
	request := func(method, members string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":{` + members + `}}`
	}
	list, named := request("tools/list", metadata), request("tools/call", `"name":"roll_dice",`+metadata)
	odd := request("tools/call", `"name":"würfel",`+metadata)
	sentinel := request("tools/call", `"name":"=?base64?eA==?=",`+metadata)
	const toolsCall = "Mcp-Method: tools/call"
	for _, row := range []struct {
		name string
		h    http.Header
		body string
		code int // 0: accepted
		why  string
	}{
		{"list", header(version, "Mcp-Method: tools/list"), list, 0, ""},
		{"call", header(version, toolsCall, "Mcp-Name: roll_dice"), named, 0, ""},
		{"call, encoded needlessly", header(version, toolsCall, "Mcp-Name: "+encoded("roll_dice")), named, 0, ""},
		{"call, encoded", header(version, toolsCall, "Mcp-Name: "+encoded("würfel")), odd, 0, ""},
		{"name that looks encoded", header(version, toolsCall, "Mcp-Name: "+encoded("=?base64?eA==?=")), sentinel, 0, ""},
		{"name with spaces and a tab inside", header(version, toolsCall, "Mcp-Name: a b\tc"), request("tools/call", `"name":"a b\tc",`+metadata), 0, ""},
		{"half a sentinel", header(version, toolsCall, "Mcp-Name: =?base64?="), request("tools/call", `"name":"=?base64?=",`+metadata), 0, ""},
		{"prompt", header(version, "Mcp-Method: prompts/get", "Mcp-Name: p"), request("prompts/get", `"name":"p",`+metadata), 0, ""},
		{"resource", header(version, "Mcp-Method: resources/read", "Mcp-Name: ui://x"), request("resources/read", `"uri":"ui://x",`+metadata), 0, ""},
		{"name on a method that has none", header(version, "Mcp-Method: tools/list", "Mcp-Name: x"), list, 0, ""},
		{"notification", header(version), `{"jsonrpc":"2.0","method":"notifications/x"}`, 0, ""},
		{"notification with its method", header(version, "Mcp-Method: notifications/x"), `{"jsonrpc":"2.0","method":"notifications/x"}`, 0, ""},

		{"no version", header("Mcp-Method: tools/list"), list, wire.CodeHeaderMismatch, "MCP-Protocol-Version is missing"},
		{"version twice", header(version, version, "Mcp-Method: tools/list"), list, wire.CodeHeaderMismatch, "more than once"},
		{"other version", header("MCP-Protocol-Version: 2025-11-25", "Mcp-Method: tools/list"), list, wire.CodeHeaderMismatch, `"2025-11-25"`},
		{"unknown version, other than in the body", header("MCP-Protocol-Version: 2030-01-01", "Mcp-Method: tools/list"), list, wire.CodeHeaderMismatch, "send the same"},
		{
			"unknown version", header("MCP-Protocol-Version: v999", "Mcp-Method: tools/list"),
			strings.ReplaceAll(list, "2026-07-28", "v999"), wire.CodeUnsupportedVersion, "use one of 2026-07-28",
		},
		{"unknown version without metadata", header("MCP-Protocol-Version: 2030-01-01"), request("tools/list", ""), wire.CodeUnsupportedVersion, "not supported"},
		{
			"legacy version in metadata", header("MCP-Protocol-Version: 2025-06-18", "Mcp-Method: tools/list"),
			strings.ReplaceAll(list, "2026-07-28", "2025-06-18"), wire.CodeUnsupportedVersion, "begin with initialize",
		},
		{"no metadata", header(version, "Mcp-Method: tools/list"), request("tools/list", ""), wire.CodeInvalidParams, "protocolVersion is missing"},
		{
			"no version in the metadata", header(version, "Mcp-Method: tools/list"),
			request("tools/list", `"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}`), wire.CodeInvalidParams, "protocolVersion is missing",
		},
		{
			"no capabilities in the metadata", header(version, "Mcp-Method: tools/list"),
			request("tools/list", `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}`), wire.CodeInvalidParams, "clientCapabilities is missing",
		},
		{"no method", header(version), list, wire.CodeHeaderMismatch, "Mcp-Method is missing"},
		{"empty method", header(version, "Mcp-Method: "), list, wire.CodeHeaderMismatch, "Mcp-Method is missing"},
		{"method twice", header(version, "Mcp-Method: tools/list", "Mcp-Method: tools/list"), list, wire.CodeHeaderMismatch, "more than once"},
		{"other method", header(version, toolsCall), list, wire.CodeHeaderMismatch, `method says "tools/list"`},
		{"method in other case", header(version, "Mcp-Method: Tools/List"), list, wire.CodeHeaderMismatch, "send the same"},
		{"method encoded", header(version, "Mcp-Method: "+encoded("tools/list")), list, wire.CodeHeaderMismatch, "send the same"},
		{"other method on a notification", header(version, "Mcp-Method: x"), `{"jsonrpc":"2.0","method":"notifications/x"}`, wire.CodeHeaderMismatch, "send the same"},
		{"no name", header(version, toolsCall), named, wire.CodeHeaderMismatch, "Mcp-Name is missing"},
		{"name twice", header(version, toolsCall, "Mcp-Name: roll_dice", "Mcp-Name: roll_dice"), named, wire.CodeHeaderMismatch, "more than once"},
		{"other name", header(version, toolsCall, "Mcp-Name: whoami"), named, wire.CodeHeaderMismatch, "send the same"},
		{"name in other case", header(version, toolsCall, "Mcp-Name: Roll_dice"), named, wire.CodeHeaderMismatch, "send the same"},
		{"other name, encoded", header(version, toolsCall, "Mcp-Name: "+encoded("whoami")), named, wire.CodeHeaderMismatch, `says "whoami"`},
		{"name not encoded", header(version, toolsCall, "Mcp-Name: würfel"), odd, wire.CodeHeaderMismatch, "not printable ASCII"},
		{"control character in the name", header(version, toolsCall, "Mcp-Name: a\x7f"), request("tools/call", `"name":"a\u007f",`+metadata), wire.CodeHeaderMismatch, "not printable ASCII"},
		{"name that looks encoded, sent plain", header(version, toolsCall, "Mcp-Name: =?base64?eA==?="), sentinel, wire.CodeHeaderMismatch, "send the same"},
		{"bad base64", header(version, toolsCall, "Mcp-Name: =?base64?%%?="), named, wire.CodeHeaderMismatch, "malformed"},
		{"base64 without padding", header(version, toolsCall, "Mcp-Name: =?base64?eA?="), request("tools/call", `"name":"x",`+metadata), wire.CodeHeaderMismatch, "malformed"},
		{"base64 with loose bits", header(version, toolsCall, "Mcp-Name: =?base64?eB==?="), request("tools/call", `"name":"x",`+metadata), wire.CodeHeaderMismatch, "malformed"},
		{"base64 of no text", header(version, toolsCall, "Mcp-Name: =?base64?/w==?="), named, wire.CodeHeaderMismatch, "malformed"},
		{"sentinel in capitals", header(version, toolsCall, "Mcp-Name: =?BASE64?eA==?="), request("tools/call", `"name":"x",`+metadata), wire.CodeHeaderMismatch, "send the same"},
		{"other prompt", header(version, "Mcp-Method: prompts/get", "Mcp-Name: q"), request("prompts/get", `"name":"p",`+metadata), wire.CodeHeaderMismatch, "send the same"},
		{"other resource", header(version, "Mcp-Method: resources/read", "Mcp-Name: ui://y"), request("resources/read", `"uri":"ui://x",`+metadata), wire.CodeHeaderMismatch, "send the same"},
		{"task", header(version, "Mcp-Method: tasks/get", "Mcp-Name: t"), request("tasks/get", `"taskId":"t",`+metadata), 0, ""},
		{"task to update", header(version, "Mcp-Method: tasks/update", "Mcp-Name: t"), request("tasks/update", `"taskId":"t",`+metadata), 0, ""},
		{"no task", header(version, "Mcp-Method: tasks/get"), request("tasks/get", `"taskId":"t",`+metadata), wire.CodeHeaderMismatch, "Mcp-Name is missing"},
		{"other task", header(version, "Mcp-Method: tasks/cancel", "Mcp-Name: u"), request("tasks/cancel", `"taskId":"t",`+metadata), wire.CodeHeaderMismatch, "params.taskId"},
		{"other task to update", header(version, "Mcp-Method: tasks/update", "Mcp-Name: u"), request("tasks/update", `"taskId":"t",`+metadata), wire.CodeHeaderMismatch, "params.taskId"},
		{"task of nothing", header(version, "Mcp-Method: tasks/get"), request("tasks/get", metadata), wire.CodeInvalidParams, "params.taskId is missing"},
		{"call of nothing", header(version, toolsCall), request("tools/call", metadata), wire.CodeInvalidParams, "params.name is missing"},
		{"read of nothing", header(version, "Mcp-Method: resources/read"), request("resources/read", `"name":"x",`+metadata), wire.CodeInvalidParams, "params.uri is missing"},
		{"response", header(version), `{"jsonrpc":"2.0","id":1,"result":{}}`, wire.CodeInvalidRequest, "no responses"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := wire.CheckHeaders(row.h, decode(t, row.body))
			if row.code == 0 {
				if err != nil {
					t.Errorf("CheckHeaders: %v", err)
				}
				return
			}
			if err == nil || err.Code != row.code || err.Status != http.StatusBadRequest || !strings.Contains(err.Message, row.why) {
				t.Errorf("CheckHeaders = %v, want 400, %d with %q", err, row.code, row.why)
			}
		})
	}
}
