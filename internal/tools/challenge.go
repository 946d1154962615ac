package tools

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/fault"
)

// ChallengeError says that what is behind us wants to see more of a person's
// sign-in, and which claims a client can ask Entra for to show it (Microsoft,
// "Claims challenges, claims requests and client capabilities"). It is a fault of
// kind Unauthenticated that says the same in words.
type ChallengeError struct {
	claims string
	why    *fault.Error
}

// SignInAgain is what whoever is challenged can do where the client does not know
// of challenges.
const SignInAgain = "sign out of the AI app, sign in again as your organization requires for this, and repeat the call"

// NewChallengeError returns the error for claims that ReadClaims has returned.
func NewChallengeError(claims, why string, cause error) *ChallengeError {
	return &ChallengeError{claims, fault.Wrap(fault.Unauthenticated, why, cause)}
}

// Claims returns the claims request, as JSON of our own.
func (e *ChallengeError) Claims() string { return e.claims }

func (e *ChallengeError) Error() string { return e.why.Error() }

// Unwrap returns the fault.
func (e *ChallengeError) Unwrap() error { return e.why }

// The limits of a claims request. Entra's have one claim with an id or two.
const (
	MaxClaims      = 4 << 10 // bytes of the text
	mostClaims     = 8
	mostValues     = 32
	longestClaim   = 64 // bytes of a name
	longestContent = 256
)

// claimsRequest is the part of a claims request that is about access tokens
// (OpenID Connect Core §5.5).
type claimsRequest struct {
	AccessToken map[string]*claimRequest `json:"access_token"`
}

// claimRequest is one claim of it; null asks for the claim, whatever its value.
type claimRequest struct {
	Essential bool     `json:"essential,omitempty"`
	Value     string   `json:"value,omitempty"`
	Values    []string `json:"values,omitempty"`
}

// ReadClaims reads a claims request that somebody else has written and returns
// what of it is about access tokens in our own words. Anything that Entra could
// not have meant is an error.
func ReadClaims(text string) (string, error) {
	if len(text) > MaxClaims {
		return "", fmt.Errorf("the claims request has more than %d bytes", MaxClaims)
	}
	var asked claimsRequest
	if json.Unmarshal([]byte(text), &asked) != nil {
		return "", errors.New("the claims request is not a JSON object of claims")
	}
	if n := len(asked.AccessToken); n == 0 || n > mostClaims {
		return "", fmt.Errorf("the claims request asks for %d claims of an access token; 1 to %d can be asked for", n, mostClaims)
	}
	for name, claim := range asked.AccessToken {
		if !isClaimName(name) || claim != nil && !claim.isSane() {
			return "", errors.New("the claims request has a name or a value that no claim has")
		}
	}
	own, err := json.Marshal(asked)
	return string(own), err
}

func isClaimName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return name != "" && len(name) <= longestClaim
}

func (c *claimRequest) isSane() bool {
	if len(c.Values) > mostValues || c.Value != "" && !isClaimValue(c.Value) {
		return false
	}
	for _, v := range c.Values {
		if !isClaimValue(v) {
			return false
		}
	}
	return true
}

// isClaimValue reports whether a text is visible ASCII that JSON says as it is.
func isClaimValue(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= 0x7f {
			return false
		}
	}
	return text != "" && len(text) <= longestContent && !strings.ContainsAny(text, `"\<>&`)
}
