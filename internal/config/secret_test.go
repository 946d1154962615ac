package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gatehouse/internal/config"
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	c, err := source(production(), nil).API()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		_, _ = fmt.Fprintf(&out, verb+" "+verb+" "+verb, c, c.DatabaseURL, c.KEK)
	}
	_ = json.NewEncoder(&out).Encode(c)
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.InfoContext(t.Context(), "x", slog.Any("all", c), slog.Any("url", c.DatabaseURL), slog.Any("key", c.KEK))
	slog.New(slog.NewTextHandler(&out, nil)).InfoContext(t.Context(), "x", slog.Any("all", c), slog.Any("key", c.KEK))
	assertHidden(t, out.String())
}

func TestComplaintsDoNotRepeatSecrets(t *testing.T) {
	t.Parallel()
	problems := complaints(t, map[string]string{
		"GATEHOUSE_BASE_URL":           "https://user:" + password + "@a b/",
		"GATEHOUSE_DATABASE_URL":       "postgres://api:" + password + "@db:notaport/x",
		"GATEHOUSE_AUDIT_DATABASE_URL": "user=x password=" + password,
		"GATEHOUSE_KEK":                kek + "!",
	})
	if len(problems) < 2 {
		t.Fatalf("complaints = %v", problems)
	}
	assertHidden(t, problems.Error())
}

// assertHidden fails if text shows the password or the key in any of the forms
// that the verbs of fmt give them.
func assertHidden(t *testing.T, text string) {
	t.Helper()
	for _, leak := range []string{
		password, fmt.Sprintf("%x", password), kek, kek[:20], "1 2 3 4 5 6", "0x1, 0x2", "010203", "1,2,3,4",
	} {
		if strings.Contains(text, leak) {
			t.Errorf("%q is printed in:\n%s", leak, text)
		}
	}
}

func TestMissingKeyRevealsNothing(t *testing.T) {
	t.Parallel()
	var k config.Key
	if !k.IsZero() || k.Reveal() != [32]byte{} {
		t.Error("the zero Key holds a key")
	}
}
