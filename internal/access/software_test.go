package access_test

import (
	"strings"
	"testing"

	"gatehouse/internal/access"
)

func TestClientsAreListedBySoftware(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"https://claude.ai", "https://a-b.example:8443", "https://[2001:db8::1]", "https://xn--bcher-kva.example", "https://claude.ai/client.json",
		"Cursor <cursor://anysphere.cursor-mcp/oauth/callback> <http://localhost/callback> <https://www.cursor.com/agents/mcp/oauth/callback>",
		"unnamed <http://[::1]/cb>", "Größe (東京) <com.example.app:/cb?x=y>", strings.Repeat("a", 60) + " <https://a.example>",
	} {
		if err := access.CheckClientID(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	for what, id := range map[string]string{
		"no redirect": "Cursor", "empty redirect": "Cursor <>", "no name": " <https://a.example>", "only a redirect": "<https://a.example>", "no end": "A <https://a.example",
		"more behind": "A <https://a.example> ", "no space between": "A <https://a.example><https://b.example>", "another order": "A <https://b.example> <https://a.example>",
		"a redirect twice": "A <https://a.example> <https://a.example>", "a port of this machine": "A <http://localhost:33418/cb>", "a port of its address": "A <http://[::1]:1/cb>",
		"a space in the name": "A  <https://a.example>", "a long name": strings.Repeat("a", 61) + " <https://a.example>", "a bracket in the name": "A> <https://a.example>",
		"an invisible name": "A\u200b <https://a.example>", "a space in a redirect": "A <https://a.example/a b>", "no scheme": "A <//a.example>", "no URI": "A <a>", "only a scheme": "A <https:>",
		"other characters": "A <https://a.example/ä>", "capitals": "A <HTTPS://a.example/>", "too much": "A <https://a.example/" + strings.Repeat("a", access.MaxClientID) + ">",
	} {
		if err := access.CheckClientID(id); err == nil {
			t.Errorf("%s is taken: %q", what, id)
		}
	}
}
