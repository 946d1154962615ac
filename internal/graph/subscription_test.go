package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// ear is an address that Graph may tell.
type ear struct {
	*httptest.Server
	heard chan string
}

func newEar(t *testing.T) ear {
	t.Helper()
	e := ear{heard: make(chan string, 100)}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.URL.Query().Get("validationToken"); token != "" {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, token)
			return
		}
		body, _ := io.ReadAll(r.Body)
		e.heard <- string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(e.Close)
	return e
}

// next is what is told next.
func (e ear) next(t *testing.T) string {
	t.Helper()
	timer := time.NewTimer(20 * time.Second)
	defer timer.Stop()
	select {
	case body := <-e.heard:
		return body
	case <-timer.C:
		t.Fatal("nothing is told")
		return ""
	}
}

// TestSubscriptionsLiveAndEnd goes through the lives of two.
func TestSubscriptionsLiveAndEnd(t *testing.T) {
	t.Parallel()
	d, e := newDirectory(t, withWorkers(company())), newEar(t)
	as := d.app("User.Read.All", "GroupMember.Read.All")
	end := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	made := map[string]graph.Subscription{}
	for _, resource := range []string{graph.WatchPeople, graph.WatchGroups} {
		url := e.URL + "/" + resource
		one := must(d.Subscribe(t.Context(), as, graph.NewSubscription{Resource: resource, NotifyURL: url, State: "of " + resource, ExpiresAt: end}))
		if one.ID.IsZero() || one.Resource != resource || one.NotifyURL != url || !one.ExpiresAt.Equal(end) {
			t.Errorf("made is %+v", one)
		}
		made[resource] = one
	}
	d.control("/users/"+asker, `{"enabled":false}`)
	if text := e.next(t); !strings.Contains(text, `"of users"`) {
		t.Errorf("told is %s", text)
	}
	d.control("/members", fmt.Sprintf(`{"tid":%q,"group":%q,"add":[%q]}`, contoso, groupID(0), asker))
	if text := e.next(t); !strings.Contains(text, `"of groups"`) {
		t.Errorf("told is %s", text)
	}
	d.control("/notifications", fmt.Sprintf(`{"subscription":%q,"lifecycle":"missed"}`, made["users"].ID))
	if text := e.next(t); !strings.Contains(text, `"lifecycleEvent":"missed"`) {
		t.Errorf("told is %s", text)
	}
	later := end.Add(time.Hour)
	if one := must(d.RenewSubscription(t.Context(), as, made["users"].ID, later)); one.ID != made["users"].ID || !one.ExpiresAt.Equal(later) {
		t.Errorf("renewed is %+v", one)
	}
	if all := must(d.Subscriptions(t.Context(), as)); len(all) != 2 {
		t.Errorf("there are %+v", all)
	}
	if err := d.Unsubscribe(t.Context(), as, made["groups"].ID); err != nil {
		t.Error(err)
	}
	wants(t, d.Unsubscribe(t.Context(), as, made["groups"].ID), fault.NotFound)
	_, err := d.RenewSubscription(t.Context(), as, made["groups"].ID, later)
	wants(t, err, fault.NotFound)
	if all := must(d.Subscriptions(t.Context(), as)); len(all) != 1 || all[0] != (graph.Subscription{ID: made["users"].ID, Resource: "users", NotifyURL: e.URL + "/users", ExpiresAt: later}) {
		t.Errorf("there are %+v", all)
	}
	_, err = d.RenewSubscription(t.Context(), as, made["users"].ID, time.Now().Add(graph.MaxSubscription+time.Minute))
	wants(t, err, fault.Upstream)
}

func TestSubscriptionIsRefused(t *testing.T) {
	t.Parallel()
	d, e := newDirectory(t, withWorkers(company())), newEar(t)
	good := graph.NewSubscription{Resource: graph.WatchPeople, NotifyURL: e.URL, State: "secret", ExpiresAt: time.Now().Add(time.Hour)}
	_, err := d.Subscribe(t.Context(), d.app("GroupMember.Read.All"), good)
	wants(t, err, fault.Forbidden)
	deaf := good
	deaf.NotifyURL = "http://127.0.0.1:1/"
	_, err = d.Subscribe(t.Context(), d.app("User.Read.All"), deaf)
	wants(t, err, fault.Upstream)
	if refused, ok := errors.AsType[*graph.Error](err); !ok || refused.Status != http.StatusBadRequest || refused.Code != "ValidationError" {
		t.Errorf("refused with %v", err)
	}
	as := graph.Asking{Token: func(context.Context) (string, error) { t.Error("a token is wanted"); return "", errNoToken }}
	for name, change := range map[string]func(*graph.NewSubscription){
		"resource": func(n *graph.NewSubscription) { n.Resource = "me/messages" },
		"no URL":   func(n *graph.NewSubscription) { n.NotifyURL = "" },
		"no state": func(n *graph.NewSubscription) { n.State = "" },
		"state":    func(n *graph.NewSubscription) { n.State = strings.Repeat("x", graph.MaxState+1) },
		"no end":   func(n *graph.NewSubscription) { n.ExpiresAt = time.Time{} },
	} {
		bad := good
		change(&bad)
		if _, err = d.Subscribe(t.Context(), as, bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSubscriptionAsksForTheWholeOfIt: changes, lifecycle and TLS, in words of Graph's.
func TestSubscriptionAsksForTheWholeOfIt(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 9, 0, 0, 123, time.FixedZone("", 3600))
	c, srv := serve(t, nil)
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var got map[string]string
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		for name, want := range map[string]string{
			"changeType": "updated,deleted", "resource": "groups", "notificationUrl": "https://a.example/x", "lifecycleNotificationUrl": "https://a.example/x",
			"clientState": "s", "expirationDateTime": "2026-11-22T08:00:00Z", "latestSupportedTlsVersion": "v1_2",
		} {
			if got[name] != want {
				t.Errorf("%s is %q, want %q", name, got[name], want)
			}
		}
		reply(http.StatusCreated, nil, `{"id":"`+asker+`"}`)(w, r)
	})
	_, err := c.Subscribe(t.Context(), asking(), graph.NewSubscription{Resource: graph.WatchGroups, NotifyURL: "https://a.example/x", State: "s", ExpiresAt: at})
	wants(t, err, fault.Upstream) // an end is missing
	srv.Config.Handler = reply(http.StatusOK, nil, `{"expirationDateTime":"2026-11-22T08:00:00Z"}`)
	_, err = c.RenewSubscription(t.Context(), asking(), tenants.MustGUID(asker), at)
	wants(t, err, fault.Upstream) // an id is missing
}
