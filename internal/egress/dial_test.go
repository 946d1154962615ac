package egress_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

func TestDialerConnectsToPublicAddressesOnly(t *testing.T) {
	t.Parallel()
	for address, permitted := range map[string]bool{
		"93.184.215.14:443":              true,
		"[2606:4700::6810:84e5]:443":     true,
		"93.184.215.14:80":               false,
		"93.184.215.14:25":               false,
		"[2606:4700::6810:84e5]:6379":    false,
		"127.0.0.1:443":                  false,
		"127.9.9.9:443":                  false,
		"0.0.0.0:443":                    false,
		"10.0.0.1:443":                   false,
		"172.16.0.1:443":                 false,
		"192.168.1.1:443":                false,
		"100.64.0.1:443":                 false,
		"169.254.169.254:443":            false,
		"168.63.129.16:443":              false,
		"[::ffff:168.63.129.16]:443":     false,
		"168.63.129.17:443":              true,
		"224.0.0.1:443":                  false,
		"255.255.255.255:443":            false,
		"[::]:443":                       false,
		"[::1]:443":                      false,
		"[::ffff:127.0.0.1]:443":         false,
		"[::ffff:169.254.169.254]:443":   false,
		"[64:ff9b::7f00:1]:443":          false,
		"[2002:7f00:1::]:443":            false,
		"[fd00::1]:443":                  false,
		"[fd00:ec2::254]:443":            false,
		"[fe80::1]:443":                  false,
		"[ff02::1]:443":                  false,
		"somewhere.example:443":          false,
		"/var/run/postgresql/.s.PGSQL.1": false,
	} {
		for _, loopback := range []egress.Loopback{egress.RefuseLoopback, egress.AllowLoopback} {
			want := permitted || loopback == egress.AllowLoopback && isOurs(address)
			err := egress.Guard(loopback, "tcp4", address)
			if want != (err == nil) || err != nil && !errors.Is(err, egress.ErrDestination) {
				t.Errorf("%s with loopback %d: %v, want permitted = %v", address, loopback, err, want)
			}
		}
	}
}

// isOurs lists the addresses above that allowing loopback opens.
func isOurs(address string) bool {
	return address == "127.0.0.1:443" || address == "127.9.9.9:443" || address == "[::1]:443"
}

func TestClientOfTheMachineReachesNothingElse(t *testing.T) {
	t.Parallel()
	for address, permitted := range map[string]bool{
		"169.254.169.254:80": true, "169.254.129.2:8081": true, "127.0.0.1:42356": true, "[::1]:42356": true,
		"93.184.215.14:443": false, "93.184.215.14:80": false, "10.0.0.1:80": false, "192.168.1.1:80": false, "[fe80::1]:80": false,
		"[::ffff:169.254.169.254]:80": false, "somewhere.example:80": false,
	} {
		if err := egress.Guard(egress.OnlyMachine, "tcp4", address); permitted != (err == nil) || err != nil && !errors.Is(err, egress.ErrDestination) {
			t.Errorf("%s: %v, want permitted = %v", address, err, permitted)
		}
	}
	client, err := egress.New(egress.Options{Loopback: egress.OnlyMachine, Timeout: time.Second, MaxResponseBytes: 1, Tracer: noop.NewTracerProvider().Tracer("")})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"http://metadata.example/", "http://10.0.0.1/", "ftp://169.254.169.254/", "http://me@169.254.169.254/"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Do(t.Context(), req); !errors.Is(err, egress.ErrDestination) {
			t.Errorf("%s: %v, want ErrDestination", address, err)
		}
	}
}

func TestDialerSpeaksTCPOnly(t *testing.T) {
	t.Parallel()
	if err := egress.Guard(egress.RefuseLoopback, "udp4", "93.184.215.14:443"); !errors.Is(err, egress.ErrDestination) {
		t.Errorf("error = %v, want ErrDestination", err)
	}
}

func TestLoopbackTakesAnyPortWhenAllowed(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:8081", "[::1]:8082"} {
		if err := egress.Guard(egress.AllowLoopback, "tcp4", address); err != nil {
			t.Error(err)
		}
	}
}

func TestClientRefusesDestination(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		loopback egress.Loopback
		url      string
	}{
		{egress.RefuseLoopback, "https://127.0.0.1/"},
		{egress.RefuseLoopback, "https://localhost/"},
		{egress.RefuseLoopback, "https://[::ffff:127.0.0.1]/"},
		{egress.RefuseLoopback, "https://0.0.0.0/"},
		{egress.RefuseLoopback, "https://169.254.169.254/"},
		{egress.RefuseLoopback, "https://[fd00::1]/"},
		{egress.RefuseLoopback, "http://localhost/"},
		{egress.AllowLoopback, "https://169.254.169.254/"},
		{egress.AllowLoopback, "http://93.184.215.14/"},
		{egress.AllowLoopback, "http://localhost.example/"},
		{egress.AllowLoopback, "https://user:word@localhost/"},
		{egress.AllowLoopback, "file:///etc/passwd"},
		{egress.AllowLoopback, "gopher://localhost/"},
	} {
		t.Run(row.url, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, row.loopback).Do(t.Context(), get(t, row.url))
			if fault.KindOf(err) != fault.Upstream || !errors.Is(err, egress.ErrDestination) {
				t.Errorf("error = %v, want Upstream with ErrDestination in its chain", err)
			}
		})
	}
}

func TestRefusalLooksLikeSilenceToTheCaller(t *testing.T) {
	t.Parallel()
	server := newServer(t, nil)
	closed := server.URL
	server.Close()
	_, silent := newClient(t, egress.AllowLoopback).Do(t.Context(), get(t, closed))
	_, refused := newClient(t, egress.RefuseLoopback).Do(t.Context(), get(t, closed))
	if errors.Is(silent, egress.ErrDestination) || !errors.Is(refused, egress.ErrDestination) {
		t.Fatalf("errors = %v and %v", silent, refused)
	}
	if fault.Public(silent) != fault.Public(refused) {
		t.Errorf("texts differ: %q and %q", fault.Public(silent), fault.Public(refused))
	}
}
