package secrets

import (
	"crypto/hmac"
	"crypto/sha256"
)

// RefreshMAC is what proves that a refresh token is one of the organization's: a
// MAC over what it says (HMAC-SHA-256), under a key used for nothing else.
func (k *OrgKey) RefreshMAC(says []byte) []byte {
	m := hmac.New(sha256.New, k.refresh)
	m.Write(says)
	return m.Sum(nil)
}
