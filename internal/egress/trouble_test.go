package egress_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/egress"
)

func TestTroubleIsToldByItsKind(t *testing.T) {
	t.Parallel()
	closed := newServer(t, nil)
	plain := newServer(t, func(http.ResponseWriter, *http.Request) {})
	strange := newPublicServer(t, func(http.ResponseWriter, *http.Request) {})
	closed.Close()
	for name, row := range map[string]struct {
		url  string
		want egress.Trouble
	}{
		"a closed port":             {closed.URL, egress.Unconnected},
		"a private address":         {"https://10.0.0.1/", egress.NotPermitted},
		"a scheme":                  {"http://example.com/", egress.NotPermitted},
		"a strange certificate":     {strange.URL, egress.Untrusted},
		"no TLS":                    {strings.Replace(plain.URL, "http:", "https:", 1), egress.Untrusted},
		"a redirect":                {sendOn(t, http.StatusTemporaryRedirect, "https://away.example/").URL, egress.Redirected},
		"a redirect to a GET":       {sendOn(t, http.StatusFound, "/there").URL, egress.Redirected},
		"redirects without an end":  {sendOn(t, http.StatusPermanentRedirect, "/again").URL, egress.Redirected},
		"a connection that is shut": {newServer(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }).URL, egress.Broken},
	} {
		if err := refused(t, newClient(t, egress.AllowLoopback), post(t, row.url, "x"), patient); egress.TroubleOf(err) != row.want {
			t.Errorf("%s: trouble %d, want %d: %v", name, egress.TroubleOf(err), row.want, err)
		}
	}
}

func TestNameThatDoesNotResolveIsTold(t *testing.T) {
	t.Parallel()
	client := newClient(t, egress.AllowLoopback)
	egress.Redial(client, newResolver(t, func() net.IP { return nil }), "")
	if err := refused(t, client, get(t, "https://nowhere.example/"), patient); egress.TroubleOf(err) != egress.Unresolved {
		t.Errorf("trouble %d: %v", egress.TroubleOf(err), err)
	}
}
