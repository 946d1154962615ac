package demo_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gatehouse/internal/demo"
)

// refused starts an emulator that must not start, and returns what it says.
func refused(t *testing.T, o demo.EmulatorSettings) string {
	t.Helper()
	o.Logs = t.Output()
	e, err := demo.StartEmulator(t.Context(), o)
	if err == nil {
		t.Fatalf("it listens at %s and %s", e.EntraURL, e.GraphURL)
	}
	return err.Error()
}

func TestKeysThatFollowFromATextStayOnThisMachine(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tenants.yaml")
	if err := os.WriteFile(file, []byte("entropy: x\ntenants:\n  - name: Contoso\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]demo.EmulatorSettings{"flag": {Entropy: "x"}, "file": {Config: file}} {
		o.Entra, o.Graph, o.AnyAddress = "localhost:0", "localhost:0", true
		if said := refused(t, o); !strings.Contains(said, "leave the entropy out, or --force-address") {
			t.Errorf("%s: it says %s", name, said)
		}
	}
}

func TestAddressesThatAreNotServedAreRefused(t *testing.T) {
	t.Parallel()
	const elsewhere, nameless = "is not on this machine", "names no host"
	for address, c := range map[string]struct {
		any  bool
		want string
	}{
		"127.0.0.2:0":        {false, elsewhere},
		"emulator.example:0": {false, elsewhere},
		"0.0.0.0:0":          {false, elsewhere},
		"0.0.0.0:28909":      {true, nameless},
		"[::]:0":             {true, nameless},
		"[::ffff:0.0.0.0]:0": {true, nameless},
		"[::%lo]:0":          {true, nameless},
		":0":                 {true, nameless},
		"localhost":          {true, "must be host:port"},
	} {
		o := demo.EmulatorSettings{Entra: address, Graph: "localhost:0", AnyAddress: c.any}
		if said := refused(t, o); !strings.Contains(said, "address ") || !strings.Contains(said, c.want) {
			t.Errorf("%s: it says %s", address, said)
		}
		o.Entra, o.Graph = o.Graph, o.Entra
		if said := refused(t, o); !strings.Contains(said, c.want) {
			t.Errorf("graph at %s: it says %s", address, said)
		}
	}
}

func TestItListensWhereItIsTold(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"127.0.0.1", "localhost", "LOCALHOST"} {
		ctx, stop := context.WithCancel(t.Context())
		e, err := demo.StartEmulator(ctx, demo.EmulatorSettings{Entra: host + ":0", Graph: host + ":0", Logs: t.Output()})
		if err != nil {
			t.Fatal(err)
		}
		_, port, found := strings.Cut(e.EntraURL, "http://"+strings.ToLower(host)+":")
		if !found {
			t.Errorf("%s is called %s", host, e.EntraURL)
		}
		if host == "127.0.0.1" {
			// Another one can have the port on the other loopback address.
			l, err := (&net.ListenConfig{}).Listen(ctx, "tcp6", "[::1]:"+port)
			if err == nil {
				err = l.Close()
			}
			if err != nil && !errors.Is(err, syscall.EADDRNOTAVAIL) && !errors.Is(err, syscall.EAFNOSUPPORT) {
				t.Errorf("told of 127.0.0.1, it listens on ::1 as well: %v", err)
			}
		}
		stop()
		if err := e.Run(ctx); err != nil {
			t.Error(err)
		}
	}
}
