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
	pem := certificate(t)
	c, err := source(with(consoleOn(), map[string]string{
		"GATEHOUSE_CONSOLE_CLIENT_SECRET": password, "GATEHOUSE_KEK_PREVIOUS": kek, "GATEHOUSE_SHARED_APP_CLIENT_ID": otherGUID,
		"GATEHOUSE_SHARED_APP_CREDENTIAL": "certificate", "GATEHOUSE_SHARED_APP_CERTIFICATE": pem, "GATEHOUSE_SHARED_APP_IDENTIFIER_URI": "api://x",
	}), nil).API()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		_, _ = fmt.Fprintf(&out, strings.Repeat(verb+" ", 7), c, c.DatabaseURL, c.ConsoleClientSecret, c.KEK, c.KEKPrevious, c.SharedAppCertificate, c.SharedAppCertificate.String())
	}
	_ = json.NewEncoder(&out).Encode(c)
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.InfoContext(t.Context(), "x", slog.Any("all", c), slog.Any("url", c.DatabaseURL), slog.Any("key", c.KEK))
	slog.New(slog.NewTextHandler(&out, nil)).InfoContext(t.Context(), "x", slog.Any("all", c), slog.Any("key", c.KEK))
	assertHidden(t, out.String())
	key := c.SharedAppCertificate.Reveal()
	for _, leak := range []string{key.D.String(), fmt.Sprintf("%x", key.D), key.Primes[0].String(), "BEGIN"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q of the certificate's key is printed", leak[:5])
		}
	}
}

func TestComplaintsDoNotRepeatSecrets(t *testing.T) {
	t.Parallel()
	problems := complaints(t, map[string]string{
		"GATEHOUSE_BASE_URL":            "https://user:" + password + "@a b/",
		"GATEHOUSE_DATABASE_URL":        "postgres://api:" + password + "@db:notaport/x",
		"GATEHOUSE_AUDIT_DATABASE_URL":  "user=x password=" + password,
		"GATEHOUSE_KEK":                 kek + "!",
		"GATEHOUSE_KEK_PREVIOUS":        kek + "!," + kek,
		"GATEHOUSE_KEK_VAULT_KEY":       kek,
		"GATEHOUSE_CONSOLE_CERTIFICATE": "-----BEGIN PRIVATE KEY-----\n" + kek + "\n-----END PRIVATE KEY-----\n",
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
