package manage_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/manage"
)

// TestSearchShowsWhatIsWrongAndWhatWasErased: neither form lets such a record pass for one
// that is whole.
func TestSearchShowsWhatIsWrongAndWhatWasErased(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"items":[{"seq":9,"leaf":"bGVhZg==","fields":{"kind":"tool_call","id":"r9"},"trouble":"altered"},{"seq":8,"leaf":"b3Ro","fields":{},"trouble":"unreadable"},`+
			`{"seq":7,"leaf":"YW4=","fields":{"kind":"tool_call","id":"r7"},"erased":["actor_name","tool"]}],"sealedAt":"2026-03-01T09:00:00Z"}`)
	}))
	defer s.Close()
	for form, want := range map[manage.Form]string{
		manage.Lines: "ALTERED (record 9)  -  -  tool_call  r9\nUNREADABLE (record 8)  -  -  -  -\n-  -  tool_call  r7  (erased: actor_name, tool)\n",
		manage.JSON: `{"seq":9,"leaf":"bGVhZg==","fields":{"id":"r9","kind":"tool_call"},"trouble":"altered"}` + "\n" + `{"seq":8,"leaf":"b3Ro","fields":{},"trouble":"unreadable"}` + "\n" +
			`{"seq":7,"leaf":"YW4=","fields":{"id":"r7","kind":"tool_call"},"erased":["actor_name","tool"]}` + "\n",
	} {
		var out, said strings.Builder
		if err := manage.SearchLog(t.Context(), client(t, s.URL), manage.Search{Most: 3, Form: form}, &out, &said); err != nil || out.String() != want {
			t.Errorf("%v\n%s", err, out.String())
		}
	}
}

func TestLogHeadSaysWhichKeysCanBeFollowed(t *testing.T) {
	t.Parallel()
	answer := `{"size":0,"first":0,"waiting":3,"keys":[]}`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, answer) }))
	defer s.Close()
	for _, c := range []struct{ answer, want, keys string }{
		{answer, "nothing is sealed yet; what has happened is sealed within seconds\n", ""},
		{
			`{"origin":"a/log","size":30,"first":2,"waiting":1,"sealedAt":"2026-03-01T09:00:00Z","keys":[{"key":"k1","fingerprint":"f1","from":0,"named":false},` +
				`{"key":"k2","fingerprint":"f2","from":7,"named":true},{"key":"k3","fingerprint":"f3","from":9,"named":false}]}`,
			"log:     a/log\nrecords: 30, up to 2026-03-01T09:00:00Z; 1 wait to be sealed\nkept:    from record 2 on; the time of those before is over\n" +
				"key:     k1\n         its first key; SHA-256 of the public key: f1\nkey:     k2\n         from record 7 on, named by the key before; SHA-256 of the public key: f2\n" +
				"key:     k3\n         from record 9 on, NOT named by the key before: ask why; SHA-256 of the public key: f3\n",
			"k1\nk2\nk3\n",
		},
	} {
		answer = c.answer
		h, err := manage.ReadLogHead(t.Context(), client(t, s.URL))
		var out strings.Builder
		if err == nil {
			err = h.WriteText(&out)
		}
		if err != nil || out.String() != c.want || h.KeyLines() != c.keys {
			t.Errorf("%v\n%s\n%s", err, out.String(), h.KeyLines())
		}
	}
}
