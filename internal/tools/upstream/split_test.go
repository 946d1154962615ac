package upstream_test

import (
	"encoding/json"
	"testing"

	"gatehouse/internal/tools/upstream"
)

func FuzzPartsOfAResultAreStrictJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { "a" : 1 } `, `{"resultType":"complete","content":[],"_meta":{"a":1,"gatehouse/x":2}}`, `{"_meta":7,"isError":"x"}`,
		`{"resultType":"input_required","inputRequests":{},"requestState":"s"}`, `{"resultType":"task","taskId":7,"ttlMs":1}`, `{"ttlMs":99999999999999999999}`, `[`, `{"a":1,"a":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		got, err := upstream.Split(object)
		if err != nil {
			return
		}
		for name, members := range map[string][]byte{"members": got.Members, "meta": got.Meta} {
			if text := "{" + string(members) + "}"; !json.Valid([]byte(text)) {
				t.Errorf("%s of %q are %q", name, object, text)
			}
		}
		if got.TTL != "" && !json.Valid([]byte(got.TTL)) {
			t.Errorf("time to live %q", got.TTL)
		}
	})
}
