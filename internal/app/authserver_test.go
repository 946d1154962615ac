package app

import (
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/tenants"
)

// TestANetworkIsOneStranger: whoever has an IPv6 address has 2^64 of them.
func TestANetworkIsOneStranger(t *testing.T) {
	t.Parallel()
	one := func() *limit.Visitors {
		v, err := limit.NewVisitors("stranger", limit.Rate{PerSecond: 0.001, Burst: 1}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	org := tenants.NewID()
	s := strangers{one(), one()}
	for _, row := range []struct {
		address string
		limited bool
	}{
		{"2001:db8::1", false},
		{"2001:db8::ffff:ffff", true},
		{"2001:db8:0:1::1", false},
		{"192.0.2.1", false},
		{"192.0.2.2", false},
		{"192.0.2.1", true},
		{"", false},
	} {
		for name, admit := range map[string]func(tenants.ID, string) error{"Admit": s.Admit, "AdmitKept": s.AdmitKept} {
			if err := admit(org, row.address); (fault.KindOf(err) == fault.Limited) != row.limited {
				t.Errorf("%s %q: %v", name, row.address, err)
			}
		}
	}
}
