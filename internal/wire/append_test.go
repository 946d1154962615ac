package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"gatehouse/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

// The golden file has a name, the HTTP status and the reply of each error.
func TestErrorRepliesLookTheSameAsEver(t *testing.T) {
	t.Parallel()
	_, syntax := wire.Decode([]byte(`{"jsonrpc":"2.0","id":1,"id":2}`), limits)
	_, batch := wire.Decode([]byte(`[]`), limits)
	_, unknown := wire.Decode([]byte(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"Name":"a"}}`), limits)
	_, large := wire.Decode([]byte(`{}`), wire.Limits{MaxBytes: 1})
	id := []byte(`"r\u0031"`)
	rows := []struct {
		name string
		id   []byte
		err  *wire.Error
	}{
		{"parse error", nil, syntax},
		{"batch", nil, batch},
		{"case variant", []byte(`1`), unknown},
		{"too large", nil, large},
		{"content type", nil, wire.CheckContentType(header())},
		{"accept", id, wire.CheckAccept(header(), wire.Modern)},
		{"method not found, modern", id, wire.MethodNotFound(wire.Modern, "ping")},
		{"method not found, legacy", id, wire.MethodNotFound(wire.Legacy, "tasks/get")},
		{"invalid params", id, wire.InvalidParams("unknown tool")},
		{"malformed params", id, wire.MalformedParams("params.name must be a string")},
		{"header mismatch", id, wire.CheckHeaders(header("MCP-Protocol-Version: 2026-07-28", "Mcp-Method: tools/list"), decode(t, call))},
		{"missing capability", id, wire.MissingCapability([]byte(`{"elicitation":{}}`))},
		{"unsupported version", id, wire.UnsupportedVersion("1900-01-01\"\n")},
		{"unsupported version, legacy", id, wire.UnsupportedVersion("2025-11-25")},
		{"resource not found, modern", id, wire.ResourceNotFound(wire.Modern, `ui://"x"`)},
		{"resource not found, legacy", id, wire.ResourceNotFound(wire.Legacy, `ui://"x"`)},
		{"internal", id, wire.Internal("internal error")},
	}
	var got bytes.Buffer
	for _, row := range rows {
		reply := wire.AppendError(nil, row.id, row.err)
		if !json.Valid(reply) {
			t.Errorf("%s is not JSON: %s", row.name, reply)
		}
		fmt.Fprintf(&got, "%s\n%d\n%s\n\n", row.name, row.err.Status, reply)
	}
	const file = "testdata/errors.golden"
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s\nwant\n%s", got.Bytes(), want)
	}
}

func TestAppendStringQuotesEveryString(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                    `""`,
		"plain <&> 'é😀'":      `"plain <&> 'é😀'"`,
		"\"\\/\n\r\t\b\f\x00": `"\"\\/\n\r\t\u0008\u000c\u0000"`,
		"\x1f\x7f":            "\"\\u001f\x7f\"",
		"a\u2028b\u2029c":     `"a\u2028b\u2029c"`,
		"a\xff\xc0\xafb":      "\"a\uFFFD\uFFFD\uFFFDb\"",
		"\xed\xa0\x80":        "\"\uFFFD\uFFFD\uFFFD\"",
		"\uFFFD":              "\"\uFFFD\"",
	} {
		if got := string(wire.AppendString([]byte("x"), in)); got != "x"+want {
			t.Errorf("AppendString(%q) = %s, want x%s", in, got, want)
		}
	}
}

func TestErrorTextIsForLogs(t *testing.T) {
	t.Parallel()
	_, err := wire.ReadBody(brokenBody{}, limits, nil)
	if err == nil || !strings.Contains(err.Error(), errBroken.Error()) || strings.Contains(string(wire.AppendError(nil, nil, err)), errBroken.Error()) {
		t.Errorf("the cause belongs in the log and not in the reply: %v", err)
	}
}
