package authserver

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// refreshPrefix begins refresh tokens, so that people and scanners of secrets
// recognise them.
const refreshPrefix = "ghr_"

// A refresh token is a grant's id, a generation, and a MAC of both: there is
// nothing in the database that it could be made from.
const (
	grantSize      = 16
	generationSize = 4
	macSize        = 32
)

// refreshToken returns the token of a grant's generation: the same one each time.
func refreshToken(key *secrets.OrgKey, grant tenants.GUID, generation int) string {
	id := grant.Bytes()
	says := binary.BigEndian.AppendUint32(id[:], uint32(generation)) //nolint:gosec // from 1, by one a refresh
	return refreshPrefix + base64.RawURLEncoding.EncodeToString(append(says, key.RefreshMAC(says)...))
}

// readRefreshToken returns what a token says, if it is one of the organization's.
func readRefreshToken(key *secrets.OrgKey, token string) (grant tenants.GUID, generation int, ok bool) {
	text, ok := strings.CutPrefix(token, refreshPrefix)
	if !ok || len(text) != base64.RawURLEncoding.EncodedLen(grantSize+generationSize+macSize) {
		return tenants.GUID{}, 0, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != grantSize+generationSize+macSize {
		return tenants.GUID{}, 0, false
	}
	says, mac := raw[:grantSize+generationSize], raw[grantSize+generationSize:]
	if !hmac.Equal(mac, key.RefreshMAC(says)) {
		return tenants.GUID{}, 0, false
	}
	grant, err = tenants.GUIDFromBytes(says[:grantSize])
	return grant, int(binary.BigEndian.Uint32(says[grantSize:])), err == nil
}
