package authserver

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
)

// onceKind is a kind of what can be taken once.
type onceKind struct {
	name string
	life time.Duration
}

// The kinds.
var (
	stepOnce  = onceKind{"step of an authorization", 10 * time.Minute}
	codeOnce  = onceKind{"authorization code", time.Minute}
	spentOnce = onceKind{"spent authorization code", 10 * time.Minute}
)

// onceText is a text that nobody guesses: 260 random bits.
func onceText() string { return rand.Text() + rand.Text() }

// maxOnceText is longer than any such text, and than any state for Entra.
const maxOnceText = 128

// place is where something lies that its bearer shows a text for.
func (k onceKind) place(text string) (key [32]byte, label secrets.Label) {
	key = sha256.Sum256([]byte(k.name + "\x00" + text))
	return key, secrets.Label{Kind: k.name, ID: hex.EncodeToString(key[:])}
}

// putOnce keeps a value of an organization for whoever shows a text.
func (s *Server) putOnce(ctx context.Context, snap *snapshot.Snapshot, kind onceKind, text string, value any) error {
	return s.putUntil(ctx, snap, kind, text, s.Now().Add(kind.life), value)
}

// putUntil is putOnce for as long as it says. Where there is one already it is a
// Conflict.
func (s *Server) putUntil(ctx context.Context, snap *snapshot.Snapshot, kind onceKind, text string, ends time.Time, value any) error {
	plain, err := json.Marshal(value)
	if err != nil {
		return err
	}
	key, label := kind.place(text)
	ciphertext, err := snap.Key.Encrypt(label, plain)
	if err != nil {
		return err
	}
	return s.OneTime.PutOneTime(ctx, key, ends, ciphertext)
}

// takeOnce returns what putOnce has kept. The second to ask, whoever asks too
// late, and whoever asks another organization gets NotFound.
func (s *Server) takeOnce(ctx context.Context, snap *snapshot.Snapshot, kind onceKind, text string, into any) error {
	if text == "" || len(text) > maxOnceText {
		return fault.New(fault.NotFound, "there is nothing of that name")
	}
	key, label := kind.place(text)
	ciphertext, err := s.OneTime.TakeOneTime(ctx, key)
	if err != nil {
		return err
	}
	plain, err := snap.Key.Decrypt(label, ciphertext)
	if err != nil {
		return fault.Wrap(fault.NotFound, "it was not made for this organization", err)
	}
	return json.Unmarshal(plain, into)
}
