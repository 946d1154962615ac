package secrets_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
)

var (
	start   = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	binding = []byte("endpoint and caller")
)

func made(tb testing.TB, s *secrets.TokenBox, payload string) string {
	tb.Helper()
	token, err := s.Encrypt(binding, []byte(payload), start, start.Add(time.Minute))
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// wantRefused fails unless the error is the given fault and of the given kind.
func wantRefused(t *testing.T, err, want error, kind fault.Kind) {
	t.Helper()
	if !errors.Is(err, want) || fault.KindOf(err) != kind {
		t.Errorf("error = %v (%v), want %v (%v)", err, fault.KindOf(err), want, kind)
	}
}

func TestTokenOpensOnAnyReplicaUntilItExpires(t *testing.T) {
	t.Parallel()
	org, wrapped, key := newKey(t, newBox(t, localKEK(t, 1)))
	token := made(t, key.Sessions(), "state")
	other := openKey(t, newBox(t, localKEK(t, 1)), org, wrapped).Sessions()
	payload, err := other.Open(binding, token, start.Add(time.Minute-time.Millisecond))
	if err != nil || string(payload) != "state" {
		t.Errorf("payload = %q, error = %v", payload, err)
	}
	_, err = other.Open(binding, token, start.Add(time.Minute))
	wantRefused(t, err, secrets.ErrTokenExpired, fault.NotFound)
}

func TestTokenIsVisibleASCIIAndHidesItsPayload(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	token := made(t, key.Sessions(), "a payload to look for")
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || strings.Contains(string(raw), "payload") {
		t.Errorf("token = %q, error = %v", token, err)
	}
}

func TestTokenForSomethingElseIsUnknown(t *testing.T) {
	t.Parallel()
	box := newBox(t, localKEK(t, 1))
	_, _, key := newKey(t, box)
	_, _, foreign := newKey(t, box)
	token := made(t, key.Sessions(), "state")
	for name, row := range map[string]struct {
		box     *secrets.TokenBox
		binding string
	}{
		"another binding":      {key.Sessions(), "endpoint and someone"},
		"a longer binding":     {key.Sessions(), string(binding) + "x"},
		"no binding":           {key.Sessions(), ""},
		"a cursor":             {key.Cursors(), string(binding)},
		"a request state":      {key.RequestStates(), string(binding)},
		"a question":           {key.Questions(), string(binding)},
		"a task":               {key.Tasks(), string(binding)},
		"another organization": {foreign.Sessions(), string(binding)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := row.box.Open([]byte(row.binding), token, start)
			wantRefused(t, err, secrets.ErrTokenUnknown, fault.NotFound)
		})
	}
}

func TestAlteredTokenIsRefused(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	token := made(t, key.Cursors(), "state")
	for i := range token {
		other := "A"
		if token[i] == 'A' {
			other = "B"
		}
		if _, err := key.Cursors().Open(binding, token[:i]+other+token[i+1:], start); err == nil {
			t.Errorf("character %d altered, and opened", i)
		}
	}
}

func TestMalformedTokenIsInvalid(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	token := made(t, key.Cursors(), "state")
	for name, bad := range map[string]string{
		"empty":              "",
		"another alphabet":   "+" + token[1:],
		"a line break in it": token[:8] + "\n" + token[8:],
		"padding":            token + "=",
		"too short":          token[:40],
		"another format":     "_" + token[1:],
		"not ASCII":          "é" + token[2:],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := key.Cursors().Open(binding, bad, start)
			wantRefused(t, err, secrets.ErrTokenMalformed, fault.Invalid)
		})
	}
}

func TestLargestPayloadFitsAndALongerTokenIsRefusedUnread(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	for name, s := range map[string]*secrets.TokenBox{
		"session": key.Sessions(), "cursor": key.Cursors(), "request state": key.RequestStates(), "question": key.Questions(),
		"task": key.Tasks(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			largest := strings.Repeat("x", s.MaxPayload())
			token := made(t, s, largest)
			if payload, err := s.Open(binding, token, start); err != nil || string(payload) != largest {
				t.Errorf("%d bytes, error = %v", len(payload), err)
			}
			_, err := s.Open(binding, token+"A", start)
			wantRefused(t, err, secrets.ErrTokenTooLong, fault.Invalid)
			if _, err := s.Encrypt(binding, []byte(largest+"x"), start, start.Add(time.Minute)); err == nil {
				t.Error("a larger payload was encrypted")
			}
		})
	}
}

// TestTokensCarryWhatTheirPurposeNeeds: 16 kB of a server's own state, a URI of
// 1 kB, a task that takes a day.
func TestTokensCarryWhatTheirPurposeNeeds(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	if got := key.RequestStates().MaxPayload(); got < 16<<10+512 {
		t.Errorf("a request state carries %d bytes", got)
	}
	if got := key.Cursors().MaxPayload(); got < 1100 {
		t.Errorf("a cursor carries %d bytes", got)
	}
	if got := key.Tasks().MaxLife(); got != 24*time.Hour {
		t.Errorf("a task's id lives %s", got)
	}
}

func TestTokenLifeIsCapped(t *testing.T) {
	t.Parallel()
	_, _, key := newKey(t, newBox(t, localKEK(t, 1)))
	s := key.Sessions()
	if _, err := s.Encrypt(binding, nil, start, start.Add(s.MaxLife())); err != nil {
		t.Errorf("the longest life was refused: %v", err)
	}
	for _, life := range []time.Duration{s.MaxLife() + time.Millisecond, 0, -time.Second} {
		if _, err := s.Encrypt(binding, nil, start, start.Add(life)); err == nil {
			t.Errorf("encrypted for %s", life)
		}
	}
}

func BenchmarkSessionToken(b *testing.B) {
	_, _, key := newKey(b, newBox(b, localKEK(b, 1)))
	s, payload := key.Sessions(), strings.Repeat("x", 120)
	b.Run("encrypt", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			made(b, s, payload)
		}
	})
	b.Run("open", func(b *testing.B) {
		token := made(b, s, payload)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Open(binding, token, start); err != nil {
				b.Fatal(err)
			}
		}
	})
}
