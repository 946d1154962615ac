package msgraph_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/msgraph/throttle"
	"gatehouse/internal/emulator/seed"
)

const (
	controlToken = "control-token-of-the-tests"
)

// bench is an emulator reached without sockets.
type bench struct {
	*emulator.Emulator
	t *testing.T
}

func newBench(t *testing.T, change ...func(*emulator.Options)) *bench {
	t.Helper()
	o := emulator.Options{
		EntraURL: loginURL, GraphURL: rootURL, ControlToken: controlToken, Tenants: twoTenants(), Now: func() time.Time { return noon },
	}
	for _, c := range change {
		c(&o)
	}
	e, err := emulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return &bench{Emulator: e, t: t}
}

// plenty is more than fuzzing spends while the clock stands still.
const plenty = 1 << 40

var common = sync.OnceValues(func() (*emulator.Emulator, error) {
	return emulator.New(emulator.Options{
		EntraURL: loginURL, GraphURL: rootURL, ControlToken: controlToken, Tenants: twoTenants(), Now: func() time.Time { return noon },
		GraphLimits: throttle.Limits{Small: plenty, Medium: plenty, Large: plenty, App: plenty, Writes: plenty},
	})
})

// commonBench is one emulator for the tests that change nothing in it.
func commonBench(t *testing.T) *bench {
	t.Helper()
	e, err := common()
	if err != nil {
		t.Fatal(err)
	}
	return &bench{Emulator: e, t: t}
}

func (b *bench) send(handler http.Handler, r *http.Request) answer {
	b.t.Helper()
	out := httptest.NewRecorder()
	handler.ServeHTTP(out, r)
	answer := answer{status: out.Code, header: out.Header(), text: out.Body.String()}
	_ = json.Unmarshal(out.Body.Bytes(), &answer.json) // some have no body
	return answer
}

// call sends a request to Graph; address is a path below /v1.0 or a whole URL.
func (b *bench) call(token, method, address, body string, headers ...string) answer {
	b.t.Helper()
	if !strings.HasPrefix(address, "http") {
		address = rootURL + "/v1.0/" + address
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, strings.ReplaceAll(address, " ", "%20"), strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.RequestURI = r.URL.RequestURI()
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.send(b.Graph(), r)
}

// must sends a request that has to end with a status.
func (b *bench) must(status int, token, method, address, body string, headers ...string) answer {
	b.t.Helper()
	a := b.call(token, method, address, body, headers...)
	if a.status != status {
		b.t.Fatalf("%s %s: got %d %s, want %d", method, address, a.status, a.text, status)
	}
	return a
}

func (b *bench) tokens(tid string, form url.Values) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, loginURL+"/"+tid+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(b.Entra(), r)
}

// app is a token an app has for itself at Graph.
func (b *bench) app(client, secret string) string {
	b.t.Helper()
	a := b.tokens(contosoID, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {secret}, "scope": {"https://graph.microsoft.com/.default"},
	})
	if a.status != http.StatusOK {
		b.t.Fatalf("token for %s: %d %s", client, a.status, a.text)
	}
	return a.json["access_token"].(string)
}

func (b *bench) worker() string { b.t.Helper(); return b.app(workerID, "worker-secret") }

// person is somebody's token for Graph through the Azure CLI.
func (b *bench) person(name, scope string) string {
	b.t.Helper()
	a := b.password(name, scope)
	if a.status != http.StatusOK {
		b.t.Fatalf("token for %s: %d %s", name, a.status, a.text)
	}
	return a.json["access_token"].(string)
}

func (b *bench) password(name, scope string) answer {
	b.t.Helper()
	return b.tokens(contosoID, url.Values{
		"grant_type": {"password"}, "client_id": {seed.AzureCLI}, "scope": {scope}, "username": {name + "@contoso.example"}, "password": {"pw-" + name},
	})
}

func (b *bench) control(path, body string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, loginURL+"/_control/"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+controlToken)
	return b.send(b.Entra(), r)
}

// field follows names into an object.
func field(value any, names ...string) any {
	for _, name := range names {
		inside, _ := value.(map[string]any)
		value = inside[name]
	}
	return value
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
