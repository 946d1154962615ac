package msgraph_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

func wish(resource, notify string, change ...string) string {
	members := map[string]string{
		"changeType": "updated,deleted", "resource": resource, "notificationUrl": notify, "clientState": "secret",
		"expirationDateTime": noon.Add(time.Hour).Format(time.RFC3339),
	}
	for i := 0; i+1 < len(change); i += 2 {
		members[change[i]] = change[i+1]
	}
	var pairs []string
	for name, value := range members {
		pairs = append(pairs, fmt.Sprintf("%q:%q", name, value))
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func TestSubscriptionHearsOfMembers(t *testing.T) {
	t.Parallel()
	b, l := newBench(t), newListener(t)
	token := b.worker()
	made := b.must(http.StatusCreated, token, http.MethodPost, "subscriptions", wish("/groups/"+staffID+"/members", l.URL+"/hook?x=1"))
	if made.str("clientState") != "secret" || made.str("applicationId") != workerID || made.str("expirationDateTime") != "2026-11-21T13:00:00Z" {
		t.Errorf("made is %s", made.text)
	}
	if err := b.SetMembers(contosoID, sreID, []string{aliceID}, nil); err != nil { // another group
		t.Fatal(err)
	}
	if err := b.SetMembers(contosoID, staffID, []string{carolID}, []string{aliceID}); err != nil {
		t.Fatal(err)
	}
	got := l.next(t)
	if got["subscriptionId"] != made.str("id") || got["clientState"] != "secret" || got["changeType"] != "updated" || got["tenantId"] != contosoID {
		t.Errorf("notification is %v", got)
	}
	got["subscriptionId"] = "{subscription}"
	golden(t, "notification-members", strings.ReplaceAll(jsonOf(t, got), carolID, "{carol}"))
	golden(t, "subscription", strings.NewReplacer(l.URL, "http://listener", made.str("id"), "{subscription}", made.str("creatorId"), "{principal}").Replace(made.text))
	l.silent(t)
}

func TestSubscriptionHearsInOrder(t *testing.T) {
	t.Parallel()
	b, l := newBench(t), newListener(t)
	b.must(http.StatusCreated, b.worker(), http.MethodPost, "subscriptions", wish("groups", l.URL))
	for i := range 20 {
		add, remove := []string{carolID}, []string(nil)
		if i%2 == 1 {
			add, remove = remove, add
		}
		if err := b.SetMembers(contosoID, staffID, add, remove); err != nil {
			t.Fatal(err)
		}
	}
	last := 0.0
	for range 20 {
		number, _ := field(l.next(t), "resourceData", "sequenceNumber").(float64)
		if number <= last {
			t.Errorf("number %v comes after %v", number, last)
		}
		last = number
	}
}

func TestSubscriptionHearsOfPeopleAsGraphCountsIt(t *testing.T) {
	t.Parallel()
	b, l, m := newBench(t), newListener(t), newListener(t)
	token := b.worker()
	b.must(http.StatusCreated, token, http.MethodPost, "subscriptions", wish("/users/"+aliceID, l.URL))
	b.must(http.StatusCreated, token, http.MethodPost, "subscriptions", wish("users", m.URL, "changeType", "deleted"))
	for _, change := range []emulator.UserChange{{Enabled: no()}, {Deleted: yes()}, {Deleted: no()}, {Deleted: yes()}} {
		if err := b.SetUser(contosoID, aliceID, change); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.SetUser(contosoID, bobID, emulator.UserChange{Enabled: no()}); err != nil {
		t.Fatal(err)
	}
	b.must(http.StatusNoContent, token, http.MethodDelete, "directory/deletedItems/"+aliceID, "")
	for i, want := range []string{"updated", "updated", "updated", "updated", "deleted"} {
		got := l.next(t)
		if got["changeType"] != want || got["resource"] != "Users/"+aliceID || field(got, "resourceData", "@odata.type") != "#Microsoft.Graph.User" {
			t.Errorf("notification %d is %v, want %s", i, got, want)
		}
	}
	if got := m.next(t); got["changeType"] != "deleted" {
		t.Errorf("only what is deleted was asked for, and %v", got)
	}
	l.silent(t)
	m.silent(t)
}

func TestEndpointMustAnswerForItself(t *testing.T) {
	t.Parallel()
	b, l := newBench(t), newListener(t)
	token := b.worker()
	for name, answer := range map[string]func(w http.ResponseWriter, token string){
		"status": func(w http.ResponseWriter, token string) {
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, token)
		},
		"type": func(w http.ResponseWriter, token string) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, token)
		},
		"encoded": func(w http.ResponseWriter, token string) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, strings.ReplaceAll(token, " ", "%20"))
		},
		"more": func(w http.ResponseWriter, token string) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, token+"\n")
		},
	} {
		l.answers(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost || r.URL.Query().Get("kept") != "yes" || !strings.Contains(r.URL.Query().Get("validationToken"), " ") {
				t.Errorf("handshake is %s %s", r.Method, r.URL)
			}
			answer(w, r.URL.Query().Get("validationToken"))
			return true
		})
		a := b.call(token, http.MethodPost, "subscriptions", wish("users", l.URL+"?kept=yes"))
		a.refuses(t, 400, "ValidationError")
		if name == "encoded" {
			golden(t, "subscription-handshake", a.text)
		}
	}
	l.answers(nil)
	for name, address := range map[string]string{"nobody": "http://127.0.0.1:1/hook", "elsewhere": "https://192.0.2.1/hook"} {
		if a := b.call(token, http.MethodPost, "subscriptions", wish("users", address)); a.status != 400 || !strings.Contains(a.message(), "reached") {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if a := b.must(http.StatusOK, token, http.MethodGet, "subscriptions", ""); len(a.entries()) != 0 {
		t.Errorf("a refused subscription stayed: %s", a.text)
	}
}

func TestLifecycleEndpointMustAnswerForItself(t *testing.T) {
	t.Parallel()
	b, l := newBench(t), newListener(t)
	b.call(b.worker(), http.MethodPost, "subscriptions", wish("users", l.URL, "lifecycleNotificationUrl", "http://127.0.0.1:1/")).refuses(t, 400, "ValidationError")
}

func TestSubscriptionRefusesWhatGraphRefuses(t *testing.T) {
	t.Parallel()
	b, l := newBench(t), newListener(t)
	token := b.worker()
	late := func(d time.Duration) string { return noon.Add(d).Format(time.RFC3339) }
	for name, change := range map[string][]string{
		"created":             {"changeType", "created"},
		"no change type":      {"changeType", ""},
		"resource":            {"resource", "me/messages"},
		"members of a person": {"resource", "users/" + aliceID + "/members"},
		"http elsewhere":      {"notificationUrl", "http://example.com/hook"},
		"no URL":              {"notificationUrl", ""},
		"ftp lifecycle":       {"lifecycleNotificationUrl", "ftp://localhost/"},
		"long state":          {"clientState", strings.Repeat("x", 129)},
		"past":                {"expirationDateTime", late(0)},
		"no date":             {"expirationDateTime", "tomorrow"},
	} {
		if a := b.call(token, http.MethodPost, "subscriptions", wish("users", l.URL, change...)); a.status != 400 || field(a.json, "error", "code") != "InvalidRequest" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	b.call(token, http.MethodPost, "subscriptions", wish("users", l.URL, "unknown", "x")).refuses(t, 400, "Request_BadRequest")
	b.call(token, http.MethodPost, "subscriptions", wish("users", l.URL, "expirationDateTime", late(41_760*time.Minute+time.Second))).refuses(t, 400, "ExtensionError")
	b.call(token, http.MethodPost, "subscriptions", wish("users/"+staffID, l.URL)).refuses(t, 404, "Request_ResourceNotFound")
	b.must(http.StatusCreated, token, http.MethodPost, "subscriptions", wish("users", l.URL, "expirationDateTime", late(41_760*time.Minute), "clientState", strings.Repeat("x", 128)))
}

func TestSubscriptionAsksForPermissions(t *testing.T) {
	t.Parallel()
	b, l := newBench(t), newListener(t)
	groups, people := b.person("alice", "GroupMember.Read.All"), b.person("alice", "User.Read.All")
	b.call(groups, http.MethodPost, "subscriptions", wish("users", l.URL)).refuses(t, 403, "Authorization_RequestDenied")
	b.call(people, http.MethodPost, "subscriptions", wish("groups", l.URL)).refuses(t, 403, "Authorization_RequestDenied")
	made := b.must(http.StatusCreated, people, http.MethodPost, "subscriptions", wish("users", l.URL))
	if made.str("creatorId") != aliceID || made.str("applicationId") != seed.AzureCLI {
		t.Errorf("made is %s", made.text)
	}
	b.call(groups, http.MethodGet, "subscriptions/"+made.str("id"), "").refuses(t, 403, "Authorization_RequestDenied")
	other := b.worker()
	b.call(other, http.MethodGet, "subscriptions/"+made.str("id"), "").refuses(t, 404, "ResourceNotFound")
	if a := b.must(http.StatusOK, other, http.MethodGet, "subscriptions", ""); len(a.entries()) != 0 {
		t.Errorf("another app sees %s", a.text)
	}
}

func TestSubscriptionsAreRenewedAndExpire(t *testing.T) {
	t.Parallel()
	b, l := newBench(t), newListener(t)
	token := b.worker()
	made := b.must(http.StatusCreated, token, http.MethodPost, "subscriptions", wish("users", l.URL))
	address := "subscriptions/" + made.str("id")
	if a := b.must(http.StatusOK, token, http.MethodGet, address, ""); a.json["clientState"] != nil {
		t.Errorf("clientState is told: %s", a.text)
	}
	until := func(d time.Duration) string {
		return `{"expirationDateTime":"` + noon.Add(d).Format(time.RFC3339) + `"}`
	}
	b.call(token, http.MethodPatch, address, until(41_761*time.Minute)).refuses(t, 400, "ExtensionError")
	renewed := b.must(http.StatusOK, token, http.MethodPatch, address, until(2*time.Hour))
	if renewed.str("expirationDateTime") != "2026-11-21T14:00:00Z" {
		t.Errorf("renewed is %s", renewed.text)
	}
	b.must(http.StatusNoContent, token, http.MethodPost, address+"/reauthorize", "")
	b.Advance(90 * time.Minute)
	if err := b.SetUser(contosoID, aliceID, emulator.UserChange{Enabled: no()}); err != nil {
		t.Fatal(err)
	}
	if got := l.next(t); got["subscriptionExpirationDateTime"] != "2026-11-21T14:00:00Z" {
		t.Errorf("notification is %v", got)
	}
	b.Advance(30 * time.Minute)
	if err := b.SetUser(contosoID, aliceID, emulator.UserChange{Enabled: yes()}); err != nil {
		t.Fatal(err)
	}
	b.call(b.worker(), http.MethodGet, address, "").refuses(t, 404, "ResourceNotFound")
	l.silent(t)
}

func TestDeletedSubscriptionsHearNothing(t *testing.T) {
	t.Parallel()
	b, l := newBench(t), newListener(t)
	token := b.worker()
	made := b.must(http.StatusCreated, token, http.MethodPost, "subscriptions", wish("users", l.URL+"/one"))
	b.must(http.StatusNoContent, token, http.MethodDelete, "subscriptions/"+made.str("id"), "")
	kept := b.must(http.StatusCreated, token, http.MethodPost, "subscriptions", wish("users", l.URL+"/two"))
	if err := b.SetUser(contosoID, aliceID, emulator.UserChange{Enabled: no()}); err != nil {
		t.Fatal(err)
	}
	if got := l.next(t); got["subscriptionId"] != kept.str("id") {
		t.Errorf("notification is %v", got)
	}
	l.silent(t)
	if err := b.Reset(); err != nil {
		t.Fatal(err)
	}
	if a := b.must(http.StatusOK, b.worker(), http.MethodGet, "subscriptions", ""); len(a.entries()) != 0 {
		t.Errorf("after a reset there is %s", a.text)
	}
}

func TestNotificationsAreSentAgain(t *testing.T) {
	t.Parallel()
	b, l := newBench(t), newListener(t)
	b.must(http.StatusCreated, b.worker(), http.MethodPost, "subscriptions", wish("users", l.URL))
	failures := 0
	l.answers(func(w http.ResponseWriter, _ *http.Request) bool {
		if failures++; failures > 2 {
			return false
		}
		w.WriteHeader(http.StatusInternalServerError)
		return true
	})
	if err := b.SetUser(contosoID, aliceID, emulator.UserChange{Enabled: no()}); err != nil {
		t.Fatal(err)
	}
	if got := l.next(t); got["resource"] != "Users/"+aliceID || failures != 3 {
		t.Errorf("after %d tries %v", failures, got)
	}
}

func TestCloseEndsDeliveries(t *testing.T) {
	t.Parallel()
	b, l := newBench(t), newListener(t)
	b.must(http.StatusCreated, b.worker(), http.MethodPost, "subscriptions", wish("users", l.URL))
	tried := make(chan struct{}, 100)
	l.answers(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusInternalServerError)
		tried <- struct{}{}
		return true
	})
	if err := b.SetUser(contosoID, aliceID, emulator.UserChange{Enabled: no()}); err != nil {
		t.Fatal(err)
	}
	<-tried
	b.Close()
	if err := b.SetUser(contosoID, aliceID, emulator.UserChange{Enabled: yes()}); err != nil {
		t.Fatal(err)
	}
	l.answers(nil)
	l.silent(t)
}

func TestLifecycleEventsAreSentOnCommand(t *testing.T) {
	t.Parallel()
	b, l, m := newBench(t), newListener(t), newListener(t)
	token := b.worker()
	made := b.must(http.StatusCreated, token, http.MethodPost, "subscriptions", wish("users", l.URL, "lifecycleNotificationUrl", m.URL))
	id := made.str("id")
	for _, event := range []string{"missed", "reauthorizationRequired", "subscriptionRemoved"} {
		if a := b.control("notifications", `{"subscription":"`+id+`","lifecycle":"`+event+`"}`); a.status != http.StatusNoContent {
			t.Fatalf("%s: %d %s", event, a.status, a.text)
		}
		got := m.next(t)
		if got["lifecycleEvent"] != event || got["subscriptionId"] != id || got["clientState"] != "secret" || got["resource"] != nil {
			t.Errorf("notification is %v", got)
		}
		if event == "missed" {
			got["subscriptionId"] = "{subscription}"
			golden(t, "notification-missed", jsonOf(t, got))
		}
	}
	l.silent(t)
	b.call(token, http.MethodGet, "subscriptions/"+id, "").refuses(t, 404, "ResourceNotFound")
	if a := b.control("notifications", `{"subscription":"`+id+`","lifecycle":"missed"}`); a.status != http.StatusNotFound {
		t.Errorf("a removed subscription: %d %s", a.status, a.text)
	}
	bare := b.must(http.StatusCreated, token, http.MethodPost, "subscriptions", wish("users", l.URL))
	for _, body := range []string{
		`{"subscription":"` + bare.str("id") + `","lifecycle":"missed"}`, `{"subscription":"` + bare.str("id") + `","lifecycle":"invented"}`,
	} {
		if a := b.control("notifications", body); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
	}
}

// faraway is an Outbound that reaches nothing and remembers what it was for.
type faraway struct{ asked chan string }

func (f faraway) RoundTrip(r *http.Request) (*http.Response, error) {
	f.asked <- r.URL.Host
	return nil, errors.New("there is no network")
}

func TestOutboundCarriesNotifications(t *testing.T) {
	t.Parallel()
	f := faraway{make(chan string, 1)}
	b := newBench(t, func(o *emulator.Options) { o.Outbound = f })
	b.call(b.worker(), http.MethodPost, "subscriptions", wish("users", "https://hooks.example/x")).refuses(t, 400, "ValidationError")
	if host := <-f.asked; host != "hooks.example" {
		t.Errorf("asked for %q", host)
	}
}
