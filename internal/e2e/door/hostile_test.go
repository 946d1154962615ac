package door_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
)

// hostile is a request that somebody sends to break what stands behind it.
type hostile struct {
	name   string
	status int
	code   int // 0: a result
	send   func(t *testing.T, v visitor) reply
}

func hostileRequests() []hostile {
	long := strings.Repeat("n", 1<<20)
	named := func(name string) func(*testing.T, visitor) reply {
		return func(t *testing.T, v visitor) reply {
			t.Helper()
			return v.legacy(t, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":`+name+`,"arguments":{}}}`)
		}
	}
	whole := func(body string) func(*testing.T, visitor) reply {
		return func(t *testing.T, v visitor) reply {
			t.Helper()
			return v.legacy(t, body)
		}
	}
	return []hostile{
		{"NUL in a tool name", 200, -32602, named(`"\u0000whoami\u0000"`)},
		{"NUL, mirrored", 200, -32602, func(t *testing.T, v visitor) reply {
			t.Helper()
			return v.modernBody(t, "tools/call", "=?base64?"+base64.StdEncoding.EncodeToString([]byte("a\x00b"))+"?=",
				`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a\u0000b","_meta":{`+modernMeta+`}}}`)
		}},
		{"a megabyte of name", 200, -32602, named(`"` + long + `"`)},
		{"a megabyte of NUL", 200, -32602, named(`"` + strings.Repeat(`\u0000`, 170_000) + `"`)},
		{"direction marks", 200, -32602, named(`"\u202ewhoami\u2066"`)},
		{"every control character", 200, -32602, named(`"\u0001\u001f\u007f\u0080\u009f\ufffe\uffff"`)},
		{"lone surrogate", 400, -32700, named(`"\ud800"`)},
		{"surrogates the wrong way round", 400, -32700, named(`"\udc00\ud800"`)},
		{"invalid UTF-8", 400, -32700, named("\"\xff\xfe\"")},
		{"overlong UTF-8", 400, -32700, named("\"\xc0\x80\"")},
		{"surrogate in UTF-8", 400, -32700, named("\"\xed\xa0\x80\"")},
		{"a megabyte of URI", 200, -32002, whole(`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"ui://` + long + `\u0000"}}`)},
		{"a megabyte of method", 200, -32601, whole(`{"jsonrpc":"2.0","id":1,"method":"` + long + `"}`)},
		{"a megabyte of id", 400, -32600, whole(`{"jsonrpc":"2.0","id":"` + long + `","method":"ping"}`)},
		{"a megabyte of cursor", 200, -32602, whole(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"` + long + `"}}`)},
		{"hostile trace context", 200, 0, whole(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","_meta":{"traceparent":"\u0000` + long[:1000] + `","tracestate":"\u0000","baggage":"\u0000=\u0000"}}}`)},
		{"hostile arguments", 200, 0, whole(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"greeting_card","arguments":{"name":"\u0000\u202e</script>"}}}`)},
		{"more than the limit", 413, -32600, whole(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"` + strings.Repeat("y", 5<<20) + `"}}`)},
	}
}

func TestHostileBytesAreRefusedAndRecorded(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	for _, h := range hostileRequests() {
		r := h.send(t, alice)
		code := 0
		if m := r.rpc(t); m.Error != nil {
			code = m.Error.Code
		}
		if r.status != h.status || code != h.code {
			t.Errorf("%s: status %d, code %d: %.300s", h.name, r.status, code, r.body)
		}
		if len(r.body) > 3<<20 {
			t.Errorf("%s: the reply has %d bytes", h.name, len(r.body))
		}
	}
	altered := 0
	for _, r := range k.records(t, "contoso") {
		if slices.Contains(r.Altered, "tool") {
			altered++
		}
		if r.Kind == audit.RecordRejected {
			t.Errorf("the log could not take a record: %+v", r)
		}
		if len(r.Tool)+len(r.Target) > 4096 {
			t.Errorf("a record holds %d bytes of name", len(r.Tool)+len(r.Target))
		}
	}
	if altered < 5 {
		t.Errorf("%d records say that the tool's name is not what was sent", altered)
	}
	alice.call(t, "whoami", `{}`).ok(t)
}

func TestHostileOrganizationLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	attacker, neighbour := k.visitor(t, "contoso", "alice"), k.visitor(t, "fabrikam", "alice")
	const calls = 100
	quiet := neighbour.worst(t, calls)
	done := make(chan struct{})
	var attack sync.WaitGroup
	requests := hostileRequests()
	for range 2 {
		attack.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
					requests[i%len(requests)].send(t, attacker)
				}
			}
		})
	}
	during := neighbour.worst(t, calls)
	close(done)
	attack.Wait()
	if limit := max(10*quiet, 2*time.Second); during > limit {
		t.Errorf("99 of 100 calls took up to %s during the attack, %s before", during, quiet)
	}
	if n := len(k.recordsOf(t, "fabrikam", isCall)); n != 2*calls {
		t.Errorf("%d calls in the neighbour's log, want %d", n, 2*calls)
	}
	for _, r := range k.records(t, "contoso") {
		if r.Org != k.orgs["contoso"].ID || r.Kind == audit.RecordRejected {
			t.Errorf("record %+v", r)
		}
	}
}

// worst makes n calls, none of which may fail, and returns the second longest
// time: with a hundred calls, what 99 in a hundred do not exceed.
func (v visitor) worst(t *testing.T, n int) time.Duration {
	t.Helper()
	took := make([]time.Duration, n)
	for i := range took {
		began := time.Now()
		if r := v.call(t, "whoami", `{}`); r.status != http.StatusOK {
			t.Fatalf("status %d: %s", r.status, r.body)
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[n-2]
}
