package tenants_test

import (
	"testing"

	"gatehouse/internal/tenants"
)

func TestOriginsAreAsBrowsersWriteThem(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"https://a.example", "https://a-b.example:8443", "https://a_b.example", "https://xn--bcher-kva.example", "https://192.0.2.1",
		"https://[2001:db8::1]:444", "http://localhost", "http://localhost:3000", "http://127.0.0.1:8081", "http://[::1]:3000",
	} {
		if err := tenants.CheckOrigin(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "*", "null", "a.example", "https://", "https://a.example/", "https://a.example?", "https://a.example#", "https://A.example", "HTTPS://a.example",
		"https://a.example:", "https://a.example:443", "https://a.example:0", "https://a.example:x", "https://u@a.example", "https://bücher.example",
		"http://a.example", "http://localhost:80", "http://localhost.example", "ftp://a.example", "https://a.example https://b.example", "https://a.example\n",
	} {
		if err := tenants.CheckOrigin(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
