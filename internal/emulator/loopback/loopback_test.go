package loopback_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/emulator/loopback"
)

func TestTransportReachesThisMachineOnly(t *testing.T) {
	t.Parallel()
	here := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(here.Close)
	transport := loopback.Transport(nil)
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	resp, err := client.Get(here.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	for _, away := range []string{"http://192.0.2.1/", "https://[2001:db8::1]/", "http://169.254.169.254/metadata", "http://0.0.0.0:1/"} {
		resp, err := client.Get(away)
		if err == nil {
			_ = resp.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "is not on this machine") {
			t.Errorf("%s: %v", away, err)
		}
	}
}

func TestHostsOfThisMachine(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "::1": true, "[::1]": true,
		"127.0.0.2": false, "localhost.example": false, "0.0.0.0": false, "": false, "example.com": false,
	} {
		if loopback.Host(name) != want {
			t.Errorf("%q is %t", name, !want)
		}
	}
}
