package egress_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"gatehouse/internal/egress"
)

func TestPublicDialerReachesPublicAddressesOnItsPortsOnly(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	here := uint16(l.Addr().(*net.TCPAddr).Port)
	guarded, err := egress.NewPublicDialer(egress.RefuseLoopback, 6514, here)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for _, to := range []struct {
		host string
		port uint16
	}{
		{"127.0.0.1", here},
		{"localhost", here},
		{"::1", 6514},
		{"10.0.0.1", 6514},
		{"192.168.0.1", 6514},
		{"100.64.0.1", 6514},
		{"fd00::1", 6514},
		{"169.254.169.254", 6514},
		{"168.63.129.16", 6514},
		{"::ffff:127.0.0.1", here},
		{"0.0.0.0", 6514},
		{"192.0.2.1", 22},
		{"8.8.8.8", 25},
	} {
		if conn, err := guarded.Dial(ctx, to.host, to.port); !errors.Is(err, egress.ErrDestination) {
			t.Errorf("%s on port %d is dialled: %v %v", to.host, to.port, conn, err)
		}
	}
	open, err := egress.NewPublicDialer(egress.AllowLoopback, 6514)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := open.Dial(ctx, "127.0.0.1", here)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if _, err := open.Dial(ctx, "10.0.0.1", 6514); !errors.Is(err, egress.ErrDestination) {
		t.Errorf("where this machine may be reached, so may the network: %v", err)
	}
	for _, ports := range [][]uint16{nil} {
		if _, err := egress.NewPublicDialer(egress.RefuseLoopback, ports...); err == nil {
			t.Error("a dialer without ports is made")
		}
	}
	if _, err := egress.NewPublicDialer(egress.OnlyMachine, 6514); err == nil {
		t.Error("a dialer for asking the cloud's host is made")
	}
}
