package wire_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/wire"
)

// Scan accepts exactly what encoding/json accepts, less duplicate names,
// invalid UTF-8, lone surrogates and depth.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		call, `[1,-0.5e+3,"\ud83d\ude00",null,{"a":{},"b":[]}]`, `{"a":1,"\u0061":2}`, `"\ud800"`, "\"\xff\"", `{"é":"\u2028"}`,
		`{"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1,"1":1}`, `01`, `[1,]`, "\ufeff1", `"\\ud800"`, strings.Repeat("[", 70),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want := false
		if json.Valid(text) && strict(text) {
			n, err := parse(text)
			if err != nil {
				t.Fatalf("the reference cannot read what is valid: %v", err)
			}
			want = n.unique() && n.depth() <= depth
		}
		if err := wire.Scan(text, depth); (err == nil) != want {
			t.Errorf("Scan(%q) = %v, want acceptance %v", text, err, want)
		}
	})
}

// Whatever Decode accepts, every parser understands in the same way.
func FuzzDecode(f *testing.F) {
	const open, params = `{"jsonrpc":"2.0","id":1,"method":"tools/call"`, `,"params":{"name":"a","arguments":{}`
	for _, seed := range []string{
		call, open + `}`, `{"jsonrpc":"2.0","id":"a\u0000","result":{}}`, `[` + open + `}]`,
		open + params + `,"name":"b"}}`, open + params + `,"n\u0061me":"b"}}`, open + params + `,"Name":"b"}}`, open + params + `,"argumentſ":{}}}`,
		open + params + `,"_meta":{"traceparent":"x","progressToken":1}}}`, open + params + `},"params":{}}`, open + `,"Method":"x"}`,
		open + params + `,"uri":"\ud83d\ude00","cursor":"\/","requestState":"","inputResponses":{"a":1}}}`,
		open + params + `,"_meta":{"\u0069o.modelcontextprotocol/protocolVersion":"2026-07-28"},"_META":{}}}`,
		open + `,"params":{"x":1,"ref":{"type":"ref/prompt","name":"p","title":"T"},"argument":{"name":"a","value":"v"},"context":{}}}`,
		open + `,"params":{"notifications":{"toolsListChanged":true,"resourceSubscriptions":["a","\u0062"],"taskIds":[],"x":[]},"y":{},"_meta":{"z":1}}}`,
		open + `,"params":{"taskId":"t","task":{},"level":"debug","requestId":7,"reason":"r"}}`, `{"jsonrpc":"2.0","id":1,"error":{"code":1}}`,
		`{"jsonrpc":"2.0","method":"initialize","params":{"protocolVersion":"x","capabilities":{},"clientInfo":{"name":"n","version":"v"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, refused := wire.Decode(body, limits)
		if refused != nil {
			if reply := wire.AppendError(nil, m.ID, refused); !json.Valid(reply) {
				t.Fatalf("the reply to %q is not JSON: %s", body, reply)
			}
			return
		}
		n, err := parse(body)
		if err != nil {
			t.Fatalf("Decode accepts %q, encoding/json does not: %v", body, err)
		}
		for _, r := range readings {
			sameMessage(t, r, n, m)
		}
	})
}

// sameMessage holds m to what reading r makes of the same body.
func sameMessage(t *testing.T, r reading, n node, m wire.Message) {
	t.Helper()
	const prefix = "io.modelcontextprotocol/"
	if id, _ := r.get(n, "id"); !sameScalar(id.scalar, m.ID) {
		t.Errorf("%s: id is %v, decoded %s", r.name, id.scalar, m.ID)
	}
	for _, row := range []struct {
		path []string
		got  string
	}{
		{[]string{"jsonrpc"}, "2.0"},
		{[]string{"method"}, m.Method},
		{[]string{"params", "name"}, m.Params.Name},
		{[]string{"params", "uri"}, m.Params.URI},
		{[]string{"params", "cursor"}, m.Params.Cursor},
		{[]string{"params", "requestState"}, m.Params.RequestState},
		{[]string{"params", "protocolVersion"}, m.Params.ProtocolVersion},
		{[]string{"params", "clientInfo", "name"}, m.Params.ClientInfo.Name},
		{[]string{"params", "clientInfo", "version"}, m.Params.ClientInfo.Version},
		{[]string{"params", "taskId"}, m.Params.TaskID},
		{[]string{"params", "ref", "type"}, m.Params.Ref.Type},
		{[]string{"params", "ref", "name"}, m.Params.Ref.Name},
		{[]string{"params", "ref", "uri"}, m.Params.Ref.URI},
		{[]string{"params", "argument", "name"}, m.Params.Argument.Name},
		{[]string{"params", "argument", "value"}, m.Params.Argument.Value},
		{[]string{"params", "level"}, m.Params.Level},
		{[]string{"params", "reason"}, m.Params.Reason},
		{[]string{"params", "_meta", prefix + "protocolVersion"}, m.Params.Meta.ProtocolVersion},
		{[]string{"params", "_meta", prefix + "clientInfo", "name"}, m.Params.Meta.ClientInfo.Name},
		{[]string{"params", "_meta", prefix + "clientInfo", "version"}, m.Params.Meta.ClientInfo.Version},
		{[]string{"params", "_meta", prefix + "logLevel"}, m.Params.Meta.LogLevel},
		{[]string{"params", "_meta", "traceparent"}, m.Params.Meta.TraceParent},
		{[]string{"params", "_meta", "tracestate"}, m.Params.Meta.TraceState},
		{[]string{"params", "_meta", "baggage"}, m.Params.Meta.Baggage},
	} {
		if want := r.text(n, row.path...); row.got != want {
			t.Errorf("%s: %v is %q, decoded %q", r.name, row.path, want, row.got)
		}
	}
	for _, row := range []struct {
		path []string
		got  []byte
	}{
		{[]string{"params"}, m.Params.Raw},
		{[]string{"params", "arguments"}, m.Params.Arguments},
		{[]string{"params", "inputResponses"}, m.Params.InputResponses},
		{[]string{"params", "capabilities"}, m.Params.Capabilities},
		{[]string{"params", "task"}, m.Params.Task},
		{[]string{"params", "ref"}, m.Params.Ref.Raw},
		{[]string{"params", "argument"}, m.Params.Argument.Raw},
		{[]string{"params", "context"}, m.Params.Context},
		{[]string{"params", "notifications"}, m.Params.Notifications.Raw},
		{[]string{"error"}, m.Failure},
		{[]string{"params", "_meta"}, m.Params.Meta.Raw},
		{[]string{"params", "_meta", prefix + "clientCapabilities"}, m.Params.Meta.ClientCapabilities},
	} {
		if want := r.raw(n, row.path...); !bytes.Equal(row.got, want) {
			t.Errorf("%s: %v is %s, decoded %s", r.name, row.path, want, row.got)
		}
	}
	for _, row := range []struct {
		name string
		got  bool
	}{
		{"toolsListChanged", m.Params.Notifications.Tools},
		{"promptsListChanged", m.Params.Notifications.Prompts},
		{"resourcesListChanged", m.Params.Notifications.Resources},
	} {
		if want, _ := r.get(n, "params", "notifications", row.name); row.got != (want.scalar == true) {
			t.Errorf("%s: %s is %v, decoded %v", r.name, row.name, want.scalar, row.got)
		}
	}
	for _, row := range []struct {
		name string
		got  []string
	}{
		{"resourceSubscriptions", m.Params.Notifications.URIs},
		{"taskIds", m.Params.Notifications.TaskIDs},
	} {
		list, _ := r.get(n, "params", "notifications", row.name)
		var want []string
		for _, item := range list.items {
			text, _ := item.scalar.(string)
			want = append(want, text)
		}
		if !slices.Equal(row.got, want) {
			t.Errorf("%s: %s is %q, decoded %q", r.name, row.name, want, row.got)
		}
	}
	for _, row := range []struct {
		path []string
		got  []wire.Member
	}{
		{[]string{"params"}, m.Params.Others},
		{[]string{"params", "_meta"}, m.Params.Meta.Others},
		{[]string{"params", "ref"}, m.Params.Ref.Others},
		{[]string{"params", "notifications"}, m.Params.Notifications.Others},
	} {
		o, _ := r.get(n, row.path...)
		sameOthers(t, r, o, known(row.path...), row.got)
	}
	if id, _ := r.get(n, "params", "requestId"); !sameScalar(id.scalar, m.Params.RequestID) {
		t.Errorf("%s: requestId is %v, decoded %s", r.name, id.scalar, m.Params.RequestID)
	}
	if token, _ := r.get(n, "params", "_meta", "progressToken"); !sameScalar(token.scalar, m.Params.Meta.ProgressToken) {
		t.Errorf("%s: the progress token is %v, decoded %s", r.name, token.scalar, m.Params.Meta.ProgressToken)
	}
}

// known returns the names that mean something in the object that path leads to.
func known(path ...string) []string { return wire.KnownNames()[strings.Join(path, ".")+"."] }

// sameOthers holds what was kept of the object o to its members whose names are
// not known, in this reading.
func sameOthers(t *testing.T, r reading, o node, known []string, got []wire.Member) {
	t.Helper()
	i := 0
	for _, m := range o.members {
		if slices.ContainsFunc(known, func(name string) bool { return r.same(name, m.name) }) {
			continue
		}
		if i < len(got) && got[i].Name == m.name && sameValue(t, got[i].Value, m.value) {
			i++
			continue
		}
		t.Errorf("%s: %q is not kept in its place, only %q", r.name, m.name, any(got))
		return
	}
	if i != len(got) {
		t.Errorf("%s: %d members are not known, kept are %q", r.name, i, any(got))
	}
}

// sameValue reports whether raw is the JSON of the value n.
func sameValue(t *testing.T, raw []byte, n node) bool {
	t.Helper()
	got, err := parse(raw)
	if err != nil {
		t.Errorf("%q is not JSON: %v", raw, err)
		return false
	}
	if n.raw != nil {
		return bytes.Equal(raw, n.raw)
	}
	return got.scalar == n.scalar && raw[0] != ' ' && raw[len(raw)-1] != ' '
}

// sameScalar reports whether raw is the JSON of a string or number, or nil.
func sameScalar(want any, raw []byte) bool {
	switch want := want.(type) {
	case json.Number:
		return string(raw) == string(want)
	case string:
		var got string
		return json.Unmarshal(raw, &got) == nil && got == want
	}
	return raw == nil
}

// A string comes back from JSON as it was, except for what is not UTF-8.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "a\"\\\x00\x1f", "é\u2028\u2029😀", "\xff\xed\xa0\x80\xe2\x82", "\uFFFD"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted := wire.AppendString(nil, s)
		if err := wire.Scan(quoted, 1); err != nil {
			t.Fatalf("AppendString(%q) = %s: %v", s, quoted, err)
		}
		var got string
		if err := json.Unmarshal(quoted, &got); err != nil || got != string([]rune(s)) {
			t.Errorf("%q comes back as %q, %v", s, got, err)
		}
	})
}
