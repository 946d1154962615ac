package entra_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
)

// TestReplacedCredentialIsUsedWithinHalfAMinute, without a restart, and by an
// exchange as well.
func TestReplacedCredentialIsUsedWithinHalfAMinute(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	_, first := certified(t, "app")
	_, second := certified(t, "other")
	stands, failed, looked := first, 0, 0
	var gone error
	credential, err := entra.ReloadingCredential(entra.Reload{
		Now: e.clock, Failed: func(context.Context, error) { failed++ },
		Again: func() (entra.Credential, error) {
			looked++
			if gone != nil {
				return nil, gone
			}
			parsed, err := entra.ParseCertificate([]byte(stands))
			if err != nil {
				return nil, err
			}
			return entra.CertificateCredential(parsed, e.clock, entra.WithoutChain), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	proves := func(with string) {
		t.Helper()
		wantAccess(t, c, exchangeOf(another, func(x *entra.Exchange) { x.Credential = credential }))
		head, _, _ := strings.Cut(e.forms[len(e.forms)-1].Get("client_assertion"), ".")
		want := must(hex.DecodeString(must(entra.ParseCertificate([]byte(with))).Thumbprint()))
		if got := string(must(base64.RawURLEncoding.DecodeString(head))); !strings.Contains(got, base64.RawURLEncoding.EncodeToString(want)) {
			t.Fatalf("proved with %s, want %x", got, want)
		}
	}
	proves(first)
	stands = second
	e.advance(30*time.Second - 1)
	proves(first)
	e.advance(1)
	proves(second)
	stands = "half written"
	e.advance(30 * time.Second)
	proves(second)
	e.advance(30 * time.Second)
	gone = errors.New("no such file")
	proves(second)
	if failed != 1 {
		t.Errorf("told %d times", failed)
	}
	e.advance(30 * time.Second)
	gone, stands = nil, first
	before := looked
	proves(first)
	proves(first)
	if looked != before+1 {
		t.Errorf("looked %d times for two proofs", looked-before)
	}
	if text := fmt.Sprintf("%v", credential); text != "•••" {
		t.Errorf("printed: %s", text)
	}
}

func TestFirstCredentialHasToBeGood(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return began }
	none := func() (entra.Credential, error) { return nil, fault.New(fault.Invalid, "no certificate") }
	if _, err := entra.ReloadingCredential(entra.Reload{Again: none, Failed: func(context.Context, error) {}, Now: now}); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	if _, err := entra.ReloadingCredential(entra.Reload{Again: none}); fault.KindOf(err) != fault.Internal {
		t.Error(err)
	}
}
