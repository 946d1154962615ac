package witness

import (
	"crypto/rand"
	"encoding/base64"
	"strings"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// Salt keeps everybody else from telling whose checkpoint a leaf is of.
type Salt [32]byte

// NewSalt returns a random one.
func NewSalt() (s Salt) {
	_, _ = rand.Read(s[:]) // never fails: crypto/rand ends the process instead
	return s
}

// String returns the salt in base64 (RFC 4648 §4).
func (s Salt) String() string { return base64.StdEncoding.EncodeToString(s[:]) }

// entryHeader keeps an entry from being taken for a record.
const entryHeader = "gatehouse checkpoint v1\n"

// Leaf returns the leaf of an organization's checkpoint in the platform's log: that of
// a header, the salt in base64 on a line, and what is signed of the checkpoint. What is
// no checkpoint is Invalid.
func Leaf(salt Salt, note []byte) (proof.Hash, error) {
	text, err := signedText(note)
	if err != nil {
		return proof.Hash{}, err
	}
	return proof.Leaf([]byte(entryHeader + salt.String() + "\n" + text)), nil
}

// signedText is what the keys of a note have signed.
func signedText(note []byte) (string, error) {
	if _, err := proof.ReadCheckpoint(note); err != nil {
		return "", err
	}
	at := strings.LastIndex(string(note), "\n\n")
	if at < 0 {
		return "", fault.New(fault.Invalid, "the checkpoint is no signed note")
	}
	return string(note[:at+1]), nil
}

const originSuffix = "/platform/log"

// Origin returns the name of the platform's log at a host. It never changes.
func Origin(host string) string { return host + originSuffix }

// IsOrigin reports whether a name is that of a platform's log.
func IsOrigin(name string) bool {
	return len(name) > len(originSuffix) && strings.HasSuffix(name, originSuffix)
}
