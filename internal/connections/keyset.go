package connections

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// What a client's key set may have. Most sets are of two keys.
const (
	MaxKeySet  = 16 << 10 // bytes
	MaxKeys    = 10
	maxKeyID   = 200
	leastRSA   = 2048 // bits
	mostRSA    = 4096
	coordinate = 32 // bytes of P-256
)

// Key is a public key that a client proves itself with: *ecdsa.PublicKey on P-256,
// or *rsa.PublicKey of 2048 bits or more.
type Key struct {
	ID     string // "kid"; empty: it has none
	Alg    string // "alg"; empty: any that goes with the key
	Public any
}

// ReadKeys reads a JSON Web Key Set (RFC 7517). Keys of kinds that no client proves
// itself with here are left out; a set that holds a secret, or no other key, is
// Invalid.
func ReadKeys(set []byte) ([]Key, error) {
	if len(set) > MaxKeySet {
		return nil, badKeys("is longer than " + strconv.Itoa(MaxKeySet) + " bytes")
	}
	members, err := wire.Members(set, wire.Limits{MaxBytes: MaxKeySet, MaxDepth: 8})
	if err != nil {
		return nil, badKeys("has to be a JSON Web Key Set")
	}
	var listed []json.RawMessage
	if json.Unmarshal(wire.Value(members, "keys"), &listed) != nil || len(listed) == 0 || len(listed) > MaxKeys {
		return nil, badKeys("has to be a JSON Web Key Set, with 1 to " + strconv.Itoa(MaxKeys) + " keys")
	}
	var keys []Key
	for _, one := range listed {
		key, why := readKey(one)
		if why != "" {
			return nil, badKeys(why)
		}
		if key.Public != nil {
			keys = append(keys, key)
		}
	}
	if keys == nil {
		return nil, badKeys("has no key to prove anything with; use EC on P-256, or RSA of " + strconv.Itoa(leastRSA) + " to " + strconv.Itoa(mostRSA) + " bits")
	}
	return keys, nil
}

func badKeys(why string) error { return fault.New(fault.Invalid, "the key set "+why) }

// secretMembers are the members of keys that are secret (RFC 7518 §6, RFC 9964).
var secretMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// IsSecretKey reports whether a JSON Web Key of these members is a private or a
// shared one.
func IsSecretKey(members []wire.Member) bool {
	return slices.ContainsFunc(secretMembers, func(name string) bool { return wire.Value(members, name) != nil })
}

// readKey returns a key, without Public if it is none for this, or says what is wrong
// with it.
func readKey(text []byte) (Key, string) {
	members, err := wire.MembersOf(text)
	if err != nil {
		return Key{}, "has to be a JSON Web Key Set"
	}
	if IsSecretKey(members) {
		return Key{}, "has a private or a shared key: take it out and stop using it"
	}
	said := map[string]string{}
	for _, name := range []string{"kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"} {
		if value := wire.Value(members, name); value != nil {
			one, ok := wire.Text(value)
			if !ok {
				return Key{}, "has a key whose " + name + " is no text"
			}
			said[name] = one
		}
	}
	if len(said["kid"]) > maxKeyID {
		return Key{}, "has a key whose kid is too long"
	}
	k := Key{ID: said["kid"], Alg: said["alg"]}
	if use := said["use"]; use != "" && use != "sig" {
		return k, ""
	}
	switch {
	case said["kty"] == "EC" && said["crv"] == "P-256":
		return k.curve(said["x"], said["y"])
	case said["kty"] == "RSA":
		return k.modulus(said["n"], said["e"])
	}
	return k, ""
}

// curve makes it the key at a point.
func (k Key) curve(x, y string) (Key, string) {
	const wrong = "has an EC key that is none"
	a, err := base64.RawURLEncoding.Strict().DecodeString(x)
	b, err2 := base64.RawURLEncoding.Strict().DecodeString(y)
	if err != nil || err2 != nil || len(a) != coordinate || len(b) != coordinate {
		return Key{}, wrong
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, a...), b...))
	if err != nil {
		return Key{}, wrong
	}
	k.Public = public
	return k, ""
}

// modulus makes it the key of a modulus and an exponent.
func (k Key) modulus(n, e string) (Key, string) {
	a, err := base64.RawURLEncoding.Strict().DecodeString(n)
	b, err2 := base64.RawURLEncoding.Strict().DecodeString(e)
	if err != nil || err2 != nil || len(b) == 0 || len(b) > 4 {
		return Key{}, "has an RSA key that is none"
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(a), E: int(new(big.Int).SetBytes(b).Int64())}
	if bits := public.N.BitLen(); bits < leastRSA || bits > mostRSA || public.N.Bit(0) == 0 || public.E < 3 || public.E&1 == 0 || public.E > 1<<31-1 {
		return Key{}, "has an RSA key that is none, or not of " + strconv.Itoa(leastRSA) + " to " + strconv.Itoa(mostRSA) + " bits"
	}
	k.Public = public
	return k, ""
}

// CheckKeysURL says what is wrong with the URL of a client's key set: it is https
// with a path, as that of a document is.
func CheckKeysURL(url string) error {
	if why := documentObjection(url); why != "" {
		return fault.Newf(fault.Invalid, "jwks_uri %.120q %s", url, why)
	}
	return nil
}
