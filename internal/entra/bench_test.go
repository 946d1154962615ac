package entra_test

import (
	"fmt"
	"testing"

	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// busy returns a verifier with its keys at hand and a token with n groups.
func busy(tb testing.TB, n int) (*entra.Verifier, *entra.Acceptance, string) {
	tb.Helper()
	groups := make([]string, n)
	for i := range groups {
		groups[i] = tenants.NewGUID().String()
	}
	raw := token(object{"groups": groups, "roles": []string{"Tools.Read", "Tools.Write"}, "sid": "00aa", "idtyp": "user", "login_hint": "O.x", "ipaddr": "203.0.113.9", "xms_cc": []string{"cp1"}})
	v, a := newEntra().verifier(), accepting(tb)
	if _, err := v.Verify(tb.Context(), raw, a); err != nil {
		tb.Fatal(err)
	}
	return v, a, raw
}

func BenchmarkVerify(b *testing.B) {
	for _, n := range []int{20, 200} {
		b.Run(fmt.Sprintf("groups=%d", n), func(b *testing.B) {
			v, a, raw := busy(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), raw, a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerifyOwn(b *testing.B) {
	v, a, raw := deployed(), brokered(b), ownToken(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), raw, a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGeneration(b *testing.B) {
	v, a, _ := busy(b, 1)
	for b.Loop() {
		if v.Generation(a) == 0 {
			b.Fatal("no keys")
		}
	}
}

// TestVerificationAllocatesLittle holds a ceiling. Groups must not add to it: a
// token can list 200.
func TestVerificationAllocatesLittle(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts what runs beside it
	const most = 48
	for _, n := range []int{1, 20, 200} {
		v, a, raw := busy(t, n)
		got := testing.AllocsPerRun(50, func() {
			if _, err := v.Verify(t.Context(), raw, a); err != nil {
				t.Fatal(err)
			}
		})
		if got > most {
			t.Errorf("%d groups: %.0f allocations, at most %d", n, got, most)
		}
	}
}

func TestVerificationOfOursAllocatesLittle(t *testing.T) { //nolint:paralleltest // as above
	const most = 56
	v, a, raw := deployed(), brokered(t), ownToken(nil)
	got := testing.AllocsPerRun(50, func() {
		if _, err := v.Verify(t.Context(), raw, a); err != nil {
			t.Fatal(err)
		}
	})
	if got > most {
		t.Errorf("%.0f allocations, at most %d", got, most)
	}
}

// TestGenerationIsComparedForNothing: every call of a remembered token asks for it.
func TestGenerationIsComparedForNothing(t *testing.T) { //nolint:paralleltest // as above
	v, a := deployed(), brokered(t)
	wantToken(t, v, a, ownToken(nil))
	if got := testing.AllocsPerRun(50, func() { _ = v.Generation(a) }); got != 0 {
		t.Errorf("%.0f allocations", got)
	}
}
