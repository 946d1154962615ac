package connections_test

import (
	"strings"
	"testing"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
)

func TestIdOfADocumentIsItsURL(t *testing.T) {
	t.Parallel()
	for id, host := range map[string]string{
		"https://claude.ai/oauth/client.json": "https://claude.ai", "https://a.example/": "https://a.example", "https://a.example/c?x=y": "https://a.example", "https://localhost:8443/c": "https://localhost:8443", "https://127.0.0.1:8443/c": "https://127.0.0.1:8443",
		"https://a.example/" + strings.Repeat("a", connections.MaxID-len("https://a.example/")): "https://a.example",
	} {
		if err := connections.CheckDocumentURL(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		if got := connections.HostEntry(id); got != host {
			t.Errorf("%s is listed as %q", id, got)
		}
	}
	for id, word := range map[string]string{
		"": "absolute", "http://a.example/c": "https", "http://localhost/c": "https", "cursor://a/c": "https", "https://a.example": "path", "https://a.example?x": "path",
		"https://a.example/c#": "fragment", "https://a.example/c#x": "fragment", "https://u@a.example/c": "user", "https://u:p@a.example/c": "user",
		"https://a.example/../c": "segment", "https://a.example/./c": "segment", "https://a.example/%2e%2e/c": "segment", "https://a.example/a%2f..": "segment",
		"https://A.example/c": "host", "https://a.example./c": "host", "https://2130706433/c": "host", "https:///c": "host", "https://a.example:443/c": "port", "https://a.example:8443/c": "port", "https://a.example:22/c": "port", "https://localhost.example:8443/c": "port",
		"https://a.example:0/c": "port", "HTTPS://a.example/c": "lower case", "https://bücher.example/c": "character", "https://a.example/a b": "character",
		"https://a.example\\b/c": "character", "https://a.example/%": "percent", "https:a.example/c": "slash",
		"https://a.example/" + strings.Repeat("a", connections.MaxID): "longer than 2000",
	} {
		err := connections.CheckDocumentURL(id)
		if err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), word) {
			t.Errorf("%q: %v, want a complaint with %q", id, err, word)
		}
	}
}

func TestAgreementIsToNameRedirectsAndKeys(t *testing.T) {
	t.Parallel()
	a := connections.Digest("A", []string{"https://a.example/1", "https://a.example/2"}, []byte("k"))
	if a != connections.Digest("A", []string{"https://a.example/2", "https://a.example/1"}, []byte("k")) {
		t.Error("another order is another client")
	}
	for what, other := range map[string][32]byte{
		"another name":      connections.Digest("B", []string{"https://a.example/1", "https://a.example/2"}, []byte("k")),
		"other keys":        connections.Digest("A", []string{"https://a.example/1", "https://a.example/2"}, nil),
		"one redirect less": connections.Digest("A", []string{"https://a.example/1"}, []byte("k")),
		"one redirect more": connections.Digest("A", []string{"https://a.example/1", "https://a.example/2", "x"}, []byte("k")),
		"redirects as one":  connections.Digest("A", []string{"https://a.example/1https://a.example/2"}, []byte("k")),
	} {
		if a == other {
			t.Errorf("%s is the same client", what)
		}
	}
}
