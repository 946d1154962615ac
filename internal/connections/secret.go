package connections

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"time"

	"gatehouse/internal/tenants"
)

// Secret is a secret of a client. Its text is known to whoever was shown it when it
// was made, and to nobody else.
type Secret struct {
	ID     tenants.GUID
	Hash   [32]byte // SHA-256 of the text, which nobody guesses
	Hint   string   // the last characters of the text
	MadeAt time.Time
	EndsAt time.Time
}

// SecretPrefix begins the secrets of clients, so that people and scanners of
// secrets recognize them.
const SecretPrefix = "ghcs_"

// How many secrets a client may have, so that one can take the place of another,
// and how long one may be good for.
const (
	MaxSecrets     = 2
	SecretLife     = 180 * 24 * time.Hour // of one for which nobody says
	MaxSecretLife  = 730 * 24 * time.Hour
	hintCharacters = 4
)

// NewSecret makes a secret and returns its text, of 260 random bits.
func NewSecret(id tenants.GUID, now time.Time, life time.Duration) (Secret, string) {
	text := SecretPrefix + rand.Text() + rand.Text()
	return Secret{
		ID: id, Hash: sha256.Sum256([]byte(text)), Hint: text[len(text)-hintCharacters:], MadeAt: now, EndsAt: now.Add(life),
	}, text
}

// Over reports whether the secret is no good any more.
func (s Secret) Over(now time.Time) bool { return !now.Before(s.EndsAt) }

// SecretOf returns the secret of a client that a text is. All are compared, each in
// the same time, whatever the text.
func (e Preregistration) SecretOf(text string) (found Secret, ok bool) {
	hash := sha256.Sum256([]byte(text))
	for _, s := range e.Secrets {
		if subtle.ConstantTimeCompare(s.Hash[:], hash[:]) == 1 {
			found, ok = s, true
		}
	}
	return found, ok
}
