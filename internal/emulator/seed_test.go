package emulator_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

func decode(t *testing.T, from io.Reader, into any) {
	t.Helper()
	if err := json.NewDecoder(from).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestComplaintsAboutOptionsAndSeedComeAllAtOnce(t *testing.T) {
	t.Parallel()
	_, err := emulator.New(emulator.Options{
		EntraURL: "http://login.example.com", GraphURL: "http://localhost:8082/",
		Tenants: []seed.Tenant{{ID: contoso, Name: "Contoso", Domain: "contoso"}},
	})
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, want := range []string{
		`EntraURL: "http://login.example.com" is not on this machine`, `GraphURL: "http://localhost:8082/"`, "ControlToken: is empty",
		`tenants[0].domain: "contoso" is not a domain`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing says %s: %v", want, err)
		}
	}
	if _, err := emulator.New(emulator.Options{EntraURL: entraURL, GraphURL: graphURL, ControlToken: control}); err == nil || !strings.Contains(err.Error(), "Tenants: is empty") {
		t.Errorf("without tenants: %v", err)
	}
}

func TestLaterChangesToTheSeedChangeNothing(t *testing.T) {
	t.Parallel()
	tenants := companies()
	g := newRig(t, tenants...)
	tenants[0].Users[0].Password = "other"
	tenants[0].Groups[0].Members[0] = bob
	tenants[0].Apps[0].Scopes[0] = "other"
	tenants[0].Apps[0].OptionalClaims.AccessToken[0].Properties[0] = "other"
	if err := g.Reset(); err != nil {
		t.Fatal(err)
	}
	if c := claims(t, g.access(password("alice", apiScope))); len(texts(c["groups"])) != 2 {
		t.Errorf("claims are %v", c)
	}
}

func TestNewIsQuick(t *testing.T) {
	t.Parallel()
	start := time.Now()
	newRig(t)
	if took := time.Since(start); took > time.Second {
		t.Errorf("New took %s", took)
	}
}
