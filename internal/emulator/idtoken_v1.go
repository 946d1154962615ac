package emulator

import "slices"

// signInClaims are the claims of an access token that come from how the person
// signed in.
func (i issue) signInClaims(claims map[string]any) {
	if len(i.proof.Contexts) > 0 {
		claims["acrs"] = i.proof.Contexts
	}
}

// browserClaims are those of an ID token.
func (e *Emulator) browserClaims(claims map[string]any, i issue) {
	if slices.Contains(i.idClaims, "auth_time") {
		claims["auth_time"] = i.proof.At.Unix()
	}
	if slices.Contains(i.idClaims, "acrs") && len(i.proof.Contexts) > 0 {
		claims["acrs"] = i.proof.Contexts
	}
	if i.endpoint == endpointV1 {
		e.idTokenV1(claims, i)
	}
}

// idTokenV1 turns the claims of a v2 ID token into those of a v1 one.
func (e *Emulator) idTokenV1(claims map[string]any, i issue) {
	delete(claims, "preferred_username")
	claims["ver"] = "1.0"
	claims["iss"] = e.issuerV1(i.tenant.ID)
	claims["oid"] = i.who.ID
	claims["name"] = i.who.Name
	claims["given_name"], claims["family_name"] = i.who.Names()
	claims["unique_name"], claims["upn"] = i.who.Username, i.who.Username
	claims["amr"] = i.proof.Methods()
	claims["ipaddr"] = address
}
