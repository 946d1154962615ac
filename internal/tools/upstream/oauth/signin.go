package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/fault"
)

// SignIn is a sign-in under way. Its state finds it again when the person comes
// back; whoever keeps it meanwhile checks that it is the same person, and takes it
// once.
type SignIn struct {
	Server       Server
	Registration Registration
	Scopes       []string
	State        Secret
	Verifier     Secret
}

// ours are the parameters of an authorization request that nobody else sets.
var ours = []string{
	"response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "resource", "code_challenge", "code_challenge_method", "prompt", "request", "request_uri",
}

// NewSignIn begins a sign-in with a random state and verifier. Nil scopes ask for
// those of the server; other ones come of an administrator or of Widen, and a
// refresh token is asked for with them where the server's scopes do. A registration
// of another issuer is Internal.
func NewSignIn(s Server, r Registration, scopes []string) (SignIn, error) {
	if r.Issuer == "" || r.Issuer != s.Issuer {
		return SignIn{}, fault.Wrap(fault.Internal, "internal error", errors.New("oauth: a registration of another authorization server"))
	}
	switch {
	case scopes == nil:
		scopes = s.Scopes
	case slices.Contains(s.Scopes, offline) && !slices.Contains(scopes, offline):
		scopes = append(slices.Clone(scopes), offline)
	}
	return SignIn{Server: s, Registration: r, Scopes: slices.Clone(scopes), State: random(), Verifier: random()}, nil
}

// random returns 256 bits as text.
func random() Secret {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails
	return Secret(base64.RawURLEncoding.EncodeToString(b[:]))
}

// URL returns where to send the person's browser: the code flow with PKCE, for the
// source's resource.
func (i SignIn) URL() string {
	challenge := sha256.Sum256([]byte(i.Verifier))
	q := url.Values{
		"response_type":         {"code"},
		"client_id":             {i.Registration.ClientID},
		"redirect_uri":          {i.Registration.Redirect},
		"state":                 {i.State.Reveal()},
		"resource":              {i.Server.Resource},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"code_challenge_method": {"S256"},
	}
	if len(i.Scopes) > 0 {
		q.Set("scope", strings.Join(i.Scopes, " "))
	}
	if slices.Contains(i.Scopes, offline) {
		q.Set("prompt", "consent") // OpenID Connect Core §11 wants it
	}
	base, query, _ := strings.Cut(i.Server.Authorization, "?")
	if query != "" {
		query += "&"
	}
	return base + "?" + query + q.Encode()
}

type storedSignIn struct {
	Server       Server   `json:"server"`
	Registration []byte   `json:"registration"`
	Scopes       []string `json:"scopes"`
	State        string   `json:"state"`
	Verifier     string   `json:"verifier"`
}

// MarshalBinary returns the form to be encrypted and stored; UnmarshalBinary reads
// it.
func (i SignIn) MarshalBinary() ([]byte, error) {
	registration, err := i.Registration.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return json.Marshal(storedSignIn{i.Server, registration, i.Scopes, i.State.Reveal(), i.Verifier.Reveal()})
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (i *SignIn) UnmarshalBinary(stored []byte) error {
	var s storedSignIn
	var r Registration
	if json.Unmarshal(stored, &s) != nil || r.UnmarshalBinary(s.Registration) != nil || s.State == "" || s.Verifier == "" {
		return errors.New("oauth: the stored sign-in is not readable")
	}
	*i = SignIn{s.Server, r, s.Scopes, Secret(s.State), Secret(s.Verifier)}
	return nil
}
