package proof

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"gatehouse/internal/fault"
)

// Hash is a hash of the tree, or a commitment: SHA-256.
type Hash = tlog.Hash

// Salt hides the value behind a commitment from whoever does not hold it.
type Salt [16]byte

// Seed is what the salts of a record are derived from. Whoever destroys it, and the
// salts with it, makes the values unguessable for good.
type Seed [32]byte

// Salt derives the salt of a field.
func (s Seed) Salt(name string) (salt Salt) {
	mac := hmac.New(sha256.New, s[:])
	mac.Write([]byte(name))
	copy(salt[:], mac.Sum(nil))
	return salt
}

// fieldDomain keeps a commitment from being taken for any other hash.
const fieldDomain = "gatehouse field v1\n"

// Commit commits to one field: SHA-256 of the domain, the salt, the name, a NUL, and
// the value in canonical JSON (RFC 8785).
func Commit(salt Salt, name string, value []byte) (h Hash) {
	var short [512]byte
	if len(fieldDomain)+len(salt)+len(name)+1+len(value) <= len(short) { // as most are: in one go, on the stack
		in := append(append(append(short[:0], fieldDomain...), salt[:]...), name...)
		return sha256.Sum256(append(append(in, 0), value...))
	}
	d := sha256.New()
	d.Write([]byte(fieldDomain))
	d.Write(salt[:])
	d.Write([]byte(name))
	d.Write([]byte{0})
	d.Write(value)
	d.Sum(h[:0])
	return h
}

// String returns the salt in base64 (RFC 4648 §4).
func (s Salt) String() string { return base64.StdEncoding.EncodeToString(s[:]) }

// ParseSalt reads what String returns, and nothing else.
func ParseSalt(text string) (s Salt, err error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(s) || strings.ContainsAny(text, "\r\n") { // which the decoder passes over
		return s, fault.Newf(fault.Invalid, "%.40q is no salt, which is 16 bytes in base64", text)
	}
	return Salt(raw), nil
}

// ParseHash reads 32 bytes in base64, and nothing else.
func ParseHash(text string) (h Hash, err error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(h) || strings.ContainsAny(text, "\r\n") {
		return h, fault.Newf(fault.Invalid, "%.60q is no hash, which is 32 bytes in base64", text)
	}
	return Hash(raw), nil
}
