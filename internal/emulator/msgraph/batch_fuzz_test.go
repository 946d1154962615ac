package msgraph_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"testing"
)

func FuzzBatchIsAnsweredOrRefused(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `{"requests":null}`, requests(`{"id":"1","method":"GET","url":"/me"}`), requests(`{"id":"1","method":"GET","url":"/me","dependsOn":["1"]}`),
		requests(`{"id":"1","method":"POST","url":"/%24batch","headers":{"Content-Type":"application/json"},"body":{"requests":[]}}`),
		requests(`{"id":"1","method":"GET","url":"//$batch"}`), requests(`{"id":"1","method":"GET","url":"/%zz"}`),
		requests(`{"id":"1","method":"POST","url":"/subscriptions","headers":{"content-type":"text/plain"},"body":"AAAA"}`),
	} {
		f.Add(body)
	}
	var once sync.Once
	var token string
	f.Fuzz(func(t *testing.T, body string) {
		b := commonBench(t)
		once.Do(func() { token = b.person("alice", "User.Read") })
		a := b.call(token, http.MethodPost, "$batch", body)
		if a.status != http.StatusOK && a.status != http.StatusBadRequest || !json.Valid([]byte(a.text)) {
			t.Errorf("%q: %d %s", body, a.status, a.text)
		}
		for _, one := range objects(a.json["responses"]) {
			if field(one, "body", "responses") != nil {
				t.Errorf("%q: a batch ran in a batch: %v", body, one)
			}
		}
	})
}

func FuzzFiltersAreAnsweredOrRefused(f *testing.F) {
	for _, filter := range []string{"", "appId eq 'x'", "startswith(displayName,'')", "a/any(b:b eq 'c')", "x eq '''", "displayName eq 'a' and ", "id eq '' or id eq ''"} {
		f.Add(filter)
	}
	var once sync.Once
	var token string
	f.Fuzz(func(t *testing.T, filter string) {
		b := commonBench(t)
		once.Do(func() { token = b.worker() })
		for _, collection := range []string{"applications", "servicePrincipals", "groups/delta"} {
			a := b.call(token, http.MethodGet, collection+"?$filter="+url.QueryEscape(filter), "")
			if a.status != http.StatusOK && a.status != http.StatusBadRequest {
				t.Errorf("%s with %q: %d %s", collection, filter, a.status, a.text)
			}
		}
	})
}
