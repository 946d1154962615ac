package notify_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
)

// received is a request as a receiver has it.
type received struct {
	header http.Header
	body   []byte
}

// receiver answers with a status and hands over what it got.
func receiver(t *testing.T, status int, header map[string]string) (string, <-chan received) {
	t.Helper()
	got := make(chan received, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{r.Header, body}
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/hooks/a-path-that-is-secret", got
}

func TestWebhookIsSigned(t *testing.T) {
	t.Parallel()
	url, got := receiver(t, http.StatusNoContent, nil)
	secret := notify.NewSecret()
	must(t, newSender(t, options(t)).Post(t.Context(), notify.Webhook{URL: url, Shape: notify.Plain, Secret: secret}, expiring()))
	r := <-got
	if id, at := r.header.Get("webhook-id"), r.header.Get("webhook-timestamp"); id != expiring().ID.String() || at != "1795348800" {
		t.Errorf("id %q at %q", id, at)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	must(t, err)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(r.header.Get("webhook-id") + "." + r.header.Get("webhook-timestamp") + "." + string(r.body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.header.Get("webhook-signature") != want {
		t.Errorf("signature is %q, want %q", r.header.Get("webhook-signature"), want)
	}
	if kind := r.header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("content type is %q", kind)
	}
}

// TestSignatureOfTheSpecification is the example of Standard Webhooks.
func TestSignatureOfTheSpecification(t *testing.T) {
	t.Parallel()
	got, err := notify.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	must(t, err)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature is %q, want %q", got, want)
	}
}

func TestSecretsAreRandomAndOfOneKind(t *testing.T) {
	t.Parallel()
	one, other := notify.NewSecret(), notify.NewSecret()
	if one == other || len(one) != len("whsec_")+44 {
		t.Errorf("secrets are %q and %q", one, other)
	}
	for _, bad := range []string{"", "whsec_", "whsec_c2hvcnQ=", strings.TrimPrefix(one, "whsec_"), "whsec_" + strings.Repeat("A", 200), "whsec_" + strings.Repeat("!", 44)} {
		if got, err := notify.Sign(bad, "id", noon, nil); err == nil || !notify.Permanent(err) {
			t.Errorf("%q signs %q, %v", bad, got, err)
		}
	}
}

func TestDocumentedBodyIsTheBody(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/notifications.md")
	must(t, err)
	_, rest, _ := strings.Cut(string(page), "```json\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the page has no example")
	}
	m := expiring()
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	m.At, m.ConsoleURL = at.Add(time.Millisecond), "https://gatehouse.example/"
	m.Items[0].Since, m.Items[0].Text, m.Items[0].URL = at, "When it has ended, nobody can sign in.", "https://entra.microsoft.com/"
	url, got := receiver(t, http.StatusOK, nil)
	must(t, newSender(t, options(t)).Post(t.Context(), notify.Webhook{URL: url, Shape: notify.Plain, Secret: notify.NewSecret()}, m))
	var want, have any
	must(t, json.Unmarshal([]byte(example), &want))
	must(t, json.Unmarshal((<-got).body, &have))
	wanted, _ := json.MarshalIndent(want, "", " ")
	had, _ := json.MarshalIndent(have, "", " ")
	if string(wanted) != string(had) {
		t.Errorf("the page says\n%s\nand the body is\n%s", wanted, had)
	}
}

func TestWhatIsResolvedHasAnEnd(t *testing.T) {
	t.Parallel()
	m := expiring()
	m.Kind, m.Items[0].Resolved = notify.Resolved, noon.In(time.FixedZone("", 3600))
	url, got := receiver(t, http.StatusOK, nil)
	must(t, newSender(t, options(t)).Post(t.Context(), notify.Webhook{URL: url, Shape: notify.Plain, Secret: notify.NewSecret()}, m))
	if body := string((<-got).body); !strings.Contains(body, `"type":"alert.resolved"`) || !strings.Contains(body, `"resolved":"2026-11-22T12:00:00Z"`) {
		t.Errorf("body is %s", body)
	}
}

func TestAnswersHaveOneMeaning(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status    int
		shape     notify.Shape
		header    map[string]string
		fails     bool
		permanent bool
		after     time.Duration
		says      string
	}{
		"taken":              {status: 202, shape: notify.Plain},
		"gone":               {status: 410, shape: notify.Plain, fails: true, permanent: true, says: "wants to hear no more"},
		"workflow gone":      {status: 404, shape: notify.Teams, fails: true, says: "whether the workflow is still there"},
		"not found":          {status: 404, shape: notify.Plain, fails: true, says: "answered with status 404"},
		"broken":             {status: 500, shape: notify.Plain, fails: true},
		"moved":              {status: 308, shape: notify.Plain, header: map[string]string{"Location": "https://example.com/"}, fails: true, says: "redirect"},
		"too much":           {status: 429, shape: notify.Teams, header: map[string]string{"Retry-After": "90"}, fails: true, after: 90 * time.Second},
		"too much, by date":  {status: 503, shape: notify.Plain, header: map[string]string{"Retry-After": "Sun, 22 Nov 2026 12:05:00 GMT"}, fails: true, after: 5 * time.Minute},
		"too much, for good": {status: 429, shape: notify.Plain, header: map[string]string{"Retry-After": "4000000000"}, fails: true, after: 6 * time.Hour},
		"too much, in past":  {status: 429, shape: notify.Plain, header: map[string]string{"Retry-After": "Sun, 22 Nov 2020 12:05:00 GMT"}, fails: true},
		"too much, nonsense": {status: 429, shape: notify.Plain, header: map[string]string{"Retry-After": "-5"}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := receiver(t, c.status, c.header)
			err := newSender(t, options(t)).Post(t.Context(), notify.Webhook{URL: url, Shape: c.shape, Secret: notify.NewSecret()}, expiring())
			if !c.fails {
				must(t, err)
				return
			}
			if err == nil || fault.KindOf(err) != fault.Upstream || notify.Permanent(err) != c.permanent || fault.RetryAfter(err) != c.after || !strings.Contains(fault.Public(err), c.says) {
				t.Errorf("error = %v, permanent %v, after %s; want %+v", err, notify.Permanent(err), fault.RetryAfter(err), c)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the path: %v", err)
			}
		})
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var came atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came.Add(1) }))
	t.Cleanup(target.Close)
	url, _ := receiver(t, http.StatusTemporaryRedirect, map[string]string{"Location": target.URL})
	if err := newSender(t, options(t)).Post(t.Context(), notify.Webhook{URL: url, Shape: notify.Plain, Secret: notify.NewSecret()}, expiring()); err == nil || came.Load() != 0 {
		t.Errorf("error = %v, and %d requests at the other end", err, came.Load())
	}
}

func TestWebhookThatCannotBeIsRefusedForGood(t *testing.T) {
	t.Parallel()
	s := newSender(t, options(t))
	for name, w := range map[string]notify.Webhook{
		"address": {URL: "http://hooks.example/path-that-is-secret", Shape: notify.Plain, Secret: notify.NewSecret()},
		"shape":   {URL: "https://hooks.example/path-that-is-secret", Shape: "round", Secret: notify.NewSecret()},
		"secret":  {URL: "https://hooks.example/path-that-is-secret", Shape: notify.Plain, Secret: "none"},
	} {
		if err := s.Post(t.Context(), w, expiring()); !notify.Permanent(err) || strings.Contains(err.Error(), "path-that") {
			t.Errorf("%s: %v, want a permanent error without the URL", name, err)
		}
	}
}

func TestEndOfTheContextEndsThePost(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	url, _ := receiver(t, http.StatusOK, nil)
	if err := newSender(t, options(t)).Post(ctx, notify.Webhook{URL: url, Shape: notify.Plain, Secret: notify.NewSecret()}, expiring()); err == nil || notify.Permanent(err) {
		t.Errorf("error = %v", err)
	}
}
