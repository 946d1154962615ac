package graphhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/egress"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/tenants"
)

const (
	contoso  = "11111111-1111-4111-8111-111111111111"
	workerID = "22222222-2222-4222-8222-222222222222"
	narrowID = "22222222-2222-4222-8222-333333333333"
	aliceID  = "33333333-3333-4333-8333-333333333333"
	staffID  = "44444444-4444-4444-8444-444444444444"
)

// world is an emulated directory, a server that it tells, and a keeper.
type world struct {
	t        *testing.T
	book     *book
	org      tenants.ID
	emulator *emulator.Emulator
	login    string
	hooks    *httptest.Server
	deaf     atomic.Bool // the server answers nobody
	keeper   *graphhook.Keeper
	graph    *graph.Client
	asking   graph.Asking
	ahead    time.Duration
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, book: newBook(), org: tenants.NewID()}
	login, root := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	app := func(id string, roles ...string) seed.App {
		return seed.App{ID: id, Name: "Worker " + id, Secret: "x", Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Roles: roles}}}
	}
	var err error
	if w.emulator, err = emulator.New(emulator.Options{
		EntraURL: "http://" + login.Listener.Addr().String(), GraphURL: "http://" + root.Listener.Addr().String(), ControlToken: "test", Entropy: "hooks",
		Tenants: []seed.Tenant{{
			ID: contoso, Name: "Contoso", Domain: "contoso.example",
			Users:  []seed.User{{ID: aliceID, Username: "alice@contoso.example", Password: "pw", Name: "Alice"}},
			Groups: []seed.Group{{ID: staffID, Name: "Staff", Members: []string{aliceID}}},
			Apps:   []seed.App{app(workerID, "User.Read.All", "GroupMember.Read.All"), app(narrowID, "User.Read.All")},
		}},
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.emulator.Close)
	login.Config.Handler, root.Config.Handler = w.emulator.Entra(), w.emulator.Graph()
	for _, s := range []*httptest.Server{login, root} {
		s.Start()
		t.Cleanup(s.Close)
	}
	mux := http.NewServeMux()
	mux.Handle("POST "+graphhook.Path, newServer(t, w.book, &admits{left: -1}))
	w.hooks = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.deaf.Load() {
			http.Error(rw, "sign in first", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.hooks.Close)
	out, err := egress.New(egress.Options{Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer("")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	if w.graph, err = graph.New(root.URL, out); err != nil {
		t.Fatal(err)
	}
	w.login = login.URL
	w.asking = w.as(workerID)
	w.keeper = &graphhook.Keeper{Origin: w.hooks.URL, Book: w.book, Now: func() time.Time { return time.Now().Add(w.ahead) }}
	return w
}

// as asks as an app of the directory.
func (w *world) as(app string) graph.Asking {
	w.t.Helper()
	resp, err := http.PostForm(w.login+"/"+contoso+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {app}, "client_secret": {"x"}, "scope": {"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Token == "" {
		w.t.Fatalf("no token: %v", err)
	}
	return graph.Asking{Token: func(context.Context) (string, error) { return answer.Token, nil }, Priority: graph.Low}
}

// pass lets time go by for everybody.
func (w *world) pass(d time.Duration) {
	w.ahead += d
	w.emulator.Advance(d)
	w.asking = w.as(workerID)
}

// wish is what the organization wants.
func (w *world) wish(wanted graphhook.Wanted) graphhook.Wish {
	return graphhook.Wish{Org: w.org, Wanted: wanted, Graph: w.graph, Asking: w.asking}
}

// keep has the keeper do its work.
func (w *world) keep(wanted graphhook.Wanted) time.Duration {
	w.t.Helper()
	again, err := w.keeper.Keep(w.t.Context(), w.wish(wanted))
	if err != nil {
		w.t.Fatal(err)
	}
	return again
}

// there are the subscriptions that Graph has, by resource.
func (w *world) there() map[string]graph.Subscription {
	w.t.Helper()
	all, err := w.graph.Subscriptions(w.t.Context(), w.asking)
	if err != nil {
		w.t.Fatal(err)
	}
	by := map[string]graph.Subscription{}
	for _, one := range all {
		by[one.Resource] = one
	}
	if len(by) != len(all) {
		w.t.Errorf("one resource is told of twice: %+v", all)
	}
	return by
}

// wantHurried waits until a chore has been hurried so often.
func (w *world) wantHurried(chore string, times int) {
	w.t.Helper()
	deadline, tick := time.NewTimer(20*time.Second), time.NewTicker(5*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for w.book.counts(w.org)[chore] != times {
		select {
		case <-tick.C:
		case <-deadline.C:
			w.t.Fatalf("hurried %v, want %s %d times", w.book.counts(w.org), chore, times)
		}
	}
}

// TestSubscriptionsAreKept goes through a life: made, told, renewed, removed, ended.
func TestSubscriptionsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if again := w.keep(graphhook.NoNotifications); again != 24*time.Hour {
		t.Errorf("without, it comes again after %s", again)
	}
	if again := w.keep(graphhook.Notifications); again != 6*time.Hour {
		t.Errorf("it comes again after %s", again)
	}
	made := w.there()
	if len(made) != 2 || made["users"].NotifyURL != w.hooks.URL+"/graph/notifications/"+w.book.of(w.org, "users").ID.String() || w.book.of(w.org, "users").Subscription != made["users"].ID {
		t.Fatalf("made %+v", made)
	}
	no := false
	if err := w.emulator.SetUser(contoso, aliceID, emulator.UserChange{Enabled: &no}); err != nil {
		t.Fatal(err)
	}
	w.wantHurried("follow", 1)
	if err := w.emulator.SetMembers(contoso, staffID, nil, []string{aliceID}); err != nil {
		t.Fatal(err)
	}
	w.wantHurried("follow", 2)

	w.pass(time.Hour)
	w.keep(graphhook.Notifications)
	if now := w.there(); now["users"] != made["users"] || now["groups"] != made["groups"] {
		t.Errorf("without a reason they became %+v", now)
	}
	w.pass(20 * time.Hour)
	if again := w.keep(graphhook.Notifications); again > 3*time.Hour || again < 2*time.Hour {
		t.Errorf("before the renewal it comes again after %s", again)
	}
	w.pass(4 * time.Hour)
	w.keep(graphhook.Notifications)
	renewed := w.there()
	for resource, one := range renewed {
		if one.ID != made[resource].ID || one.ExpiresAt.Before(made[resource].ExpiresAt.Add(23*time.Hour)) {
			t.Errorf("%s: %+v became %+v", resource, made[resource], one)
		}
	}
	w.lifecycle(renewed["groups"].ID, "reauthorizationRequired")
	w.wantHurried("subscribe", 1)
	w.pass(time.Hour)
	w.keep(graphhook.Notifications)
	again := w.there()
	if again["groups"].ID != renewed["groups"].ID || !again["groups"].ExpiresAt.After(renewed["groups"].ExpiresAt) || again["users"] != renewed["users"] {
		t.Errorf("authorized anew: %+v", again)
	}
	w.lifecycle(again["users"].ID, "subscriptionRemoved")
	w.wantHurried("subscribe", 2)
	w.keep(graphhook.Notifications)
	if anew := w.there(); len(anew) != 2 || anew["users"].ID == again["users"].ID || anew["groups"] != again["groups"] {
		t.Errorf("made anew: %+v", anew)
	}
	w.keep(graphhook.NoNotifications)
	if left := w.there(); len(left) != 0 || !w.book.of(w.org, "users").ID.IsZero() {
		t.Errorf("left is %+v", left)
	}
}

func (w *world) lifecycle(id tenants.GUID, event string) {
	w.t.Helper()
	if err := w.emulator.SendLifecycle(id.String(), event); err != nil {
		w.t.Fatal(err)
	}
}

// TestExpiredSubscriptionIsMadeAnew: nobody was there to renew it.
func TestExpiredSubscriptionIsMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(graphhook.Notifications)
	old := w.book.of(w.org, "users")
	w.pass(73 * time.Hour)
	w.keep(graphhook.Notifications)
	if next := w.book.of(w.org, "users"); next.ID == old.ID || next.StateHash == old.StateHash || len(w.there()) != 2 {
		t.Errorf("%+v became %+v", old, next)
	}
}

// TestWhoDiesBetweenTwoStepsLeavesNothingBehind: Graph has what the database does not
// know, or has something that it does not know any more.
func TestWhoDiesBetweenTwoStepsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.book.fails("KeepHook")
	if _, err := w.keeper.Keep(t.Context(), w.wish(graphhook.Notifications)); fault.KindOf(err) != fault.Internal && fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("%v", err)
	}
	w.book.fails("")
	made := w.there()
	w.keep(graphhook.Notifications)
	for resource, one := range w.there() {
		if one.ID != made[resource].ID || w.book.of(w.org, resource).Subscription != one.ID {
			t.Errorf("%s: %+v became %+v", resource, made[resource], one)
		}
	}
	w.forget()
	elsewhere, err := w.graph.Subscribe(t.Context(), w.asking, graph.NewSubscription{
		Resource: graph.WatchPeople, NotifyURL: w.elsewhere(), State: "x", ExpiresAt: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.keep(graphhook.Notifications)
	all, err := w.graph.Subscriptions(t.Context(), w.asking)
	if err != nil || len(all) != 3 {
		t.Fatalf("there are %+v, %v", all, err)
	}
	for _, one := range all {
		if one.ID == made["users"].ID || one.ID == made["groups"].ID {
			t.Errorf("%s is left", one.Resource)
		}
		if one.NotifyURL == elsewhere.NotifyURL && one.ID != elsewhere.ID {
			t.Errorf("what another deployment has is touched: %+v", one)
		}
	}
}

// forget drops what the database knows.
func (w *world) forget() {
	w.book.mu.Lock()
	defer w.book.mu.Unlock()
	clear(w.book.hooks)
}

// elsewhere is an address of another deployment of the same app.
func (w *world) elsewhere() string {
	other := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/plain")
		_, _ = fmt.Fprint(rw, r.URL.Query().Get("validationToken"))
	}))
	w.t.Cleanup(other.Close)
	return other.URL + "/graph/notifications/" + tenants.NewGUID().String()
}

// TestKeeperSaysWhatIsInTheWay: the address, or the permission; and what works goes on.
func TestKeeperSaysWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deaf.Store(true)
	_, err := w.keeper.Keep(t.Context(), w.wish(graphhook.Notifications))
	if text := fmt.Sprint(err); !strings.Contains(text, "subscribe to users") || !strings.Contains(text, "subscribe to groups") || !strings.Contains(text, w.hooks.URL+"/graph/notifications/") {
		t.Errorf("says %s", text)
	}
	w.deaf.Store(false)
	narrow := w.wish(graphhook.Notifications)
	narrow.Asking = w.as(narrowID)
	_, err = w.keeper.Keep(t.Context(), narrow)
	if text := fmt.Sprint(err); strings.Contains(text, "users") || !strings.Contains(text, "Group.Read.All") {
		t.Errorf("says %s", text)
	}
	if h := w.book.of(w.org, "users"); h.Subscription.IsZero() || h.RenewAt.IsZero() {
		t.Errorf("people are not told of: %+v", h)
	}
	if refused, ok := errors.AsType[*graph.Error](err); !ok || refused.Status != http.StatusForbidden {
		t.Errorf("the cause is %v", err)
	}
}

// TestWhatIsNotWantedIsDeafAtOnce, also where Graph cannot be told.
func TestWhatIsNotWantedIsDeafAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(graphhook.Notifications)
	away := w.wish(graphhook.NoNotifications)
	away.Asking.Token = func(context.Context) (string, error) { return "", errAway }
	if _, err := w.keeper.Keep(t.Context(), away); fault.KindOf(err) == fault.NotFound || err == nil {
		t.Errorf("nothing is in the way: %v", err)
	}
	if h := w.book.of(w.org, "users"); !h.ID.IsZero() {
		t.Errorf("there still is %+v", h)
	}
	if again := w.keep(graphhook.NoNotifications); again != 24*time.Hour {
		t.Errorf("it comes again after %s", again)
	}
	for _, method := range []string{"Hooks", "PutHook"} {
		w.book.fails(method)
		if _, err := w.keeper.Keep(t.Context(), w.wish(graphhook.Notifications)); err == nil {
			t.Errorf("%s fails and nobody says so", method)
		}
	}
}
