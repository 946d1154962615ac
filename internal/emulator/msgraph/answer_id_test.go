package msgraph_test

import (
	"strings"
	"testing"

	"gatehouse/internal/emulator/msgraph"
)

func TestOnlyGUIDsAreSaidBackAsRequestIDs(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "User.Read")
	id := func(sent string) string {
		a := g.ok(token, "/v1.0/me", "Client-Request-Id", sent)
		return a.header.Get("Client-Request-Id")
	}
	for _, sent := range []string{nora, strings.ToUpper(nora)} {
		if got := id(sent); got != sent {
			t.Errorf("%q is said back as %q", sent, got)
		}
	}
	for _, sent := range []string{"mine", "{" + nora + "}", nora + "x", strings.ReplaceAll(nora, "-", ""), "<script>"} {
		got := id(sent)
		if strings.Contains(got, sent) || len(got) != len(nora) {
			t.Errorf("%q is said back as %q", sent, got)
		}
	}
}
