package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestMintedTokensAreNewAndOfAllPeople(t *testing.T) {
	t.Parallel()
	around, err := openSurroundings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := mint{entra: around.entra, world: around.worlds.plain}.tokens(t.Context(), people+1)
	if err != nil {
		t.Fatal(err)
	}
	crowded, err := mint{entra: around.entra, world: around.worlds.crowded}.tokens(t.Context(), 1)
	if err != nil || len(claimsOf(t, crowded[0]).Groups) != manyGroups {
		t.Errorf("a token of the crowded organization does not name %d groups: %v", manyGroups, err)
	}
	seen, persons := map[string]bool{}, map[string]bool{}
	for _, token := range list {
		claims := claimsOf(t, token)
		if len(claims.Groups) != groupsEach {
			t.Errorf("a token with %d groups, want %d", len(claims.Groups), groupsEach)
		}
		seen[token], persons[claims.OID] = true, true
	}
	if len(seen) != people+1 || len(persons) != people {
		t.Errorf("%d different tokens of %d people, want %d of %d", len(seen), len(persons), people+1, people)
	}
	refused := mint{entra: around.entra, world: around.worlds.plain}
	refused.world.places.Base = "http://127.0.0.1:1"
	if _, err := refused.tokens(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "AADSTS") {
		t.Errorf("error = %v, want what Entra says", err)
	}
	if err := around.close(); err != nil {
		t.Error(err)
	}
}

// claims are those of a token that matter here.
type claims struct {
	OID    string
	Groups []string
}

func claimsOf(t *testing.T, token string) (c claims) {
	t.Helper()
	parts := strings.Split(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err := errors.Join(err, json.Unmarshal(raw, &c)); err != nil {
		t.Fatal(err)
	}
	return c
}
