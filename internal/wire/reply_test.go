package wire_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"gatehouse/internal/wire"
)

func TestReplyIsReadAsItWasSent(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, body string
		want       wire.Message
	}{
		{
			"result", ` {"jsonrpc":"2.0","id":7,"result": {"content":[],"x":9007199254740993} }`,
			wire.Message{Kind: wire.Response, ID: []byte(`7`), Result: []byte(`{"content":[],"x":9007199254740993}`)},
		},
		{
			"result that is no object", `{"jsonrpc":"2.0","id":"a","result":null}`,
			wire.Message{Kind: wire.Response, ID: []byte(`"a"`), Result: []byte(`null`)},
		},
		{
			"failure", `{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"m"}}`,
			wire.Message{Kind: wire.Response, ID: []byte(`7`), Failure: []byte(`{"code":1,"message":"m"}`)},
		},
		{
			"failure to read us", `{"jsonrpc":"2.0","id":null,"error":{}}`,
			wire.Message{Kind: wire.Response, Failure: []byte(`{}`)},
		},
		{
			"failure to read us, without ID", `{"jsonrpc":"2.0","error":{}}`,
			wire.Message{Kind: wire.Response, Failure: []byte(`{}`)},
		},
		{
			"members of an envelope that nobody knows", `{"jsonrpc":"2.0","id":7,"result":{},"Result":1,"vendor":{"ID":2},"meta":[]}`,
			wire.Message{Kind: wire.Response, ID: []byte(`7`), Result: []byte(`{}`)},
		},
		{
			"notification", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"name":1,"Name":2,"_meta":null}}`,
			wire.Message{Kind: wire.Notification, Method: "notifications/progress", Params: wire.Params{
				Raw: []byte(`{"progressToken":7,"name":1,"Name":2,"_meta":null}`),
				Others: []wire.Member{
					{Name: "progressToken", Value: []byte(`7`)},
					{Name: "name", Value: []byte(`1`)},
					{Name: "Name", Value: []byte(`2`)},
					{Name: "_meta", Value: []byte(`null`)},
				},
			}},
		},
		{
			"request", `{"jsonrpc":"2.0","id":"e1","method":"elicitation/create","params":{}}`,
			wire.Message{Kind: wire.Request, ID: []byte(`"e1"`), Method: "elicitation/create", Params: wire.Params{Raw: []byte(`{}`)}},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.DecodeReply([]byte(row.body), limits)
			if err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("DecodeReply(%s) = %v\n got %q\nwant %q", row.body, err, any(got), any(row.want))
			}
		})
	}
}

func TestReplyWithoutSingleMeaningIsRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, body, why string }{
		{"nothing", ``, "it is empty"},
		{"not JSON", `<html>`, "not strict JSON"},
		{"cut off", `{"jsonrpc":"2.0","id":1,"result":{`, "it ends where"},
		{"two messages", `{"jsonrpc":"2.0","id":1,"result":{}}{}`, "more text follows"},
		{"batch", `[{"jsonrpc":"2.0","id":1,"result":{}}]`, "it is a batch"},
		{"text", `"no"`, "not a JSON object"},
		{"two results", `{"jsonrpc":"2.0","id":1,"result":{},"r\u0065sult":{}}`, `"result" occurs twice`},
		{"two members of one name, deep", `{"jsonrpc":"2.0","id":1,"result":{"a":[{"b":1,"b":2}]}}`, `"b" occurs twice`},
		{"two members nobody knows", `{"jsonrpc":"2.0","id":1,"result":{},"x":1,"x":1}`, `"x" occurs twice`},
		{"lone surrogate", `{"jsonrpc":"2.0","id":1,"result":{"a":"\ud800"}}`, "surrogate"},
		{"not UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":\"\xff\"}}", "UTF-8"},
		{"too deep", `{"jsonrpc":"2.0","id":1,"result":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`, "too deeply"},
		{"too large", `{"jsonrpc":"2.0","id":1,"result":"` + strings.Repeat("x", limits.MaxBytes) + `"}`, "larger than 1048576 bytes"},
		{"no version", `{"id":1,"result":{}}`, "jsonrpc is missing"},
		{"failure without version", `{"error":{}}`, "jsonrpc is missing"},
		{"other version", `{"jsonrpc":"1.0","id":1,"result":{}}`, `jsonrpc must be "2.0"`},
		{"result and failure", `{"jsonrpc":"2.0","id":1,"result":{},"error":{}}`, "not both"},
		{"result and failure of nothing", `{"jsonrpc":"2.0","id":null,"result":{},"error":{}}`, "id is null"},
		{"result of nothing", `{"jsonrpc":"2.0","result":{}}`, "id is missing"},
		{"result of null", `{"jsonrpc":"2.0","id":null,"result":{}}`, "id is null"},
		{"request without answer", `{"jsonrpc":"2.0","id":null,"method":"roots/list"}`, "id is null"},
		{"ID as object", `{"jsonrpc":"2.0","id":{},"result":{}}`, "id must be"},
		{"ID as fraction", `{"jsonrpc":"2.0","id":1.0,"result":{}}`, "id must be"},
		{"failure as text", `{"jsonrpc":"2.0","id":1,"error":"no"}`, "error must be an object"},
		{"method and result", `{"jsonrpc":"2.0","id":1,"method":"m","result":{}}`, "either a request"},
		{"method and failure without ID", `{"jsonrpc":"2.0","method":"m","error":{}}`, "either a request"},
		{"params and failure without ID", `{"jsonrpc":"2.0","params":{},"error":{}}`, "either a request"},
		{"nothing of it all", `{"jsonrpc":"2.0","id":1}`, "method is missing"},
		{"method as number", `{"jsonrpc":"2.0","method":1}`, "method must be a string"},
		{"params as array", `{"jsonrpc":"2.0","method":"m","params":[]}`, "params must be an object"},
		{"more params than anybody needs", `{"jsonrpc":"2.0","method":"m","params":{` + members(1001) + `}}`, "more than 1000 members"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := wire.DecodeReply([]byte(row.body), limits)
			if err == nil || !strings.Contains(err.Error(), row.why) {
				t.Errorf("error = %v, want one with %q", err, row.why)
			}
			if !reflect.DeepEqual(got, wire.Message{}) {
				t.Errorf("a refused reply leaves %q", any(got))
			}
		})
	}
}

func TestMembersAreThoseOfTheObjectAlone(t *testing.T) {
	t.Parallel()
	got, err := wire.Members([]byte(` { "a\n" : {"b":1} ,"c":[ ],"":"\u0061"} `), limits)
	want := []wire.Member{{Name: "a\n", Value: []byte(`{"b":1}`)}, {Name: "c", Value: []byte(`[ ]`)}, {Name: "", Value: []byte(`"\u0061"`)}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Members = %q, %v", any(got), err)
	}
	if got, err := wire.MembersOf([]byte(`{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`)); err != nil || len(got) != 1 {
		t.Errorf("%v %v", got, err)
	}
	if got, err := wire.MembersOf([]byte(`{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`)); err == nil {
		t.Errorf("whatever the depth: %v", got)
	}
	if got, err := wire.Members([]byte(`{}`), limits); err != nil || len(got) != 0 {
		t.Errorf("of nothing: %q, %v", any(got), err)
	}
	if got, err := wire.Members([]byte(`{`+members(4096)+`}`), limits); err != nil || len(got) != 4096 || got[4095].Name != "k4095" {
		t.Errorf("of as many as can be: %d, %v", len(got), err)
	}
	for text, why := range map[string]string{
		``: "empty", `[]`: "not a JSON object", `1`: "not a JSON object", `{"a":1`: "ends where", `{"a":1,"a":2}`: "occurs twice",
		`{"a":{"b":1,"b":1}}`: "occurs twice", `{}{}`: "more text", `{"a":01}`: "comma", `{` + members(4097) + `}`: "at most 4096",
		`{"a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`: "too deeply",
		`{"a":"` + strings.Repeat("x", limits.MaxBytes) + `"}`:                  "larger than",
	} {
		if got, err := wire.Members([]byte(text), limits); err == nil || got != nil || !strings.Contains(err.Error(), why) {
			t.Errorf("Members(%.40s) = %q, %v; want an error with %q", text, any(got), err, why)
		}
	}
}

func TestMembersAreFoundAndWritten(t *testing.T) {
	t.Parallel()
	list := []wire.Member{{Name: "a\"", Value: []byte(`{"x":"{"}`)}, {Name: "b", Value: []byte(`"{"`)}}
	if got := wire.Value(list, "b"); string(got) != `"{"` || wire.Value(list, "B") != nil {
		t.Errorf("Value = %s", got)
	}
	var alone []byte
	object := []byte(`{`)
	behind := []byte(`{"z":1,`)
	for _, m := range list {
		alone, object, behind = wire.AppendMember(alone, m), wire.AppendMember(object, m), wire.AppendMember(behind, m)
	}
	const want = `"a\"":{"x":"{"},"b":"{"`
	if string(alone) != want || string(object) != `{`+want || string(behind) != `{"z":1,`+want {
		t.Errorf("written: %s and %s and %s", alone, object, behind)
	}
}

func TestTextIsOfAStringOnly(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{`""`: "", `"a"`: "a", `"\ud83d\ude00\n"`: "😀\n"} {
		if got, ok := wire.Text([]byte(value)); !ok || got != want {
			t.Errorf("Text(%s) = %q, %v", value, got, ok)
		}
	}
	for _, value := range []string{``, `1`, `null`, `{"a":1}`, `"a`, `"a" `, `"\ud800"`, `"a""b"`} {
		if got, ok := wire.Text([]byte(value)); ok {
			t.Errorf("Text(%s) = %q", value, got)
		}
	}
}

// What DecodeReply accepts, every parser that minds case understands alike.
func FuzzDecodeReply(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":7,"result":{"content":[],"structuredContent":9007199254740993,"_meta":{}}}`, call,
		`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"},"x":1,"X":2}`, `{"jsonrpc":"2.0","error":{}}`,
		`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"\u0061","progress":1e3,"p\u0072ogress2":[]}}`,
		`{"jsonrpc":"2.0","id":"a","method":"roots/list","params":{}}`, `{"jsonrpc":"2.0","id":1,"result":{},"r\u0065sult":{}}`, `[]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := wire.DecodeReply(body, limits)
		if err != nil {
			return
		}
		n, err := parse(body)
		if err != nil {
			t.Fatalf("DecodeReply accepts %q, encoding/json does not: %v", body, err)
		}
		for _, r := range readings[:2] {
			if id, _ := r.get(n, "id"); !sameScalar(id.scalar, m.ID) {
				t.Errorf("%s: id is %v, decoded %s", r.name, id.scalar, m.ID)
			}
			if method := r.text(n, "method"); method != m.Method {
				t.Errorf("%s: method is %q, decoded %q", r.name, method, m.Method)
			}
			if result, there := r.get(n, "result"); there != (m.Result != nil) || there && !sameValue(t, m.Result, result) {
				t.Errorf("%s: result decoded as %q", r.name, m.Result)
			}
			if failure := r.raw(n, "error"); !bytes.Equal(failure, m.Failure) {
				t.Errorf("%s: error is %q, decoded %q", r.name, failure, m.Failure)
			}
			params, _ := r.get(n, "params")
			sameOthers(t, r, params, nil, m.Params.Others)
		}
	})
}

// The members of an object, put together again, are the object, and whatever is
// no strict JSON object has none.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"\u0062":[{"c":null}],"":"{"}`, `{"a":1,"\u0061":2}`, `[1]`, ` {} `, `{"a":"\ud800"}`, `{"code":-32002,"message":"m","data":{"uri":"x"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := wire.Members(text, limits)
		if strictly := wire.Scan(text, limits.MaxDepth); (err == nil) != (strictly == nil && bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{"))) {
			t.Fatalf("Members(%q): %v, and the text: %v", text, err, strictly)
		}
		if e, err := wire.DecodeFailure(text, limits); err == nil && !json.Valid(wire.AppendError(nil, nil, e.Relay(wire.Legacy, wire.Modern))) {
			t.Errorf("the reply to %q is no JSON", text)
		}
		if err != nil {
			return
		}
		again := []byte("{")
		for _, m := range list {
			again = wire.AppendMember(again, m)
		}
		want, wantErr := parse(text)
		got, gotErr := parse(append(again, '}'))
		if wantErr != nil || gotErr != nil || len(want.members) != len(got.members) {
			t.Fatalf("%q comes back as %q: %v, %v", text, again, wantErr, gotErr)
		}
		sameOthers(t, readings[0], want, nil, list)
	})
}
