package oauth

import (
	"encoding/json"
	"errors"
	"time"
)

// Token is what one authorization server issued for one person at one source.
type Token struct {
	Issuer   string // whose it is: it is refreshed and revoked nowhere else
	ClientID string // it was issued to
	Resource string // it is for, and the only place where Access is shown
	Access   Secret
	Refresh  Secret    // empty: the person signs in again when Access has expired
	Expires  time.Time // of Access; zero: nobody has said
	Scopes   []string  // granted
}

// renewBefore is how long before its end a token is no longer shown.
const renewBefore = 30 * time.Second

// Fresh reports whether Access can be shown at a time, as far as that is known. A
// source that does not accept it knows better.
func (t Token) Fresh(now time.Time) bool {
	return t.Access != "" && (t.Expires.IsZero() || now.Before(t.Expires.Add(-renewBefore)))
}

type storedToken struct {
	Issuer   string    `json:"issuer"`
	ClientID string    `json:"clientId"`
	Resource string    `json:"resource"`
	Access   string    `json:"access"`
	Refresh  string    `json:"refresh,omitempty"`
	Expires  time.Time `json:"expires,omitzero"`
	Scopes   []string  `json:"scopes,omitempty"`
}

// MarshalBinary returns the form to be encrypted and stored; UnmarshalBinary reads
// it.
func (t Token) MarshalBinary() ([]byte, error) {
	return json.Marshal(storedToken{t.Issuer, t.ClientID, t.Resource, t.Access.Reveal(), t.Refresh.Reveal(), t.Expires, t.Scopes})
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (t *Token) UnmarshalBinary(stored []byte) error {
	var s storedToken
	if json.Unmarshal(stored, &s) != nil || s.Issuer == "" || s.Resource == "" || s.Access == "" {
		return errors.New("oauth: the stored token is not readable")
	}
	*t = Token{s.Issuer, s.ClientID, s.Resource, Secret(s.Access), Secret(s.Refresh), s.Expires, s.Scopes}
	return nil
}

// of refuses a token that is not the server's, not for its source, or not ours.
func (t Token) of(s Server, r Registration) error {
	if t.Issuer != s.Issuer || t.Resource != s.Resource || t.ClientID != r.ClientID {
		return errors.New("oauth: a token of another authorization server, source or client")
	}
	return nil
}
