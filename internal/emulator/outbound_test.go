package emulator

import (
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

// Unless it is told another way, the emulator reaches nobody but this machine.
func TestOnlyThisMachineIsReachedByDefault(t *testing.T) {
	t.Parallel()
	e, err := New(Options{
		EntraURL: "http://localhost:8081", GraphURL: "http://localhost:8082", ControlToken: "x", Entropy: "outbound",
		Tenants: []seed.Tenant{{ID: "11111111-1111-4111-8111-111111111111", Name: "Contoso", Domain: "contoso.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.issuers.Key(t.Context(), "http://192.0.2.1:9", "one"); err == nil || !strings.Contains(err.Error(), "is not on this machine") {
		t.Errorf("another machine's issuer: %v", err)
	}
}
