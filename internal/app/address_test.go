package app

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestAddressIsWhatTrustedProxiesSay(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":                      {"192.0.2.1:5", nil, "192.0.2.1:5"},
		"a stranger writes the header":  {"192.0.2.1:5", []string{"198.51.100.9"}, "192.0.2.1:5"},
		"one proxy":                     {"10.0.0.1:5", []string{"198.51.100.9"}, "198.51.100.9:5"},
		"two proxies":                   {"10.0.0.1:5", []string{"198.51.100.9, 10.0.0.2"}, "198.51.100.9:5"},
		"two headers":                   {"10.0.0.1:5", []string{"198.51.100.9", "10.0.0.2"}, "198.51.100.9:5"},
		"the client writes some itself": {"10.0.0.1:5", []string{"203.0.113.7, 198.51.100.9"}, "198.51.100.9:5"},
		"the client claims a proxy's":   {"10.0.0.1:5", []string{"10.9.9.9, 198.51.100.9"}, "198.51.100.9:5"},
		"garbage":                       {"10.0.0.1:5", []string{"198.51.100.9, unknown, 10.0.0.2"}, "10.0.0.2:5"},
		"nothing":                       {"10.0.0.1:5", nil, "10.0.0.1:5"},
		"with a port":                   {"10.0.0.1:5", []string{"198.51.100.9:4711"}, "198.51.100.9:5"},
		"IPv6":                          {"[fd00::1]:5", []string{"[2001:db8::7]"}, "[2001:db8::7]:5"},
		"mapped IPv4":                   {"[::ffff:10.0.0.1]:5", []string{"198.51.100.9"}, "198.51.100.9:5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.peer
			r.Header["X-Forwarded-For"] = c.forwarded
			var got string
			behind(trusted, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want {
				t.Errorf("the address is %s, want %s", got, c.want)
			}
		})
	}
}
