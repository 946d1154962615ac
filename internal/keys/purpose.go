package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Purpose is what a key signs. A key of one purpose is no use for another.
type Purpose string

// The purposes.
const (
	// Federation signs the assertions by which the platform proves to be an
	// organization's app.
	Federation Purpose = "federation"
	// AccessTokens signs the access tokens that organizations' endpoints accept.
	AccessTokens Purpose = "access_tokens"
	// Checkpoints signs what organizations' logs come to, and no tokens.
	Checkpoints Purpose = "checkpoints"
)

// spec is what a purpose asks of its keys.
type spec struct {
	kind kind
	typ  jose.ContentType // "typ" of the tokens that are signed; empty: none are
	life time.Duration    // the longest that anything signed is valid
}

// specs lists the purposes. Entra accepts RS256 only of a federated credential's
// issuer (Microsoft, "Workload identity federation", "Important considerations
// and restrictions"). Access tokens are of the type of RFC 9068 §2.1. Signatures of
// checkpoints are of Ed25519 (C2SP signed-note).
var specs = map[Purpose]spec{
	Federation:   {kind: rs256, typ: "JWT", life: 5 * time.Minute},
	AccessTokens: {kind: es256, typ: "at+jwt", life: 10 * time.Minute},
	Checkpoints:  {kind: ed25519Kind},
}

// kind is a sort of key.
type kind struct {
	algorithm jose.SignatureAlgorithm
	generate  func() (crypto.Signer, error)
	is        func(crypto.Signer) bool // it is one of this kind, and of its strength
}

// rsaBits is the least that RS256 takes (RFC 7518 §3.3).
const rsaBits = 2048

var rs256 = kind{
	algorithm: jose.RS256,
	generate:  func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, rsaBits) },
	is: func(s crypto.Signer) bool {
		private, ok := s.(*rsa.PrivateKey)
		return ok && private.N.BitLen() >= rsaBits
	},
}

var es256 = kind{
	algorithm: jose.ES256,
	generate:  func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) },
	is: func(s crypto.Signer) bool {
		private, ok := s.(*ecdsa.PrivateKey)
		return ok && private.Curve == elliptic.P256()
	},
}

var ed25519Kind = kind{
	algorithm: jose.EdDSA,
	generate: func() (crypto.Signer, error) {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	},
	is: func(s crypto.Signer) bool { _, ok := s.(ed25519.PrivateKey); return ok },
}
