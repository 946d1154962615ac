package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func aRequest(software string) connections.Request {
	return connections.Request{Software: software, Name: "Editor", Host: "editor.example", Redirect: "127.0.0.1", Person: tenants.NewGUID(), Asked: "Alice"}
}

func TestRequestsWaitUntilTheyAreDismissed(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	before, err := db.LoadSnapshot(t.Context(), o.ID)
	must(t, err)
	first := clock.now()
	must(t, db.Ask(t.Context(), caller(o), aRequest("https://editor.example")))
	clock.advance(time.Minute)
	must(t, db.Ask(t.Context(), caller(o), aRequest("Other <https://other.example>")))
	clock.advance(time.Minute)
	again := aRequest("https://editor.example")
	again.Asked, again.Name, again.Redirect = "Bob", "Editor 2", "vscode"
	must(t, db.Ask(t.Context(), caller(o), again))
	if r := last(t, db, o); r.Kind != audit.RefusedRequest || r.Outcome != audit.Refused || r.Reason != "client_not_listed" || r.Detail != "https://editor.example" {
		t.Errorf("%+v", r)
	}
	list, err := db.Requests(t.Context(), o.ID)
	must(t, err)
	want := again
	want.FirstAt, want.LastAt, want.Times = first, clock.now(), 2
	if len(list) != 2 || list[0] != want || list[1].Times != 1 || list[1].Software != "Other <https://other.example>" {
		t.Fatalf("%+v\nwant %+v first", list, want)
	}
	must(t, db.Dismiss(t.Context(), caller(o), want.Software))
	if r := last(t, db, o); r.Kind != audit.ConfigChange || r.Target != "client request dismissed" || !strings.Contains(r.Before, "https://editor.example") || !strings.Contains(r.Before, "Bob") {
		t.Errorf("%+v", r)
	}
	if list, err := db.Requests(t.Context(), o.ID); err != nil || len(list) != 1 {
		t.Errorf("%+v %v", list, err)
	}
	refused(t, db.Dismiss(t.Context(), caller(o), want.Software), fault.NotFound, "nobody has asked for this software")
	if after, err := db.LoadSnapshot(t.Context(), o.ID); err != nil || after.Decisions != before.Decisions {
		t.Errorf("requests decide: %v", err)
	}
}

func TestRequestsAreBounded(t *testing.T) {
	t.Parallel()
	db, clock, o, d := atOneTime(t)
	for n := range connections.MaxRequests {
		clock.advance(time.Second)
		must(t, db.Ask(t.Context(), caller(o), aRequest(fmt.Sprint("https://", n, ".example"))))
	}
	clock.advance(time.Second)
	must(t, db.Ask(t.Context(), caller(o), aRequest("https://0.example"))) // the second has waited longest now
	must(t, db.Ask(t.Context(), caller(o), aRequest("https://new.example")))
	list, err := db.Requests(t.Context(), o.ID)
	must(t, err)
	has := map[string]bool{}
	for _, r := range list {
		has[r.Software] = true
	}
	if n := count(t, d, "client_requests"); n != fmt.Sprint(connections.MaxRequests) {
		t.Errorf("%s are kept", n)
	}
	if len(list) != connections.MaxRequests || !has["https://0.example"] || has["https://1.example"] || !has["https://2.example"] || !has["https://new.example"] {
		t.Errorf("%d wait: %v", len(list), has)
	}
}

// TestTextOfStrangersIsKept, whatever bytes it has.
func TestTextOfStrangersIsKept(t *testing.T) {
	t.Parallel()
	db, clock, o, _ := atOneTime(t)
	hostile := "a\x00b\xff"
	r := aRequest("https://editor.example")
	r.Name, r.Asked = hostile, hostile
	must(t, db.Ask(t.Context(), caller(o), r))
	c := aConnection(tenants.NewGUID(), editor)
	c.Name, c.Person.Name, c.Person.Username = hostile, hostile, hostile
	if made := connected(t, db, o, c, aGrant(clock.now())); made.Name != "a\ufffdb\ufffd" {
		t.Errorf("%q", made.Name)
	}
}
