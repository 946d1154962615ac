package authserver

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/wire"
)

// jwtBearer is the one form of assertion that clients authenticate with (RFC 7523
// §2.2).
const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" //nolint:gosec // a name, no credential

// signingAlgorithms are those that assertions may be signed with.
var signingAlgorithms = []string{"ES256", "RS256", "PS256"}

// What an assertion may have.
const (
	maxAssertion  = 8 << 10 // bytes
	assertionLife = 5 * time.Minute
	assertionSkew = 30 * time.Second // by which clocks may differ
	maxJTI        = 200
)

// assertion is what a client says of itself, signed. Nothing of it is proved yet.
type assertion struct {
	signed    string // header and payload as they came
	signature []byte
	alg, kid  string

	issuer, subject, audience, id string
	expires, notBefore, issuedAt  int64
}

func badAssertion(why string) *refusal { return refuse(invalidClient, "client_assertion "+why) }

// readAssertion reads a JWT (RFC 7519) strictly.
func readAssertion(text string) (assertion, error) {
	parts := strings.Split(text, ".")
	if len(text) > maxAssertion || len(parts) != 3 {
		return assertion{}, badAssertion("is no JWT, or longer than " + strconv.Itoa(maxAssertion) + " bytes")
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return assertion{}, badAssertion("is not base64url")
		}
	}
	a := assertion{signed: parts[0] + "." + parts[1], signature: raw[2]}
	if why := a.readHeader(raw[0]); why != "" {
		return assertion{}, badAssertion(why)
	}
	if why := a.readClaims(raw[1]); why != "" {
		return assertion{}, badAssertion(why)
	}
	return a, nil
}

func (a *assertion) readHeader(text []byte) (why string) {
	members, err := wire.Members(text, wire.Limits{MaxBytes: maxAssertion, MaxDepth: 8})
	if err != nil {
		return "has a header that is no JSON object"
	}
	if wire.Value(members, "crit") != nil {
		return "wants something understood that is not (crit)"
	}
	return textsOf(members, map[string]*string{"alg": &a.alg, "kid": &a.kid})
}

func (a *assertion) readClaims(text []byte) (why string) {
	members, err := wire.Members(text, wire.Limits{MaxBytes: maxAssertion, MaxDepth: 8})
	if err != nil {
		return "has claims that are no JSON object"
	}
	if why := textsOf(members, map[string]*string{"iss": &a.issuer, "sub": &a.subject, "jti": &a.id}); why != "" {
		return why
	}
	for name, to := range map[string]*int64{"exp": &a.expires, "nbf": &a.notBefore, "iat": &a.issuedAt} {
		var seconds float64
		switch value := wire.Value(members, name); {
		case value == nil:
		case json.Unmarshal(value, &seconds) != nil || seconds < 0 || seconds > 1<<40:
			return "has a claim " + name + " that is no time"
		default:
			*to = int64(seconds)
		}
	}
	audience := wire.Value(members, "aud")
	if list, ok := wire.Texts(audience); ok && len(list) == 1 {
		a.audience = list[0]
		return ""
	}
	var ok bool
	if a.audience, ok = wire.Text(audience); !ok {
		return "must be for one audience, the issuer"
	}
	return ""
}

// textsOf reads members that are texts if they are there.
func textsOf(members []wire.Member, into map[string]*string) (why string) {
	for name, to := range into {
		value := wire.Value(members, name)
		if value == nil {
			continue
		}
		one, ok := wire.Text(value)
		if !ok {
			return "has " + name + " that is no text"
		}
		*to = one
	}
	return ""
}

// checkAssertion refuses an assertion that is not a client's own, for us, now, and
// for the first time (RFC 7523 §3).
func (s *Server) checkAssertion(r *http.Request, snap *snapshot.Snapshot, client string, a assertion, keys []connections.Key) error {
	now, issuer := s.Now(), s.issuer(snap.Organization.Slug)
	expires := time.Unix(a.expires, 0)
	switch {
	case a.issuer != client || a.subject != client:
		return badAssertion("must have the client id as iss and as sub")
	case a.audience != issuer && a.audience != issuer+"/token":
		return badAssertion("must be for " + issuer + " (aud)")
	case !now.Before(expires.Add(assertionSkew)):
		return badAssertion("is over (exp); sign another for each request")
	case expires.After(now.Add(assertionLife + assertionSkew)):
		return badAssertion("must be over within five minutes (exp)")
	case time.Unix(max(a.notBefore, a.issuedAt), 0).After(now.Add(assertionSkew)):
		return badAssertion("is from the future (nbf, iat); set the clock")
	case a.id == "" || len(a.id) > maxJTI:
		return badAssertion("must have a jti, of " + strconv.Itoa(maxJTI) + " bytes at most")
	case !a.signedBy(keys):
		return badAssertion("is signed with none of the client's keys, or not with " + strings.Join(signingAlgorithms, ", "))
	}
	key := sha256.Sum256([]byte("client assertion\x00" + snap.Organization.ID.String() + "\x00" + client + "\x00" + a.id))
	err := s.OneTime.PutOneTime(r.Context(), key, expires.Add(assertionSkew), nil)
	if err != nil && fault.KindOf(err) == fault.Conflict {
		return badAssertion("was used before (jti); sign another for each request")
	}
	return err
}

// signedBy reports whether one of the keys signed it: the one that it names, or any
// if it names none.
func (a assertion) signedBy(keys []connections.Key) bool {
	for _, k := range keys {
		if (a.kid == "" || a.kid == k.ID) && (k.Alg == "" || k.Alg == a.alg) && a.verifies(k.Public) {
			return true
		}
	}
	return false
}

// verifies holds the algorithm to the kind of the key (RFC 8725 §3.1).
func (a assertion) verifies(public any) bool {
	digest := sha256.Sum256([]byte(a.signed))
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		const half = 32
		if a.alg != "ES256" || len(a.signature) != 2*half {
			return false
		}
		return ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(a.signature[:half]), new(big.Int).SetBytes(a.signature[half:]))
	case *rsa.PublicKey:
		switch a.alg {
		case "RS256":
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], a.signature) == nil
		case "PS256":
			return rsa.VerifyPSS(key, crypto.SHA256, digest[:], a.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
	}
	return false
}

// names reports whether the key that an assertion names is in a set.
func (a assertion) names(keys []connections.Key) bool {
	for _, k := range keys {
		if k.ID == a.kid {
			return true
		}
	}
	return a.kid == ""
}
