package emulator

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
)

// sign makes a compact JWS. header overrides the defaults.
func (k *signingKey) sign(header, claims map[string]any) (string, error) {
	shown := map[string]any{"typ": "JWT", "alg": "RS256", "kid": k.kid}
	maps.Copy(shown, header)
	return k.signAs(shown, shown, claims)
}

// signGraph makes a token for Microsoft Graph: the header shows a nonce, but
// the signature covers its digest, so nobody but Graph can verify it.
func (k *signingKey) signGraph(claims map[string]any) (string, error) {
	nonce := random(32)
	shown := map[string]any{"typ": "JWT", "alg": "RS256", "kid": k.kid, "x5t": k.kid, "nonce": nonce}
	signed := maps.Clone(shown)
	signed["nonce"] = digest(nonce)
	return k.signAs(shown, signed, claims)
}

// signAs signs claims under one header and shows another.
func (k *signingKey) signAs(shown, signed, claims map[string]any) (string, error) {
	payload, err := encodePart(claims)
	if err != nil {
		return "", err
	}
	under, err := encodePart(signed)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(under + "." + payload))
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.private, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	over, err := encodePart(shown)
	if err != nil {
		return "", err
	}
	return over + "." + payload + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func encodePart(value map[string]any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("encode token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

func decodePart(part string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

// What can be wrong with a token's form and signature.
var (
	errMalformed = errors.New("the token is malformed")
	errKey       = errors.New("the key was not found")
	errSignature = errors.New("the provided signature value did not match the expected signature value")
)

// presented is a token somebody handed in, its signature checked.
type presented struct {
	header map[string]any
	claims map[string]any
}

// verify checks form and signature of a token of ours, nothing else. A token
// that shows a nonce verifies as Microsoft Graph verifies it.
func (e *Emulator) verify(token string) (*presented, error) {
	parts := strings.Split(token, ".")
	var p presented
	if len(parts) != 3 || decodePart(parts[0], &p.header) != nil || decodePart(parts[1], &p.claims) != nil || p.header["alg"] != "RS256" {
		return nil, errMalformed
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, errMalformed
	}
	kid, _ := p.header["kid"].(string)
	key, err := e.publishedKey(kid)
	if err != nil {
		return nil, err
	}
	under := parts[0]
	if nonce, ok := p.header["nonce"].(string); ok {
		signed := maps.Clone(p.header)
		signed["nonce"] = digest(nonce)
		if under, err = encodePart(signed); err != nil {
			return nil, errMalformed
		}
	}
	sum := sha256.Sum256([]byte(under + "." + parts[1]))
	if rsa.VerifyPKCS1v15(&key.private.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return nil, errSignature
	}
	return &p, nil
}

func (e *Emulator) publishedKey(kid string) (*signingKey, error) {
	keys, err := e.keys.published()
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if key.kid == kid {
			return key, nil
		}
	}
	return nil, errKey
}

// text is a claim that is a string; else empty.
func (p *presented) text(name string) string {
	s, _ := p.claims[name].(string)
	return s
}

// at is a claim that is a time in seconds; else the zero time.
func (p *presented) at(name string) time.Time {
	n, ok := p.claims[name].(json.Number)
	if !ok {
		return time.Time{}
	}
	seconds, err := n.Float64()
	if err != nil {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
