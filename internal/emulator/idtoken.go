package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"time"

	"gatehouse/internal/emulator/keyring"
)

// idTokenLife is how long an ID token says it is good.
const idTokenLife = time.Hour

// idToken makes the ID token of the token endpoint. It has neither at_hash
// nor c_hash (docs/identity-platform/id-token-claims-reference.md).
func (e *Emulator) idToken(i issue, nonce string) (string, error) {
	more := map[string]any{}
	put(more, "nonce", nonce)
	return e.idTokenWith(i, more)
}

// bound are the claims that tie an ID token of the authorization endpoint to
// what it was issued with; empty values leave none.
func bound(nonce, code, accessToken string) map[string]any {
	more := map[string]any{}
	put(more, "nonce", nonce)
	put(more, "c_hash", halfHash(code))
	put(more, "at_hash", halfHash(accessToken))
	return more
}

// halfHash is the left half of a SHA-256 (OpenID Connect Core §3.3.2.11); empty
// for nothing.
func halfHash(value string) string {
	if value == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// idTokenWith makes an ID token: for the client, signed by the same key as
// everything else, without scp.
func (e *Emulator) idTokenWith(i issue, more map[string]any) (string, error) {
	claims, err := e.common(i, idTokenLife)
	if err != nil {
		return "", err
	}
	delete(claims, "xms_ftd")
	wanted := ofIDTokens(i.client.OptionalClaims.IDToken)
	claims["ver"] = "2.0"
	claims["iss"] = e.issuer(i.tenant.ID)
	claims["aud"] = i.client.ID
	claims["sub"] = keyring.Pairwise(i.tenant.ID, i.who.ID, i.client.ID)
	e.personClaims(claims, i, i.client, wanted)
	if i.ask.has("profile") {
		claims["name"] = i.who.Name
		claims["preferred_username"] = i.who.Username
	} else {
		delete(claims, "oid") // Entra ties the object id to the profile scope
	}
	if i.ask.has("email") {
		put(claims, "email", i.who.Mail)
	}
	e.optional(claims, i, wanted)
	e.browserClaims(claims, i)
	maps.Copy(claims, more)
	key, err := e.keys.Current(i.tenant.ID)
	if err != nil {
		return "", err
	}
	if i.endpoint == endpointV1 {
		return key.Sign(map[string]any{"x5t": key.ID}, claims)
	}
	return key.Sign(nil, claims)
}
