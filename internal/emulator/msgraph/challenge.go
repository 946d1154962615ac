package msgraph

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/keyring"
)

// wanted are the authentication contexts that paths demand. It is safe for
// concurrent use.
type wanted struct {
	mu sync.Mutex
	at map[string]string // path to "c1"
}

var authContext = regexp.MustCompile(`^c([1-9]|[1-9][0-9])$`)

// SetChallenge makes a path, and everything below it, demand an authentication
// context, "c1" to "c99": tokens whose "acrs" does not have it are answered with
// a claims challenge. No context ends the demand.
func (s *Service) SetChallenge(path, acrs string) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("path %q does not begin with a slash: give one such as /v1.0/me", path)
	}
	if acrs != "" && !authContext.MatchString(acrs) {
		return errors.New("acrs is not an authentication context: use c1 to c99, or nothing to end the demand")
	}
	s.wanted.mu.Lock()
	defer s.wanted.mu.Unlock()
	if s.wanted.at == nil {
		s.wanted.at = map[string]string{}
	}
	if s.wanted.at[path] = acrs; acrs == "" {
		delete(s.wanted.at, path)
	}
	return nil
}

// of is the context the longest demanding path above this one demands.
func (w *wanted) of(path string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	longest, acrs := "", ""
	for at, demand := range w.at {
		if Below(path, at) && len(at) > len(longest) {
			longest, acrs = at, demand
		}
	}
	return acrs
}

func (w *wanted) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = nil
}

// Below tells whether a path is another one or lies below it, whole segments
// compared.
func Below(path, above string) bool {
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(above, "/"))
	return ok && (rest == "" || rest[0] == '/')
}

// proof is what a claims challenge asks a new token to prove.
type proof struct {
	Essential bool   `json:"essential"`
	Value     string `json:"value"`
}

// challenged answers with a claims challenge if the visitor's token needs a
// successor: 401, error="insufficient_claims" and the claims a new token has to
// have, as the page claims-challenge says and as recorded from Graph in
// microsoftgraph/msgraph-sdk-dotnet issue 1416. A client that has not declared
// the capability cp1 gets no challenge it could not read but 403 and a sentence,
// as the same page has an API do; that Graph does so, code and sentence are from
// memory.
func (s *Service) challenged(v *visit) bool {
	p := v.token
	if v.who != nil && capable(p) && s.revoked(v.who, p) {
		s.challenge(v, "nbf", strconv.FormatInt(v.who.ValidFrom.Unix(), 10), "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp")
		return true
	}
	demand := s.wanted.of(v.r.URL.Path)
	if demand == "" || p.Text("acrs") == demand || slices.Contains(p.Texts("acrs"), demand) {
		return false
	}
	if !capable(p) {
		v.refuse(&problem{http.StatusForbidden, denied.code, "The access token does not satisfy the authentication context " + demand + ", and its client has not declared that it handles claims challenges."})
		return true
	}
	s.challenge(v, "acrs", demand, "The access token does not satisfy the authentication context "+demand+".") // the emulator's sentence
	return true
}

func (s *Service) challenge(v *visit, claim, value, message string) {
	wish, err := json.Marshal(map[string]any{"access_token": map[string]proof{claim: {true, value}}})
	if err != nil {
		v.refuse(injected(500))
		return
	}
	v.w.Header().Set("WWW-Authenticate", s.signIn()+`, error="insufficient_claims", claims="`+base64.StdEncoding.EncodeToString(wish)+`"`)
	v.refuse(unauthenticated(message))
}

// capable tells a token whose client handles claims challenges. Others go on
// until they expire, revoked or not (page app-resilience-continuous-access-
// evaluation).
func capable(p *keyring.Presented) bool {
	return slices.ContainsFunc(p.Texts("xms_cc"), func(capability string) bool { return strings.EqualFold(capability, "cp1") })
}

// revoked tells whether the person's sessions ended after the token was made: by
// the session sealed into "aio" where it is ours, otherwise by the time.
func (s *Service) revoked(who *directory.Person, p *keyring.Presented) bool {
	var of struct{ Generation uint64 }
	if s.sealer.Open("session", p.Text("aio"), &of) {
		return of.Generation != who.Generation
	}
	return p.At("iat").Before(who.ValidFrom)
}
