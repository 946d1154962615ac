package console_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// SinkSecret implements console.Sinks.
func (m *memory) SinkSecret(_ context.Context, _ tenants.ID, s tenants.Sink) (string, error) {
	return "whsec_" + s.Name + strings.Repeat("+", s.Secrets), nil
}

// EncryptSinkSecret implements console.Sinks.
func (m *memory) EncryptSinkSecret(_ context.Context, _ tenants.ID, _ tenants.GUID, secret string) ([]byte, error) {
	return []byte("encrypted " + secret), nil
}

// SinkStatus implements console.Sinks.
func (m *memory) SinkStatus(_ context.Context, _ tenants.ID, s tenants.Sink) (console.SinkStatus, error) {
	return console.SinkStatus{State: "failing", Trouble: s.Name + " is away", Records: &console.SinkRecordStatus{Next: 5, Lag: 7}}, nil
}

// TestSink implements console.Sinks.
func (m *memory) TestSink(_ context.Context, _ tenants.Organization, s tenants.Sink) error {
	switch s.Name {
	case "busy":
		return fault.New(fault.Limited, "too many requests; slow down and try again").RetryAfter(time.Minute)
	case "away":
		return fault.New(fault.Upstream, "away.example could not be reached")
	}
	return nil
}

func TestSinkIsAddedChangedGivenASecretAndRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	w := b.send(http.MethodPost, ofContoso+"sinks", `{"name":"hook","kind":"webhook","url":"https://hooks.example/in","records":true}`, nil)
	want(t, w, http.StatusCreated)
	if !strings.Contains(w.Body.String(), `"secret":"whsec_hook"`) {
		t.Errorf("the secret is not shown: %s", w.Body)
	}
	want(t, b.send(http.MethodPost, ofContoso+"sinks", `{"name":"hook","kind":"mailbox","email":"a@b.example"}`, nil), http.StatusConflict)
	want(t, b.send(http.MethodPost, ofContoso+"sinks", `{"name":"archive","kind":"storage","url":"https://a.blob.core.windows.net/log"}`, nil), http.StatusCreated)
	var s console.Sink
	tag := b.read(ofContoso+"sinks/archive", &s)
	if s.HasSecret || !*s.Checkpoints || s.Records || s.EverySeconds != 3600 || s.ID.IsZero() {
		t.Errorf("%+v", s)
	}
	want(t, b.send(http.MethodPut, ofContoso+"sinks/archive/credential", `{"secret":"sig=a"}`, map[string]string{"If-Match": tag}), http.StatusOK)
	want(t, b.send(http.MethodPut, ofContoso+"sinks/hook/credential", `{"secret":"sig=a"}`, map[string]string{"If-Match": b.read(ofContoso+"sinks/hook", &s)}), http.StatusUnprocessableEntity)
	kept := r.sink("archive")
	if kept.Secret.IsZero() || string(r.access[r.contoso.ID].Secrets[kept.Secret]) != "encrypted sig=a" {
		t.Errorf("kept is %+v", kept)
	}
	if shown := b.get(ofContoso + "sinks/archive"); !strings.Contains(shown.Body.String(), `"hasSecret":true`) || strings.Contains(shown.Body.String(), "sig") {
		t.Errorf("shown is %s", shown.Body)
	}
	tag = b.read(ofContoso+"sinks/archive", &s)
	w = b.send(http.MethodPut, ofContoso+"sinks/archive", `{"kind":"storage","url":"https://b.blob.core.windows.net/log"}`, map[string]string{"If-Match": tag})
	want(t, w, http.StatusOK)
	if kept := r.sink("archive"); !kept.Secret.IsZero() || kept.ID != s.ID {
		t.Errorf("a sink that was moved is %+v", kept)
	}
	if w = b.send(http.MethodPost, ofContoso+"sinks/hook/secret", "", nil); !strings.Contains(w.Body.String(), "whsec_hook+") {
		t.Errorf("made anew is %s", w.Body)
	}
	want(t, b.send(http.MethodPost, ofContoso+"sinks/archive/secret", "", nil), http.StatusUnprocessableEntity)
	if w = b.get(ofContoso + "sinks/hook/status"); !strings.Contains(w.Body.String(), `"trouble":"hook is away"`) || !strings.Contains(w.Body.String(), `"lag":7`) {
		t.Errorf("status is %s", w.Body)
	}
	if w = b.get(ofContoso + "sink-statuses"); !strings.Contains(w.Body.String(), `"sink":"archive"`) || !strings.Contains(w.Body.String(), `"sink":"hook"`) || !strings.Contains(w.Body.String(), `"trouble":"hook is away"`) {
		t.Errorf("the status of each is %s", w.Body)
	}
	tag = b.read(ofContoso+"sinks/hook", &s)
	want(t, b.send(http.MethodPut, ofContoso+"sinks/hook", `{"kind":"webhook","url":"https://hooks.example/other","records":true}`, map[string]string{"If-Match": tag}), http.StatusOK)
	if n := r.sink("hook").Secrets; n != 1 {
		t.Errorf("at the same host it has its secret number %d", n)
	}
	tag = b.read(ofContoso+"sinks/hook", &s)
	want(t, b.send(http.MethodPut, ofContoso+"sinks/hook", `{"kind":"webhook","url":"https://elsewhere.example/in","records":true}`, map[string]string{"If-Match": tag}), http.StatusOK)
	if n := r.sink("hook").Secrets; n != 2 {
		t.Errorf("elsewhere it has its secret number %d", n)
	}
	tag = b.read(ofContoso+"sinks/hook", &s)
	want(t, b.send(http.MethodDelete, ofContoso+"sinks/hook", "", map[string]string{"If-Match": tag}), http.StatusNoContent)
	for _, path := range []string{"sinks/hook", "sinks/hook/status"} {
		want(t, b.get(ofContoso+path), http.StatusNotFound)
	}
}

// TestOnlyOwnersHaveRecordsBroughtToSomebodyNew has an admin, who may not read the log,
// try what an owner may do.
func TestOnlyOwnersHaveRecordsBroughtToSomebodyNew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin, owner := r.as(t, r.person(r.contoso, tenants.Admin)), r.as(t, r.person(r.contoso, tenants.Owner))
	put := func(b *browser, name, body string) int {
		var s console.Sink
		return b.send(http.MethodPut, ofContoso+"sinks/"+name, body, map[string]string{"If-Match": b.read(ofContoso+"sinks/"+name, &s)}).Code
	}
	w := admin.send(http.MethodPost, ofContoso+"sinks", `{"name":"mine","kind":"webhook","url":"https://mine.example/in","records":true}`, nil)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "have an owner add it") {
		t.Errorf("an admin adds one: %d %s", w.Code, w.Body)
	}
	want(t, admin.send(http.MethodPost, ofContoso+"sinks", `{"name":"mine","kind":"webhook","url":"https://mine.example/in"}`, nil), http.StatusCreated)
	want(t, owner.send(http.MethodPost, ofContoso+"sinks", `{"name":"soc","kind":"webhook","url":"https://soc.example/in","records":true}`, nil), http.StatusCreated)
	for _, try := range []struct {
		name, sink, body string
		code             int
	}{
		{"records of one that has none", "mine", `{"kind":"webhook","url":"https://mine.example/in","records":true}`, http.StatusForbidden},
		{"another path", "soc", `{"kind":"webhook","url":"https://soc.example/mine","records":true}`, http.StatusForbidden},
		{"another kind", "soc", `{"kind":"otlp","url":"https://soc.example/in","records":true}`, http.StatusForbidden},
		{"how often", "soc", `{"kind":"webhook","url":"https://soc.example/in","records":true,"everySeconds":600}`, http.StatusOK},
		{"no more records", "soc", `{"kind":"webhook","url":"https://soc.example/in"}`, http.StatusOK},
		{"records again", "soc", `{"kind":"webhook","url":"https://soc.example/in","records":true}`, http.StatusForbidden},
	} {
		if code := put(admin, try.sink, try.body); code != try.code {
			t.Errorf("%s: %d, want %d", try.name, code, try.code)
		}
	}
	if code := put(owner, "soc", `{"kind":"webhook","url":"https://soc.example/in","records":true}`); code != http.StatusOK {
		t.Errorf("an owner: %d", code)
	}
}

// sink is one of Contoso's.
func (r *rig) sink(name string) tenants.Sink {
	for _, s := range r.access[r.contoso.ID].Sinks {
		if s.Name == name {
			return s
		}
	}
	return tenants.Sink{}
}

func TestSinkIsTried(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	for name, said := range map[string]string{"well": `"arrived":true`, "away": "away.example could not be reached"} {
		want(t, b.send(http.MethodPost, ofContoso+"sinks", `{"name":"`+name+`","kind":"mailbox","email":"a@b.example"}`, nil), http.StatusCreated)
		if w := b.send(http.MethodPost, ofContoso+"sinks/"+name+"/test", "", nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), said) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	want(t, b.send(http.MethodPost, ofContoso+"sinks", `{"name":"busy","kind":"mailbox","email":"a@b.example"}`, nil), http.StatusCreated)
	want(t, b.send(http.MethodPost, ofContoso+"sinks/busy/test", "", nil), http.StatusTooManyRequests)
}

func TestSinksAreForAdmins(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	want(t, r.as(t, r.person(r.contoso, tenants.Admin)).send(http.MethodPost, ofContoso+"sinks", `{"name":"hook","kind":"webhook","url":"https://hooks.example/key"}`, nil), http.StatusCreated)
	viewer := r.as(t, r.person(r.contoso, tenants.Viewer))
	for _, path := range []string{"sinks", "sinks/hook"} {
		if w := viewer.get(ofContoso + path); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "/key") {
			t.Errorf("a viewer reads %d %s", w.Code, w.Body)
		}
	}
	for _, path := range []string{"sinks/hook/status", "sink-statuses"} {
		want(t, viewer.get(ofContoso+path), http.StatusOK)
	}
	for _, body := range []string{`{"name":"a","kind":"mailbox","email":"a@b.example"}`} {
		want(t, viewer.send(http.MethodPost, ofContoso+"sinks", body, nil), http.StatusForbidden)
	}
	want(t, viewer.send(http.MethodPut, ofContoso+"sinks/hook/credential", `{"secret":"x"}`, map[string]string{"If-Match": `"x"`}), http.StatusForbidden)
	want(t, viewer.send(http.MethodPost, ofContoso+"sinks/hook/secret", "", nil), http.StatusForbidden)
	want(t, viewer.send(http.MethodPost, ofContoso+"sinks/hook/test", "", nil), http.StatusForbidden)
}

func TestWrongSinksAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	for body, path := range map[string]string{
		`{"name":"a","kind":"webhook"}`:                                   "url",
		`{"name":"a","kind":"webhook","url":"https://10.0.0.1/"}`:         "url",
		`{"name":"a","kind":"storage","url":"https://a.example/c?sig=x"}`: "url",
		`{"name":"a","kind":"sentinel","url":"https://attacker.example","rule":"dcr-0123456789abcdef0123456789abcdef","stream":"Custom-A"}`:                     "url",
		`{"name":"a","kind":"sentinel","url":"https://x.ingest.monitor.azure.com.attacker.example","rule":"dcr-0123456789abcdef0123456789abcdef","stream":"A"}`: "url",
		`{"name":"a","kind":"sentinel","url":"https://a.b.ingest.monitor.azure.com","rule":"../x","stream":"Custom-A"}`:                                         "rule",
		`{"name":"a","kind":"sentinel","url":"https://a.b.ingest.monitor.azure.com","rule":"dcr-0123456789abcdef0123456789abcdef","stream":"a/../b"}`:           "stream",
		`{"name":"a","kind":"syslog","url":"tls://siem.example:22"}`:                                                                                            "url",
		`{"name":"a","kind":"syslog","url":"tls://127.0.0.1"}`:                                                                                                  "url",
		`{"name":"a","kind":"syslog","url":"https://siem.example"}`:                                                                                             "url",
		`{"name":"a","kind":"otlp","url":"https://a.example/v1/logs","header":"Host"}`:                                                                          "header",
		`{"name":"a","kind":"otlp","url":"https://a.example/v1/logs?api_key=x"}`:                                                                                "url",
		`{"name":"a","kind":"mailbox","email":"a@b.example","records":true}`:                                                                                    "records",
		`{"name":"a","kind":"mailbox","email":"a@b.example","checkpoints":false}`:                                                                               "checkpoints",
		`{"name":"a","kind":"mailbox","email":"a@b.example","url":"https://a.example"}`:                                                                         "url",
		`{"name":"a","kind":"mailbox","email":"a@b.example","keyId":"x"}`:                                                                                       "keyId",
		`{"name":"a","kind":"storage","url":"https://a.example/c","keyId":"x"}`:                                                                                 "region",
	} {
		w := b.send(http.MethodPost, ofContoso+"sinks", body, nil)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), path) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if n := len(r.access[r.contoso.ID].Sinks); n != 2 {
		t.Errorf("%d sinks were added", n-2)
	}
}
