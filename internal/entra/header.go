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

func readHeader(raw string) (header, error) {
	text, err := strict.DecodeString(raw)
	if err != nil {
		return header{}, refuse(Malformed, "The header of the token is not base64url.")
	}
	h, err := decodeHeader(string(text))
	if err != nil {
		return h, refuse(Malformed, "The header of the token "+err.Error()+".")
	}
	return h, nil
}

// form is what the headers of an issuer's tokens say.
type form struct{ typ, alg string }

// The forms. No issuer has both.
var (
	entraForm = form{typ: "JWT", alg: "RS256"}
	ownForm   = form{typ: "at+jwt", alg: "ES256"} // RFC 9068 §2.1
)

// check refuses whatever is not of the form, names no key, or has an extension
// that must be understood. Remedy says what to present instead.
func (f form) check(h header, remedy func() string) error {
	switch {
	case h.typ != f.typ:
		return refuse(WrongType, "The token is not of type "+f.typ+". "+remedy())
	case h.alg != f.alg:
		return refuse(WrongAlgorithm, "The token is not signed with "+f.alg+". "+remedy())
	case h.crit:
		return refuse(CriticalHeader, "The token has critical header extensions, of which none is known. "+remedy())
	case h.kid == "":
		return refuse(NoKeyID, "The header of the token names no key. "+remedy())
	}
	return nil
}

// formOf returns the form that a token has to have: that of the issuer whose
// algorithm it names, and where nobody uses it that of the issuer to sign in at.
func (a *Acceptance) formOf(h header) form {
	switch {
	case h.alg == ownForm.alg, h.alg != entraForm.alg && a.ours.open:
		return ownForm
	default:
		return entraForm
	}
}

// remedy is what helps against a token that is no use here.
func (a *Acceptance) remedy() string { return "Present an access token of " + a.Issuer() + "." }

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
