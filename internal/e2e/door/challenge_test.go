package door_test

import (
	"net/http"
	"regexp"
	"testing"
)

// challenge is a WWW-Authenticate header of the scheme Bearer.
type challenge struct{ code, description, metadata, scope string }

var parameter = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)

// challenge reads the reply's challenge; a reply without one fails the test.
func (r reply) challenge(t *testing.T) challenge {
	t.Helper()
	values := r.header.Values("WWW-Authenticate")
	if len(values) != 1 || len(values[0]) < 7 || values[0][:7] != "Bearer " {
		t.Fatalf("status %d, WWW-Authenticate %q, want one Bearer challenge", r.status, values)
	}
	found := map[string]string{}
	for _, p := range parameter.FindAllStringSubmatch(values[0], -1) {
		if _, twice := found[p[1]]; twice {
			t.Errorf("challenge names %s twice: %s", p[1], values[0])
		}
		found[p[1]] = p[2]
	}
	return challenge{found["error"], found["error_description"], found["resource_metadata"], found["scope"]}
}

// challenged fails the test unless the reply is 401 with a complete challenge
// of that error; no error means that no token was presented.
func (k *stack) challenged(t *testing.T, r reply, slug, code string) challenge {
	t.Helper()
	if r.status != http.StatusUnauthorized {
		t.Fatalf("status %d, want 401: %.300s", r.status, r.body)
	}
	c := r.challenge(t)
	k.complete(t, c, slug)
	if c.code != code || (code == "") != (c.description == "") {
		t.Errorf("challenge says %q, %q, want the error %q", c.code, c.description, code)
	}
	return c
}

// complete checks what every challenge says.
func (k *stack) complete(t *testing.T, c challenge, slug string) {
	t.Helper()
	if want := k.places.Base + "/.well-known/oauth-protected-resource/t/" + slug + "/mcp"; c.metadata != want {
		t.Errorf("resource_metadata is %q, want %q", c.metadata, want)
	}
	if want := k.orgs[slug].Connection.QualifiedScope(); c.scope != want {
		t.Errorf("scope is %q, want %q", c.scope, want)
	}
}
