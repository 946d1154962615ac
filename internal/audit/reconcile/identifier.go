package reconcile

import (
	"encoding/base64"
	"encoding/hex"

	"gatehouse/internal/tenants"
)

// identifier is what identifies a token and the sign-in that issued it.
//
// Entra has one value in three spellings: the claim uti is the request's id, the
// sixteen bytes of a GUID as .NET lays them out, in base64url; Azure Monitor's
// UniqueTokenIdentifier is the same; Microsoft Graph's is the base64 of the GUID's
// text; and the sign-in's own id ("Request ID") is that text.
type identifier string

// identify returns the identifier of a value in any of these spellings. A value in
// none of them identifies itself.
func identify(text string) identifier {
	if raw, err := base64.RawURLEncoding.DecodeString(text); err == nil && len(raw) == 16 {
		return identifier(hex.EncodeToString(raw))
	}
	if id, ok := ofGUID(text); ok {
		return id
	}
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding} {
		if raw, err := encoding.DecodeString(text); err == nil {
			if id, ok := ofGUID(string(raw)); ok {
				return id
			}
		}
	}
	return identifier(text)
}

// ofGUID returns the identifier of a GUID's text, whose first three groups .NET keeps
// with their bytes in reverse (Guid.ToByteArray).
func ofGUID(text string) (identifier, bool) {
	g, err := tenants.ParseGUID(text)
	if err != nil || len(text) != 36 {
		return "", false
	}
	b := g.Bytes()
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5] = b[5], b[4]
	b[6], b[7] = b[7], b[6]
	return identifier(hex.EncodeToString(b[:])), true
}

// shaped reports whether a token's id looks like one that Gatehouse gives: the text of a
// UUID, which no uti is. Whoever makes an id up can make it look so.
func shaped(id string) bool {
	_, err := tenants.ParseGUID(id)
	return err == nil && len(id) == 36
}
