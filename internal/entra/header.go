package entra

import (
	"encoding/base64"
	"strings"
)

// maxToken bounds a token: 200 groups, the most Entra puts into one, make about
// 12 kB, and app roles and custom claims can come on top.
const maxToken = 32 << 10

// strict is base64url without padding (RFC 7515 §2) and without the spare bits
// that would let two spellings mean one token.
var strict = base64.RawURLEncoding.Strict()

// parts is a compact JWS (RFC 7515 §3.1), of which only the signature is decoded.
type parts struct {
	signed    string // header and payload, as signed
	header    string
	payload   string
	signature []byte
}

// cut splits a token. Go's base64 skips line breaks, so they are refused here.
func cut(token string) (parts, bool) {
	header, rest, _ := strings.Cut(token, ".")
	payload, last, _ := strings.Cut(rest, ".")
	broken := strings.IndexByte(token, '\r') >= 0 || strings.IndexByte(token, '\n') >= 0
	if broken || header == "" || payload == "" || last == "" {
		return parts{}, false
	}
	signature, err := strict.DecodeString(last)
	return parts{signed: token[:len(header)+1+len(payload)], header: header, payload: payload, signature: signature}, err == nil
}

// header is what decides how a token is to be checked. Keys and URLs of keys
// that a header might carry are never looked at.
type header struct {
	typ, alg, kid string
	crit          bool
}

// checkHeader decodes the header and refuses whatever Entra does not issue:
// "typ" JWT, "alg" RS256, a "kid", and no extension that must be understood.
func checkHeader(raw string) (header, error) {
	text, err := strict.DecodeString(raw)
	if err != nil {
		return header{}, refuse(Malformed, "The header of the token is not base64url.")
	}
	h, err := decodeHeader(string(text))
	switch {
	case err != nil:
		return h, refuse(Malformed, "The header of the token "+err.Error()+".")
	case h.typ != "JWT":
		return h, refuse(WrongType, "The token is not of type JWT. Present an access token of Microsoft Entra ID.")
	case h.alg != "RS256":
		return h, refuse(WrongAlgorithm, "The token is not signed with RS256. Present an access token of Microsoft Entra ID.")
	case h.crit:
		return h, refuse(CriticalHeader, "The token has critical header extensions, which Microsoft Entra ID does not use.")
	case h.kid == "":
		return h, refuse(NoKeyID, "The header of the token names no key.")
	}
	return h, nil
}

func decodeHeader(text string) (h header, err error) {
	err = read(text, func(s *scanner, name string) (err error) {
		switch name {
		case "typ":
			h.typ, err = s.str()
		case "alg":
			h.alg, err = s.str()
		case "kid":
			h.kid, err = s.str()
		case "crit":
			h.crit, err = true, s.skip(1)
		default:
			if isVariant(name, headerNames) {
				return errVariant
			}
			err = s.skip(1)
		}
		return err
	})
	return h, err
}

var headerNames = []string{"typ", "alg", "kid", "crit"}
