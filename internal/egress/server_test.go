package egress_test

import (
	"errors"
	"net"
	"strconv"
	"testing"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

func TestServerOfTheOperatorMayStandInItsNetwork(t *testing.T) {
	t.Parallel()
	for address, permitted := range map[string]bool{
		"93.184.215.14:587":              true,
		"[2606:2800:21f:cb07::1]:587":    true,
		"10.0.0.1:587":                   true,
		"172.16.0.1:587":                 true,
		"192.168.1.1:587":                true,
		"100.64.0.1:587":                 true,
		"[fd12:3456::1]:587":             true,
		"10.0.0.1:25":                    false,
		"93.184.215.14:443":              false,
		"0.0.0.0:587":                    false,
		"127.0.0.1:587":                  false,
		"[::1]:587":                      false,
		"169.254.169.254:587":            false,
		"168.63.129.16:587":              false,
		"100.100.100.200:587":            false,
		"192.0.0.192:587":                false,
		"224.0.0.1:587":                  false,
		"255.255.255.255:587":            false,
		"[::]:587":                       false,
		"[::ffff:127.0.0.1]:587":         false,
		"[::ffff:10.0.0.1]:587":          false,
		"[64:ff9b::a00:1]:587":           false,
		"[2002:7f00:1::]:587":            false,
		"[fd00:ec2::254]:587":            false,
		"[fd00:ec2::23]:587":             false,
		"[fd00:c1::a9fe:a9fe]:587":       false,
		"[fd20:ce::254]:587":             false,
		"[fe80::1]:587":                  false,
		"[ff02::1]:587":                  false,
		"mail.example:587":               false,
		"/var/run/postgresql/.s.PGSQL.1": false,
	} {
		for _, loopback := range []egress.Loopback{egress.RefuseLoopback, egress.AllowLoopback} {
			want := permitted || loopback == egress.AllowLoopback && (address == "127.0.0.1:587" || address == "[::1]:587")
			err := egress.GuardServer(587, loopback, "tcp4", address)
			if want != (err == nil) || err != nil && !errors.Is(err, egress.ErrDestination) {
				t.Errorf("%s with loopback %d: %v, want permitted = %v", address, loopback, err, want)
			}
		}
	}
}

func TestDialerReachesItsServerAlone(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	_, text, _ := net.SplitHostPort(l.Addr().String())
	port, _ := strconv.ParseUint(text, 10, 16)
	dial := func(loopback egress.Loopback) error {
		d, err := egress.NewDialer("localhost", uint16(port), loopback)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := d.Dial(t.Context())
		if err == nil {
			err = conn.Close()
		}
		return err
	}
	if err := dial(egress.AllowLoopback); err != nil {
		t.Error(err)
	}
	if err := dial(egress.RefuseLoopback); !errors.Is(err, egress.ErrDestination) || fault.KindOf(err) != fault.Upstream {
		t.Errorf("error = %v, want Upstream with ErrDestination in its chain", err)
	}
}

func TestDialerKnowsWhereTo(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func() (*egress.Dialer, error){
		"no host":          func() (*egress.Dialer, error) { return egress.NewDialer("", 587, egress.RefuseLoopback) },
		"no port":          func() (*egress.Dialer, error) { return egress.NewDialer("mail.example", 0, egress.RefuseLoopback) },
		"the cloud's host": func() (*egress.Dialer, error) { return egress.NewDialer("mail.example", 587, egress.OnlyMachine) },
	} {
		if d, err := make(); err == nil || d != nil {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
}
