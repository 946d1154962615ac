package gatehouse_test

import (
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/connections"
)

// FuzzSoftware holds what registrations are called against what organizations may
// list: an admin approves software as it is.
func FuzzSoftware(f *testing.F) {
	f.Add("mcp-remote", "http://localhost:3334/cb", "https://a.example/cb?x=y")
	f.Add("", "cursor://mcp/cb", "com.example.app:/cb")
	f.Add(strings.Repeat("ü<", 50), "http://[::1]:1", "http://127.0.0.1?x")
	f.Fuzz(func(t *testing.T, name, one, other string) {
		if connections.CheckRedirect(one) != nil || connections.CheckRedirect(other) != nil {
			return
		}
		software := connections.SoftwareOf(name, []string{one, other})
		if err := access.CheckClientID(software); len(software) <= connections.MaxSoftware && err != nil {
			t.Fatalf("%q cannot be listed: %v", software, err)
		}
	})
}

func TestListHasRoomForSoftware(t *testing.T) {
	t.Parallel()
	if connections.MaxSoftware != access.MaxClientID || connections.MaxID != access.MaxClientID {
		t.Errorf("software may have %d bytes, ids %d, and the list takes %d", connections.MaxSoftware, connections.MaxID, access.MaxClientID)
	}
	for id, listed := range map[string]string{"https://a.example/c": "https://a.example", "https://a-b.example/c?x": "https://a-b.example", "https://localhost:8443/c?x": "https://localhost:8443", "https://[2001:db8::1]/c": "https://[2001:db8::1]"} {
		if got := connections.HostEntry(id); connections.CheckDocumentURL(id) != nil || access.CheckClientID(id) != nil || got != listed || access.CheckClientID(got) != nil {
			t.Errorf("%s is listed as %q, by its host as %q", id, id, got)
		}
	}
}
