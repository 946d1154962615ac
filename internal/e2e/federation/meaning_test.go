package federation_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestParsersBehindUsAgreeWithWhatWeAuthorized sends bodies that parsers read in
// different ways. Whatever arrives at the server means the same to one that
// takes the first of two members and to one that takes the last, and it is what
// the headers, which were checked, say.
func TestParsersBehindUsAgreeWithWhatWeAuthorized(t *testing.T) {
	t.Parallel()
	reached := 0
	for n := range 600 {
		name := fmt.Sprintf("meaning-%d", n)
		shared.fixture.expect(name, answer{result: `{"content":[],"resultType":"complete"}`})
		r := request{era: modern, method: "tools/call", target: "echo"}
		h := r.headers()
		h.Set("Authorization", "Bearer "+shared.token)
		got := exchange(t, shared.through, h, newGenerator(uint64(n)).ambiguous(name))
		if got.status >= http.StatusInternalServerError {
			t.Fatalf("status %d: %s", got.status, got.body)
		}
		for _, a := range shared.fixture.arrived(name) {
			reached++
			first, last := reading(t, a.body, true), reading(t, a.body, false)
			if first != last || !strings.HasPrefix(first, "tools/call echo ") {
				t.Errorf("the first of two means %q, the last %q: %s", first, last, a.body)
			}
		}
	}
	if reached == 0 || reached == 600 {
		t.Errorf("%d of 600 have arrived: this shows nothing", reached)
	}
}

// ambiguous is a call of echo with something beside it that another parser may
// take for what counts.
func (g generator) ambiguous(name string) string {
	arguments := `"arguments":{"case":"` + name + `"}`
	pick := func(of ...string) string { return of[g.IntN(len(of))] }
	beside := func() string {
		return pick("", "", ``, `,"name":"hidden"`, `,"Name":"hidden"`, `,"na\u006de":"hidden"`, `,"name ":"hidden"`, `,"arguments":{"case":"x"}`, `,"Arguments":{"case":"x"}`,
			`,"params":{"name":"hidden"}`, `,"uri":"fix://case/x"`, `,"tool":"hidden"`, `,"arguments\u0000":{}`, `,"\u0061rguments":{}`, `,"__proto__":{"name":"hidden"}`)
	}
	meta := `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}` +
		pick("", "", "", `,"name":"hidden"`, `,"io.modelcontextprotocol/protocolversion":"1"`, `,"progressToken":1,"progressToken":2`) + `}`
	members := []string{`"name":"echo"` + beside(), arguments + beside(), meta}
	g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	envelope := []string{
		`"jsonrpc":"2.0"`, `"id":1`, `"method":"tools/call"` + pick("", "", "", `,"Method":"tools/list"`, `,"method":"tools/list"`),
		`"params":{` + strings.Join(members, ",") + `}` + pick("", "", "", `,"params":{"name":"hidden"}`, `,"Params":{}`, `,"result":{}`),
	}
	g.Shuffle(len(envelope), func(i, j int) { envelope[i], envelope[j] = envelope[j], envelope[i] })
	return "{" + strings.Join(envelope, ",") + "}" + pick("", "", "", "{}", "\n")
}

// reading is what a request means to a parser that takes the first, or else the
// last, of members of one name, whatever their case.
func reading(t *testing.T, body []byte, first bool) string {
	t.Helper()
	envelope := loose(t, body, first)
	params := loose(t, envelope["params"], first)
	return strings.Trim(string(envelope["method"]), `"`) + " " + strings.Trim(string(params["name"]), `"`) + " " + string(params["arguments"])
}

// loose takes an object apart by the lowercase names of its members.
func loose(t *testing.T, raw []byte, first bool) map[string]json.RawMessage {
	t.Helper()
	members := map[string]json.RawMessage{}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
		key := strings.ToLower(name.(string))
		if _, known := members[key]; !known || !first {
			members[key] = value
		}
	}
	return members
}
