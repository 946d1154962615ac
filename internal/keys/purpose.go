package keys

import (
	"crypto"
	"crypto/ecdsa"
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
)

// spec is what a purpose asks of its keys.
type spec struct {
	kind kind
	typ  jose.ContentType // "typ" of what is signed
	life time.Duration    // the longest that anything signed is valid
}

// specs lists the purposes. Entra accepts RS256 only of a federated credential's
// issuer (Microsoft, "Workload identity federation", "Important considerations
// and restrictions"). Access tokens are of the type of RFC 9068 §2.1.
var specs = map[Purpose]spec{
	Federation:   {kind: rs256, typ: "JWT", life: 5 * time.Minute},
	AccessTokens: {kind: es256, typ: "at+jwt", life: 10 * time.Minute},
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
