package msgraph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
)

// outcomes are the responses of a batch by id.
func outcomes(a answer) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, one := range objects(a.json["responses"]) {
		id, _ := one["id"].(string)
		out[id] = one
	}
	return out
}

func requests(list ...string) string { return `{"requests":[` + strings.Join(list, ",") + `]}` }

func (b *bench) batch(token string, list ...string) answer {
	b.t.Helper()
	return b.call(token, http.MethodPost, "$batch", requests(list...))
}

func TestBatchAnswersEachRequestForItself(t *testing.T) {
	t.Parallel()
	b := commonBench(t)
	token := b.person("alice", "User.Read GroupMember.Read.All")
	a := b.batch(token,
		`{"id":"me","method":"GET","url":"/me?$select=id,displayName"}`,
		`{"id":"bare","method":"get","url":"me?$select=id"}`,
		`{"id":"groups","method":"POST","url":"/me/getMemberGroups","headers":{"Content-Type":"application/json"},"body":{"securityEnabledOnly":true}}`,
		`{"id":"advanced","method":"GET","url":"/me/transitiveMemberOf/microsoft.graph.group?$count=true","headers":{"ConsistencyLevel":"eventual"},"body":null}`,
		`{"id":"plain","method":"GET","url":"/me/transitiveMemberOf/microsoft.graph.group?$count=true"}`,
		`{"id":"denied","method":"GET","url":"/users/delta"}`,
		`{"id":"other","method":"GET","url":"/me?$select=id","headers":{"Authorization":"Bearer nonsense"}}`,
	)
	if a.status != http.StatusOK {
		t.Fatalf("batch: %d %s", a.status, a.text)
	}
	got := outcomes(a)
	for id, status := range map[string]int{"me": 200, "bare": 200, "groups": 200, "advanced": 200, "plain": 400, "denied": 403, "other": 200} {
		if got[id]["status"] != float64(status) {
			t.Errorf("%s: %v, want status %d", id, got[id], status)
		}
	}
	if field(got["me"], "body", "id") != aliceID || field(got["me"], "headers", "Content-Type") == nil || field(got["me"], "headers", "X-Ms-Resource-Unit") != "1" {
		t.Errorf("me is %v", got["me"])
	}
	if field(got["denied"], "body", "error", "code") != "Authorization_RequestDenied" {
		t.Errorf("denied is %v", got["denied"])
	}
	if !strings.Contains(jsonOf(t, got["groups"]), staffID) {
		t.Errorf("groups are %v", got["groups"])
	}
}

func TestBatchWithoutATokenIsRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	b := commonBench(t)
	b.batch("", `{"id":"1","method":"GET","url":"/me"}`).refuses(t, 401, "InvalidAuthenticationToken")
}

func TestBatchTakesTwentyRequests(t *testing.T) {
	t.Parallel()
	b := commonBench(t)
	token := b.person("alice", "User.Read")
	many := func(n int) []string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(`{"id":"%d","method":"GET","url":"/me"}`, i))
		}
		return out
	}
	if a := b.batch(token, many(20)...); a.status != http.StatusOK || len(outcomes(a)) != 20 {
		t.Errorf("20 requests: %d %s", a.status, a.text)
	}
	a := b.batch(token, many(21)...)
	a.refuses(t, 400, "BadRequest")
	golden(t, "batch-too-many", a.text)
}

func TestMalformedBatchIsRefused(t *testing.T) {
	t.Parallel()
	b := commonBench(t)
	token := b.person("alice", "User.Read")
	one := `{"id":"1","method":"GET","url":"/me"}`
	for name, c := range map[string]struct{ body, message string }{
		"no JSON":             {`{"requests":[`, "Invalid batch payload format."},
		"nothing":             {`{"requests":[]}`, "Invalid batch payload format."},
		"no id":               {requests(`{"method":"GET","url":"/me"}`), "Id cannot be null"},
		"same id":             {requests(one, one), "unique"},
		"same but for case":   {requests(`{"id":"a","method":"GET","url":"/me"}`, `{"id":"A","method":"GET","url":"/me"}`), "unique"},
		"no URL":              {requests(`{"id":"1","method":"GET"}`), "URL cannot be null"},
		"method":              {requests(`{"id":"1","method":"TRACE","url":"/me"}`), "TRACE"},
		"nested":              {requests(`{"id":"1","method":"POST","url":"/$batch","headers":{"Content-Type":"application/json"},"body":{"requests":[]}}`), "another batch"},
		"nested in disguise":  {requests(`{"id":"1","method":"POST","url":"/x/..//%24batch"}`), "another batch"},
		"body without a type": {requests(`{"id":"1","method":"POST","url":"/me/getMemberGroups","body":{}}`), "Content-Type"},
		"depends on nobody":   {requests(`{"id":"1","method":"GET","url":"/me","dependsOn":["2"]}`), "names '2'"},
		"depends on itself":   {requests(`{"id":"1","method":"GET","url":"/me","dependsOn":["1"]}`), "names '1'"},
		"circle":              {requests(`{"id":"1","method":"GET","url":"/me","dependsOn":["2"]}`, `{"id":"2","method":"GET","url":"/me","dependsOn":["1"]}`), "circle"},
	} {
		a := b.call(token, http.MethodPost, "$batch", c.body)
		if a.status != http.StatusBadRequest || !strings.Contains(a.message(), c.message) {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

func TestDependantsOfAFailureFail(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.batch(b.worker(),
		`{"id":"3","method":"GET","url":"/applications?$top=1","dependsOn":["2"]}`,
		`{"id":"2","method":"PATCH","url":"/users/`+aliceID+`","headers":{"Content-Type":"application/json"},"body":{"accountEnabled":false},"dependsOn":["1"]}`,
		`{"id":"1","method":"GET","url":"/applications/none"}`,
		`{"id":"5","method":"GET","url":"/applications?$top=1","dependsOn":["4"]}`,
		`{"id":"4","method":"PATCH","url":"/users/`+bobID+`","headers":{"content-type":"application/json"},"body":{"accountEnabled":false}}`,
	)
	got := outcomes(a)
	for id, status := range map[string]int{"1": 404, "2": 424, "3": 424, "4": 204, "5": 200} {
		if got[id]["status"] != float64(status) {
			t.Errorf("%s: %v, want status %d", id, got[id], status)
		}
	}
	if _, has := got["4"]["body"]; has {
		t.Errorf("no content comes with a body: %v", got["4"])
	}
	golden(t, "batch-dependency", jsonOf(t, got["2"]["body"]))
	if b.password("alice", "User.Read").status != http.StatusOK || b.password("bob", "User.Read").status == http.StatusOK {
		t.Error("the failed dependant changed alice, or the other did not change bob")
	}
}

func TestRequestsOfABatchMeetFaultsOneByOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.person("alice", "User.Read")
	if err := b.SetFault(emulator.Fault{Endpoint: emulator.EndpointGraph, Status: 429, RetryAfter: 7 * time.Second, Times: 1}); err != nil {
		t.Fatal(err)
	}
	a := b.batch(token, `{"id":"1","method":"GET","url":"/me"}`, `{"id":"2","method":"GET","url":"/me"}`)
	got := outcomes(a)
	if a.status != 200 || got["1"]["status"] != float64(429) || field(got["1"], "headers", "Retry-After") != "7" || got["2"]["status"] != float64(200) {
		t.Errorf("batch is %d %s", a.status, a.text)
	}
	if field(got["1"], "body", "error", "code") != "TooManyRequests" {
		t.Errorf("throttled is %v", got["1"])
	}
	if err := b.SetFault(emulator.Fault{Endpoint: emulator.EndpointGraph, Path: "/v1.0/$batch", Status: 503, Times: 1}); err != nil {
		t.Fatal(err)
	}
	b.batch(token, `{"id":"1","method":"GET","url":"/me"}`).refuses(t, 503, "serviceNotAvailable")
	if err := b.SetFault(emulator.Fault{Endpoint: emulator.EndpointGraph, Outage: true, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if a := b.batch(token, `{"id":"1","method":"GET","url":"/me"}`); a.status != http.StatusServiceUnavailable {
		t.Errorf("in an outage the batch is answered with %d", a.status)
	}
}

func TestRequestsOfABatchAreJournaledOneByOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.person("alice", "User.Read")
	before := len(b.Journal())
	b.batch(token, `{"id":"1","method":"GET","url":"/me"}`, `{"id":"2","method":"GET","url":"/nowhere"}`)
	var got []string
	for _, entry := range b.Journal()[before:] {
		got = append(got, fmt.Sprintf("%s %d %s", entry.Path, entry.Status, entry.Tenant))
	}
	want := []string{"/v1.0/me 200 " + contosoID, "/v1.0/nowhere 404 ", "/v1.0/$batch 200 " + contosoID}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("journal is %q, want %q", got, want)
	}
}

func TestStepsThatLeaveTheVersionAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.person("alice", "User.Read")
	for url, segment := range map[string]string{
		"/../_control/reset": "..", "../_control/reset": "..", "/%2e%2e/_control/reset": "..", "/..%2f_control/reset": "..", "/me/../../beta/me": "..", "/./me": ".",
		"//evil.example/me": "evil.example", "http://localhost:8082/v1.0/me": "http:", "https://graph.microsoft.com/v1.0/me": "https:", "/me//messages": "me",
	} {
		a := b.batch(token, `{"id":"1","method":"GET","url":"`+url+`"}`, `{"id":"2","method":"GET","url":"/me/"}`)
		got := outcomes(a)
		if got["1"]["status"] != float64(400) || field(got["1"], "body", "error", "code") != "BadRequest" ||
			field(got["1"], "body", "error", "message") != "Resource not found for the segment '"+segment+"'." || field(got["1"], "headers", "Location") != nil {
			t.Errorf("%s: %v", url, got["1"])
		}
		if got["2"]["status"] != float64(200) {
			t.Errorf("beside %s: %v", url, got["2"])
		}
	}
	a := b.batch(token, `{"id":"1","method":"GET","url":"/me/drive/root:"}`)
	if got := outcomes(a)["1"]; field(got, "headers", "Location") != nil || got["status"].(float64) < 400 && got["status"] != float64(200) {
		t.Errorf("the root by path is %v", got)
	}
}
