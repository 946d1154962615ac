package connections_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
)

const (
	// a point of P-256 (RFC 7517, appendix A.1)
	point = `"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"`
	// its y one bit off
	beside = `"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyI"`
)

// modulus is an odd number of so many bits.
func modulus(bits int) string {
	n := make([]byte, bits/8)
	n[0], n[len(n)-1] = 0x80, 1
	return base64.RawURLEncoding.EncodeToString(n)
}

func TestKeySetsAreRead(t *testing.T) {
	t.Parallel()
	set := `{"keys":[{` + point + `,"kid":"1","use":"sig","alg":"ES256"},{"kty":"RSA","n":"` + modulus(2048) + `","e":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":"AA"},{` + point + `,"use":"enc"}]}`
	keys, err := connections.ReadKeys([]byte(set))
	if err != nil || len(keys) != 2 || keys[0].ID != "1" || keys[0].Alg != "ES256" || keys[1].ID != "" {
		t.Errorf("%+v %v", keys, err)
	}
}

func TestKeySetsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	rsa := func(bits int, e string) string {
		return `{"keys":[{"kty":"RSA","n":"` + modulus(bits) + `","e":"` + e + `"}]}`
	}
	for name, set := range map[string]string{
		"nothing":              "",
		"no JSON":              "{",
		"a list":               "[]",
		"no keys":              `{"keys":[]}`,
		"too many keys":        `{"keys":[` + strings.Repeat(`{`+point+`},`, 10) + `{` + point + `}]}`,
		"a key that is none":   `{"keys":["x"]}`,
		"nothing to sign with": `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}`,
		"a key to encrypt":     `{"keys":[{` + point + `,"use":"enc"}]}`,
		"a private key":        `{"keys":[{` + point + `,"d":"x"}]}`,
		"a shared key":         `{"keys":[{"kty":"oct","k":"x"}]}`,
		"beside the curve":     `{"keys":[{` + beside + `}]}`,
		"half a point":         `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`,
		"a short RSA key":      rsa(2040, "AQAB"),
		"a long RSA key":       rsa(4104, "AQAB"),
		"an even exponent":     rsa(2048, "AQAA"),
		"an exponent of 1":     rsa(2048, "AQ"),
		"a large exponent":     rsa(2048, "AQAAAAE"),
		"a number for a text":  `{"keys":[{"kty":7}]}`,
		"a long name":          `{"keys":[{` + point + `,"kid":"` + strings.Repeat("x", 201) + `"}]}`,
		"a long set":           `{"keys":[{` + point + `,"x5c":"` + strings.Repeat("x", 16<<10) + `"}]}`,
	} {
		if keys, err := connections.ReadKeys([]byte(set)); fault.KindOf(err) != fault.Invalid || len(keys) > 0 || len(fault.Public(err)) > 300 {
			t.Errorf("%s: %+v %v", name, keys, err)
		}
	}
}
