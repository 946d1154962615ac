package secrets

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"gatehouse/internal/tenants"
)

// RefreshMAC is what proves that a refresh token is one of the organization's: a
// MAC over what it says (HMAC-SHA-256), under a key used for nothing else.
func (k *OrgKey) RefreshMAC(says []byte) []byte {
	m := hmac.New(sha256.New, k.refresh)
	m.Write(says)
	return m.Sum(nil)
}

// WebhookKey is what signs the messages that one webhook of the organization gets,
// 32 bytes: made from the contact's id and how often it was made anew, under a key
// used for nothing else, so that nothing of it has to be kept.
func (k *OrgKey) WebhookKey(contact tenants.GUID, renewed int) []byte {
	m := hmac.New(sha256.New, k.webhooks)
	m.Write([]byte(contact.String()))
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(max(renewed, 0))))
	return m.Sum(nil)
}
