package authserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/authserver"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// buttons are the pages of an authorization, and the button that goes on.
var buttons = map[string]struct {
	on   func(b *tab) view
	goOn string
}{
	"the first page":  {func(b *tab) view { return b.open(request(webID, webTo, "prompt", "consent")) }, "continue"},
	"the second page": {func(b *tab) view { return b.second(request(webID, webTo, "prompt", "consent")) }, "allow"},
}

// TestADoubleClickLeadsWhereTheFirstOneLed for half a minute, and is done once.
func TestADoubleClickLeadsWhereTheFirstOneLed(t *testing.T) {
	t.Parallel()
	for name, p := range buttons {
		d := newDesk(t)
		b := d.tab()
		on := p.on(b)
		first := b.press(on, p.goOn)
		begun, grants := len(d.beginnings), len(d.grants)
		for _, after := range []time.Duration{0, 20 * time.Second, 9 * time.Second} {
			d.pass(after)
			if again := b.press(on, p.goOn); again.status != http.StatusSeeOther || again.header.Get("Location") != first.header.Get("Location") {
				t.Errorf("%s: %d to %q, and before to %q: %s", name, again.status, again.header.Get("Location"), first.header.Get("Location"), again.body)
			}
		}
		d.pass(time.Second)
		if late := b.press(on, p.goOn); !late.has(http.StatusOK, "already") || strings.Contains(late.body, "What helps") {
			t.Errorf("%s, after half a minute: %d to %q: %s", name, late.status, late.header.Get("Location"), late.body)
		}
		if other := d.tab().press(on, p.goOn); !other.has(http.StatusForbidden, "another browser") {
			t.Errorf("%s, another browser: %d %s", name, other.status, other.body)
		}
		if len(d.beginnings) != begun || len(d.grants) != grants {
			t.Errorf("%s: sent to Entra %d times, %d grants", name, len(d.beginnings), len(d.grants))
		}
		d.pass(10 * time.Minute)
		if over := b.press(on, p.goOn); !over.has(http.StatusBadRequest, "cannot be used any more", "What was decided on it before still stands") {
			t.Errorf("%s, after ten minutes: %d %s", name, over.status, over.body)
		}
	}
}

// TestACodeThatIsRepeatedIsTheSame and good once.
func TestACodeThatIsRepeatedIsTheSame(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	on := b.second(request(webID, webTo))
	code, again := b.press(on, "allow").query(t).Get("code"), b.press(on, "allow").query(t).Get("code")
	if code == "" || code != again || len(d.grants) != 1 || len(d.connections) != 1 {
		t.Fatalf("%q, then %q, %d grants", code, again, len(d.grants))
	}
	for n, want := range []bool{true, false} {
		if _, err := authserver.TakeCode(d.server, t.Context(), d.snaps["contoso"], code); (err == nil) != want {
			t.Errorf("time %d: %v", n+1, err)
		}
	}
}

// TestManyClicksAtOnceAreOne: those that come while the first is under way wait for it.
func TestManyClicksAtOnceAreOne(t *testing.T) {
	t.Parallel()
	for name, p := range buttons {
		d := newDesk(t)
		b := d.tab()
		on := p.on(b)
		begun := len(d.beginnings)
		step, cookie := stepOf(t, on), b.cookies["__Host-gatehouse-authorize"]
		d.connecting = func() { // not done before the others have looked
			enough, end := d.sought()+14, time.Now().Add(2*time.Second)
			for d.sought() < enough && time.Now().Before(end) {
				runtime.Gosched()
			}
		}
		var wg sync.WaitGroup
		led := make([]string, 8)
		for at := range led {
			wg.Go(func() {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+"/t/contoso/consent", strings.NewReader(url.Values{"step": {step}, "action": {p.goOn}}.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
				w := httptest.NewRecorder()
				d.mux.ServeHTTP(w, r)
				if led[at] = w.Header().Get("Location"); w.Code != http.StatusSeeOther {
					t.Errorf("%s: %d %s", name, w.Code, w.Body)
				}
			})
		}
		wg.Wait()
		for _, to := range led {
			if to == "" || to != led[0] {
				t.Errorf("%s leads to %q", name, led)
				break
			}
		}
		if made := len(d.beginnings) - begun; p.goOn == "continue" && made != 1 || p.goOn == "allow" && len(d.grants) != 1 {
			t.Errorf("%s: sent to Entra %d times, %d grants", name, made, len(d.grants))
		}
	}
}

// sought is how often something was taken, or sought in vain.
func (d *desk) sought() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.looked
}

func stepOf(t *testing.T, on view) string {
	t.Helper()
	_, rest, _ := strings.Cut(on.body, `name="step" value="`)
	text, _, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no step on %s", on.body)
	}
	return text
}

// TestABrowserThatGivesItsFirstClickUpGetsTheAnswer: it does so with each second click,
// while what the first one does goes on.
func TestABrowserThatGivesItsFirstClickUpGetsTheAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	on := b.second(request(webID, webTo))
	ctx, giveUp := context.WithCancel(t.Context())
	d.connecting = func() {
		d.connecting = nil
		giveUp()
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, base+"/t/contoso/consent", strings.NewReader(url.Values{"step": {stepOf(t, on)}, "action": {"allow"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	first := b.send(r)
	if again := b.press(on, "allow"); again.query(t).Get("code") == "" || again.header.Get("Location") != first.header.Get("Location") || len(d.grants) != 1 {
		t.Errorf("%d to %q, %d grants: %s", again.status, again.header.Get("Location"), len(d.grants), again.body)
	}
}

// TestWhoComesBackToAPageReadsWhatWasDecided, and nothing that is not so.
func TestWhoComesBackToAPageReadsWhatWasDecided(t *testing.T) {
	t.Parallel()
	const connect = "connect again"
	allowed := []string{
		"You have allowed Assistant already", "Until that is revoked, it can act for you at Contoso", "What you press on this page now changes nothing",
		"Go back to the app", "ask an administrator of Gatehouse at Contoso to revoke your connection", "sign in at " + base + " to see your connections",
	}
	for name, tt := range map[string]struct {
		page        string
		first, then string
		words       []string
	}{
		"denied after it was allowed":   {"the second page", "allow", "deny", allowed},
		"another account after that":    {"the second page", "allow", "another", allowed},
		"allowed after it was denied":   {"the second page", "deny", "allow", []string{"You have denied Assistant already", "nothing was given to it", connect}},
		"allowed after another account": {"the second page", "another", "allow", []string{"You have gone on from this page already", "Nothing is given to Assistant before you allow it", "Finish that where it is open", connect}},
		"canceled after going on":       {"the first page", "continue", "cancel", []string{"You have gone on from this page already", "Signing in began from it", "Nothing is given to Assistant before you allow it", connect}},
		"gone on after canceling":       {"the first page", "cancel", "continue", []string{"You have canceled already", "nothing was given to it", connect}},
	} {
		d := newDesk(t)
		b := d.tab()
		on := buttons[tt.page].on(b)
		b.press(on, tt.first)
		begun, grants, refused := len(d.beginnings), len(d.grants), len(d.refused)
		if got := b.press(on, tt.then); !got.has(http.StatusOK, tt.words...) || strings.Contains(got.body, "Reference") {
			t.Errorf("%s: %d to %q: %s", name, got.status, got.header.Get("Location"), got.body)
		}
		if len(d.beginnings) != begun || len(d.grants) != grants || len(d.refused) != refused {
			t.Errorf("%s: something has happened", name)
		}
	}
}

// TestWhatFailsCanBePressedAgain: it gave nothing.
func TestWhatFailsCanBePressedAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	on := b.second(request(webID, webTo))
	d.change("contoso", func(data *snapshot.Data) { data.Organization.UnknownClients = tenants.Refuse })
	for range 2 {
		if got := b.press(on, "allow"); !got.has(http.StatusForbidden, "Assistant waits for approval") || len(d.grants) != 0 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	d.change("contoso", func(data *snapshot.Data) { data.Organization.UnknownClients = tenants.Admit })
	if got := b.press(on, "allow"); got.query(t).Get("code") == "" || len(d.grants) != 1 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestAnswersAreKeptEncrypted: where one leads is as good as the code in it.
func TestAnswersAreKeptEncrypted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	code := b.press(b.second(request(webID, webTo)), "allow").query(t).Get("code")
	for _, k := range d.once {
		if text := string(k.ciphertext); strings.Contains(text, code) || strings.Contains(text, "assistant.example") {
			t.Errorf("%q is kept in clear", text)
		}
	}
}

// TestWhoWaitsTooLongIsToldSo: a process that ended half-way leaves no answer.
func TestWhoWaitsTooLongIsToldSo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	on := b.second(request(webID, webTo))
	var waited view
	d.connecting = func() {
		d.connecting = nil
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, base+"/t/contoso/consent", strings.NewReader(url.Values{"step": {stepOf(t, on)}, "action": {"allow"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		waited = b.send(r)
	}
	b.press(on, "allow")
	if !waited.has(http.StatusServiceUnavailable, "has not ended yet", "look into your app") {
		t.Errorf("%d to %q: %s", waited.status, waited.header.Get("Location"), waited.body)
	}
}
