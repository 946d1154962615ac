package keyring

import (
	"bytes"
	"crypto"
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

// Sign makes a compact JWS. header overrides the defaults.
func (k *Key) Sign(header, claims map[string]any) (string, error) {
	shown := map[string]any{"typ": "JWT", "alg": "RS256", "kid": k.ID}
	maps.Copy(shown, header)
	return k.signAs(shown, shown, claims)
}

// SignGraph makes a token for Microsoft Graph: the header shows a nonce, but
// the signature covers its digest, so nobody but Graph can verify it.
func (k *Key) SignGraph(nonce string, claims map[string]any) (string, error) {
	shown := map[string]any{"typ": "JWT", "alg": "RS256", "kid": k.ID, "x5t": k.ID, "nonce": nonce}
	signed := maps.Clone(shown)
	signed["nonce"] = Digest(nonce)
	return k.signAs(shown, signed, claims)
}

// signAs signs claims under one header and shows another.
func (k *Key) signAs(shown, signed, claims map[string]any) (string, error) {
	payload, err := encodePart(claims)
	if err != nil {
		return "", err
	}
	under, err := encodePart(signed)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(under + "." + payload))
	signature, err := rsa.SignPKCS1v15(nil, k.Private, crypto.SHA256, sum[:])
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
	ErrMalformed = errors.New("the token is malformed")
	ErrKey       = errors.New("the key was not found")
	ErrSignature = errors.New("the provided signature value did not match the expected signature value")
)

// Presented is a token somebody handed in, its signature checked.
type Presented struct {
	Header map[string]any
	Claims map[string]any
}

// Verify checks form and signature of a token of ours, nothing else: the key
// must be one of the tenant the token names. A token that shows a nonce verifies
// as Microsoft Graph verifies it.
func (r *Ring) Verify(token string) (*Presented, error) {
	parts := strings.Split(token, ".")
	var p Presented
	if len(parts) != 3 || decodePart(parts[0], &p.Header) != nil || decodePart(parts[1], &p.Claims) != nil || p.Header["alg"] != "RS256" {
		return nil, ErrMalformed
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, ErrMalformed
	}
	kid, _ := p.Header["kid"].(string)
	key, err := r.publishedKey(p.Text("tid"), kid)
	if err != nil {
		return nil, err
	}
	under := parts[0]
	if nonce, ok := p.Header["nonce"].(string); ok {
		signed := maps.Clone(p.Header)
		signed["nonce"] = Digest(nonce)
		if under, err = encodePart(signed); err != nil {
			return nil, ErrMalformed
		}
	}
	sum := sha256.Sum256([]byte(under + "." + parts[1]))
	if rsa.VerifyPKCS1v15(&key.Private.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return nil, ErrSignature
	}
	return &p, nil
}

// publishedKey finds a key that a tenant's tokens may be signed with.
func (r *Ring) publishedKey(tid, kid string) (*Key, error) {
	s, err := r.of(tid)
	if err != nil {
		return nil, err
	}
	if key, ok := s.key(kid); ok {
		return key, nil
	}
	return nil, ErrKey
}

// Text is a claim that is a string; else empty.
func (p *Presented) Text(name string) string {
	s, _ := p.Claims[name].(string)
	return s
}

// Texts is a claim that is a list of strings; anything else in it is left out.
func (p *Presented) Texts(name string) []string {
	list, _ := p.Claims[name].([]any)
	var out []string
	for _, value := range list {
		if s, ok := value.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// At is a claim that is a time in seconds; else the zero time.
func (p *Presented) At(name string) time.Time {
	n, ok := p.Claims[name].(json.Number)
	if !ok {
		return time.Time{}
	}
	seconds, err := n.Float64()
	if err != nil {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// Digest is the base64url SHA-256 of a text.
func Digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Pairwise is the subject one app sees for one person.
func Pairwise(tid, oid, app string) string {
	return Digest("sub\x00" + tid + "\x00" + oid + "\x00" + app)
}
