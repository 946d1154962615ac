package authserver_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/authserver"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const (
	assistant = "https://a.example/client.json"
	ours      = "gh_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func TestRegisteredClientIsKnownByItsId(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	r.kept[ours] = connections.Registered{ID: ours, Name: "mcp-remote", Redirects: []string{"http://localhost:3334/cb"}}
	c, err := r.client(t, ours)
	if err != nil || c.ID != ours || c.Name != "mcp-remote" || c.Software != "mcp-remote <http://localhost/cb>" || c.Verified() || !slices.Equal(c.Redirects, []string{"http://localhost:3334/cb"}) {
		t.Fatalf("%+v, %v", c, err)
	}
	before := c.Agreed
	c.Redirects[0] = "https://evil.example/"
	r.kept[ours] = connections.Registered{ID: ours, Redirects: r.kept[ours].Redirects}
	if c, err = r.client(t, ours); err != nil || c.Name != "unnamed" || c.Software != "unnamed <http://localhost/cb>" || c.Agreed == before {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestUnknownClientIsNotFound(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	for _, id := range []string{
		ours, "", "gh_", "gh_short", ours + "A", "gh_ABCDEFGHIJKLMNOPQRSTUVWXY\x00", "gh_ABCDEFGHIJKLMNOPQRSTUVWXY'", "GH_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		"aebc6443-996d-45c2-90f0-388ff96faa56", "http://a.example/client.json", "HTTPS://a.example/client.json", "javascript:alert(1)", strings.Repeat("a", 1<<16),
	} {
		r.kept[id] = connections.Registered{ID: id}
		delete(r.kept, ours)
		c, err := r.client(t, id)
		if err == nil || fault.KindOf(err) != fault.NotFound || c.ID != "" || len(fault.Public(err)) > 400 {
			t.Errorf("%.80q: %+v, %v", id, c, err)
		}
	}
	if r.web.times() != 0 {
		t.Error("somebody was asked for what is no document")
	}
}

func TestClientOfADocumentIsItsHosts(t *testing.T) {
	t.Parallel()
	const elsewhere = "https://b.example/c"
	r := newRegistrar(t)
	r.web.publish(assistant)
	r.web.publish(elsewhere)
	c, err := r.client(t, assistant)
	if err != nil || c.ID != assistant || c.Name != "Assistant" || c.Host != "a.example" || !c.Verified() || c.Software != assistant ||
		!slices.Equal(c.Redirects, []string{"https://a.example/cb", "http://localhost/cb"}) {
		t.Fatalf("%+v, %v", c, err)
	}
	c.Redirects[0] = "https://evil.example/"
	if again, err := r.client(t, assistant); err != nil || again.Redirects[0] != "https://a.example/cb" {
		t.Errorf("%+v, %v", again, err)
	}
	if c, err = r.client(t, elsewhere); err != nil || c.Host != "b.example" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestNobodyIsAskedForADocumentThatCannotBeOne(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	for _, id := range []string{
		"https://a.example", "https://a.example/c#x", "https://u@a.example/c", "https://a.example/../c", "https://A.example/c", "https://2130706433/c",
		"https://a.example/" + strings.Repeat("a", connections.MaxID),
	} {
		r.web.publish(id)
		if c, err := r.client(t, id); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%.80q: %+v, %v", id, c, err)
		}
	}
	if r.web.times() != 0 {
		t.Errorf("somebody was asked %d times", r.web.times())
	}
}

func TestListGovernsDocumentsAndHosts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want   string
		listed []string
	}{
		{assistant, []string{"https://b.example", "https://a.example:8443", "https://a.example/other"}},
		{"https://a.example", []string{"https://a.example"}},
		{assistant, []string{"https://a.example", assistant}},
	} {
		r := newRegistrar(t, c.listed...)
		r.web.publish(assistant)
		if got, err := r.client(t, assistant); err != nil || got.Software != c.want {
			t.Errorf("listed %q: software is %q, want %q, %v", c.listed, got.Software, c.want, err)
		}
	}
}

func TestSoftwareThatIsNotListedWaits(t *testing.T) {
	t.Parallel()
	const remote = "mcp-remote <http://localhost/cb>"
	snap := viewOf(t, tenants.NewID(), "https://a.example", remote)
	for software, want := range map[string]bool{"https://a.example": true, remote: true, assistant: false, "mcp-remote <http://127.0.0.1/cb>": false, "": false} {
		for _, unknown := range []tenants.Admission{"", tenants.Refuse} {
			snap.Organization.UnknownClients = unknown
			if authserver.Admits(snap, software) != want {
				t.Errorf("%q is admitted: %v", software, !want)
			}
		}
	}
	snap.Organization.UnknownClients = tenants.Admit
	if !authserver.Admits(snap, assistant) {
		t.Error("software waits where all of it is admitted")
	}
}
