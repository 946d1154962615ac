package demo_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/demo"
	"gatehouse/internal/demo/browser"
)

// started is a demo world that serves until the test ends.
func started(t *testing.T) *demo.Stack {
	t.Helper()
	return startedOn(t, t.TempDir())
}

// startedOn is one that keeps its things in a directory.
func startedOn(t *testing.T, data string) *demo.Stack {
	t.Helper()
	s, err := demo.Start(t.Context(), demo.Settings{
		Listen: "localhost:0", Entra: "localhost:0", Graph: "localhost:0", Data: data, Progress: t.Output(), Logs: t.Output(), LogLevel: slog.LevelWarn,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

func person(t *testing.T, slug, name string) demo.Person {
	t.Helper()
	for _, c := range demo.Companies() {
		for _, p := range c.People {
			if c.Slug.String() == slug && strings.HasPrefix(p.Username, name+"@") {
				return p
			}
		}
	}
	t.Fatalf("%s has no %s", slug, name)
	return demo.Person{}
}

// TestCommandsSayWhatThereIs names what is not there to the commands that look
// into a running demo.
func TestCommandsSayWhatThereIs(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := startedOn(t, data).WriteFile(data); err != nil {
		t.Fatal(err)
	}
	ada := demo.Adatum().Admin.Username
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"a scope":         {demo.SignIn(t.Context(), demo.Visit{Data: data, Username: ada, Scopes: "aplications"}, io.Discard), "scopes: known are " + strings.Join(demo.Scopes, ", ") + "."},
		"a person":        {demo.SignIn(t.Context(), demo.Visit{Data: data, Username: "nobody"}, io.Discard), ada},
		"a number":        {demo.PrintLog(t.Context(), demo.LogQuery{Data: data, Slug: "contoso", Last: -1}, io.Discard), "0 is all of them"},
		"an organization": {demo.PrintLog(t.Context(), demo.LogQuery{Data: data, Slug: "nosuch"}, io.Discard), "there are contoso, fabrikam"},
	} {
		if c.err == nil || !strings.HasSuffix(c.err.Error(), c.says) && name != "a person" || !strings.Contains(c.err.Error(), c.says) || strings.Contains(c.err.Error(), "<") {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	var out strings.Builder
	if err := demo.SignIn(t.Context(), demo.Visit{Data: data, Username: ada, Scopes: strings.Join(demo.Scopes, " ")}, &out); err != nil || !strings.Contains(out.String(), "=") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// TestLogIsPrintedWithTheNewestLast, whole or what matters of it.
func TestLogIsPrintedWithTheNewestLast(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startedOn(t, data)
	if err := s.WriteFile(data); err != nil {
		t.Fatal(err)
	}
	lines := func(q demo.LogQuery) []string {
		t.Helper()
		q.Data, q.Slug = data, "contoso"
		var out strings.Builder
		if err := demo.PrintLog(t.Context(), q, &out); err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(out.String()), "\n")
	}
	whole, short, last := lines(demo.LogQuery{Whole: true}), lines(demo.LogQuery{}), lines(demo.LogQuery{Last: 2})
	if len(whole) < 3 || len(short) != len(whole) || len(last) != 2 || !slices.Equal(strings.Fields(last[1]), strings.Fields(short[len(short)-1])) {
		t.Fatalf("%d, %d and %d lines: %q", len(whole), len(short), len(last), last)
	}
	before := ""
	for i, line := range whole {
		var r struct{ ID, At, Kind string }
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.At < before {
			t.Fatalf("%v, %s after %s: %s", err, r.At, before, line)
		}
		before = r.At
		if !strings.HasSuffix(short[i], r.ID) || !strings.Contains(short[i], r.Kind) || !strings.HasPrefix(short[i], strings.Replace(r.At[:19], "T", " ", 1)) || strings.Contains(short[i], "{") {
			t.Errorf("%s is %q", line, short[i])
		}
	}
}

// TestSigningInEndsAtAPage that says where somebody belongs.
func TestSigningInEndsAtAPage(t *testing.T) {
	t.Parallel()
	s := started(t)
	b := signIn(t, s, person(t, "contoso", "carol"), "")
	status, _, text := get(t, b, s.Places.Base+"/")
	for _, part := range []string{"You are signed in", "carol@contoso.example", "<strong>owner</strong>", s.Places.Base + "/t/contoso/mcp", "AI apps that act for you"} {
		if status != http.StatusOK || !strings.Contains(text, part) {
			t.Errorf("the page does not say %q: %d %s", part, status, text)
		}
	}
	if status, _, text := get(t, b, s.Places.Base+"/onboarding/contoso"); status != http.StatusOK || !strings.Contains(text, "Setting up Contoso") {
		t.Errorf("how far it is: %d %s", status, text)
	}
}

// signIn walks the sign-in as a browser does and returns that browser.
func signIn(t *testing.T, s *demo.Stack, p demo.Person, query string) *browser.Browser {
	t.Helper()
	b := browser.New(http.DefaultTransport, s.Places.Entra, p.OID.String())
	status, to, _ := get(t, b, s.Places.Base+"/auth/sign-in"+query)
	if status != http.StatusSeeOther || !strings.HasPrefix(to, s.Places.Entra+"/") {
		t.Fatalf("sign-in answers %d, to %s", status, to)
	}
	back, _, err := b.SignIn(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	status, to, text := get(t, b, back.URL.String())
	if status != http.StatusSeeOther || to != "/" {
		t.Fatalf("the callback answers %d, to %s: %s", status, to, text)
	}
	return b
}

func get(t *testing.T, b *browser.Browser, address string) (status int, location, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := b.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(text)
}

func TestDemoHasAConsole(t *testing.T) {
	t.Parallel()
	s := started(t)
	nobody := browser.New(http.DefaultTransport, s.Places.Entra, "")
	for path, want := range map[string]string{"/api/openapi.yaml": "openapi: 3", "/org.schema.json": "$schema", "/healthz": "ok"} {
		if status, _, text := get(t, nobody, s.Places.Base+path); status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s answers %d: %.200s", path, status, text)
		}
	}
	if status, _, text := get(t, nobody, s.Places.Base+"/api/session"); status != http.StatusUnauthorized {
		t.Errorf("without a session: %d %s", status, text)
	}
	for _, row := range []struct {
		person demo.Person
		query  string
		path   string
		status int
	}{
		{person(t, "contoso", "carol"), "", "/api/organizations/contoso/configuration", http.StatusOK},
		{person(t, "contoso", "dan"), "", "/api/organizations/contoso", http.StatusOK},
		{person(t, "contoso", "bob"), "", "/api/organizations/contoso", http.StatusForbidden},
		{person(t, "contoso", "carol"), "", "/api/organizations/fabrikam", http.StatusNotFound},
		{person(t, "contoso", "carol"), "", "/api/operator/organizations", http.StatusForbidden},
		{demo.Platform().Person, "", "/api/operator/organizations", http.StatusOK},
		{person(t, "contoso", "carol"), "?scopes=groups", "/api/organizations/contoso/groups?search=Fin", http.StatusOK},
		{person(t, "contoso", "erin"), "?tenant=contoso", "/api/session", http.StatusOK},
	} {
		b := signIn(t, s, row.person, row.query)
		status, _, text := get(t, b, s.Places.Base+"/api/session")
		var session struct {
			Name string
		}
		if err := json.Unmarshal([]byte(text), &session); err != nil || status != http.StatusOK || session.Name != row.person.Name {
			t.Errorf("session of %s: %d %s", row.person.Username, status, text)
		}
		begin := time.Now()
		if status, _, text := get(t, b, s.Places.Base+row.path); status != row.status {
			t.Errorf("%s of %s answers %d after %s: %s", row.path, row.person.Username, status, time.Since(begin), text)
		}
	}
}
