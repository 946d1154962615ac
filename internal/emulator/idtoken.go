package emulator

import "time"

// idTokenLife is how long an ID token says it is good.
const idTokenLife = time.Hour

// idToken makes the v2 ID token: for the client, signed by the same key as
// everything else, without scp.
func (e *Emulator) idToken(i issue, nonce string) (string, error) {
	claims, err := e.common(i, idTokenLife)
	if err != nil {
		return "", err
	}
	delete(claims, "xms_ftd")
	claims["ver"] = "2.0"
	claims["iss"] = e.issuer(i.tenant.id)
	claims["aud"] = i.client.ID
	claims["sub"] = pairwise(i.tenant.id, i.who.ID, i.client.ID)
	e.personClaims(claims, i, i.client)
	if i.ask.has("profile") {
		claims["name"] = i.who.Name
		claims["preferred_username"] = i.who.Username
	} else {
		delete(claims, "oid") // Entra ties the object id to the profile scope
	}
	if i.ask.has("email") && i.who.Mail != "" {
		claims["email"] = i.who.Mail
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	e.optional(claims, i, i.client.OptionalClaims.IDToken)
	key, err := e.keys.current()
	if err != nil {
		return "", err
	}
	return key.sign(nil, claims)
}
