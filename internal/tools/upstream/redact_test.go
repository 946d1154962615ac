package upstream_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

// TestACredentialThatAServerRepeatsReachesNobody: in whatever of an error it
// stands, and however the server answers.
func TestACredentialThatAServerRepeatsReachesNobody(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		secret string
		answer func(w http.ResponseWriter, m message, key string)
		want   string
	}{
		"error": {"swordfish", func(w http.ResponseWriter, m message, key string) {
			fail(w, m.ID, 200, `{"code":-32000,"message":"key `+key+` is used up","data":{"key":"`+key+`"}}`)
		}, "key [credential] is used up"},
		"status": {"swordfish", func(w http.ResponseWriter, m message, key string) {
			fail(w, m.ID, 400, `{"code":-32000,"message":"key `+key+` is used up"}`)
		}, "key [credential] is used up"},
		"stream": {"swordfish", func(w http.ResponseWriter, m message, key string) {
			stream(w)(event("", `{"jsonrpc":"2.0","id":`+string(m.ID)+`,"error":{"code":-32000,"message":"key `+key+`"}}`))
		}, "key [credential]"},
		"scheme": {"Bearer swordfish", func(w http.ResponseWriter, m message, _ string) {
			fail(w, m.ID, 200, `{"code":-32000,"message":"not swordfish again"}`)
		}, "not [credential] again"},
		"quoted": {`sword"fish`, func(w http.ResponseWriter, m message, _ string) {
			fail(w, m.ID, 200, `{"code":-32000,"message":"not sword\"fish again"}`)
		}, "not [credential] again"},
		"number": {"1234567", func(w http.ResponseWriter, m message, key string) {
			fail(w, m.ID, 200, `{"code":`+key+`,"message":"no"}`)
		}, "repeats its credential"},
		"result": {"swordfish", func(w http.ResponseWriter, m message, key string) {
			result(w, m.ID, `{"isError":true,"content":[{"type":"text","text":"key `+key+` is used up"}],"_meta":{"x":"`+key+`"}}`)
		}, "key [credential] is used up"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := tenants.NewGUID()
			secret, err := r.box.Encrypt(secrets.SourceLabel(id), []byte(row.secret))
			if err != nil {
				t.Fatal(err)
			}
			s := r.server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, r *http.Request, m message) {
				row.answer(w, m, r.Header.Get("X-Key"))
			}}), func(c *upstream.Connection) {
				c.Secret = secret
				c.Source.Credential = tools.SourceCredential{Kind: tools.HeaderCredential, ID: id, Header: "X-Key"}
			})
			got, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
			said := string(got.Members) + string(got.Meta)
			if own, ok := errors.AsType[*wire.Error](err); ok {
				said += own.Message + string(own.Data)
			}
			if !strings.Contains(said, row.want) || strings.Contains(said, row.secret) || strings.Contains(said, "swordfish") {
				t.Errorf("told %s, error %v", said, err)
			}
		})
	}
}
