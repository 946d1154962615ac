package chaos_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// till stands before Entra ID and knows whose each refresh token is, of which it is
// the successor, and who has redeemed what.
type till struct {
	mu      sync.Mutex
	slow    time.Duration // how long redeeming one takes, half of it before and half after Entra has decided
	owner   map[tillToken]string
	parent  map[tillToken]tillToken
	spent   map[tillToken]int  // how often it was redeemed
	past    map[tillToken]bool // a successor has been redeemed
	under   map[string]int     // of one person, under way
	asked   map[string][]time.Time
	cut     int // redeemed again, because what came of the first time was lost
	strange []string
}

// tillToken is the hash of a refresh token.
type tillToken [sha256.Size]byte

func newTill() *till {
	return &till{
		owner: map[tillToken]string{}, parent: map[tillToken]tillToken{}, spent: map[tillToken]int{},
		past: map[tillToken]bool{}, under: map[string]int{}, asked: map[string][]time.Time{},
	}
}

// before answers as Entra does.
func (s *till) before(entra http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/token") {
			entra.ServeHTTP(rw, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		form, malformed := url.ParseQuery(string(body))
		if err != nil || malformed != nil {
			http.Error(rw, "unreadable", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		done := s.comes(form)
		entra.ServeHTTP(answer, r)
		done(answer)
		maps.Copy(rw.Header(), answer.Header())
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(answer.Body.Bytes())
	})
}

// comes notes a request, and returns what notes its answer.
func (s *till) comes(form url.Values) func(answer *httptest.ResponseRecorder) {
	switch form.Get("grant_type") {
	case "refresh_token":
		return s.redeems(sha256.Sum256([]byte(form.Get("refresh_token"))))
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		who := oidOf(form.Get("assertion"))
		return func(answer *httptest.ResponseRecorder) {
			if next, ok := handed(answer); ok {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.owner[next] = who
			}
		}
	}
	return func(*httptest.ResponseRecorder) {}
}

// redeems notes that a refresh token is being redeemed. It is strange if its person's
// is being redeemed already, or if a successor of it has been.
func (s *till) redeems(token tillToken) func(answer *httptest.ResponseRecorder) {
	s.mu.Lock()
	who, known := s.owner[token]
	switch {
	case !known:
		s.strange = append(s.strange, "a refresh token was redeemed that Entra has not given")
	case s.past[token]:
		s.strange = append(s.strange, who+": a refresh token was redeemed after a successor of it")
	}
	if s.under[who]++; s.under[who] > 1 {
		s.strange = append(s.strange, who+": two refresh tokens were redeemed at a time")
	}
	if s.spent[token]++; s.spent[token] > 1 {
		s.cut++
	}
	for at, ok := s.parent[token]; ok && !s.past[at]; at, ok = s.parent[at] {
		s.past[at] = true
	}
	half := s.slow / 2
	s.mu.Unlock()
	<-time.After(half)
	return func(answer *httptest.ResponseRecorder) {
		<-time.After(half)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.under[who]--
		s.asked[who] = append(s.asked[who], time.Now())
		if next, ok := handed(answer); ok {
			s.owner[next], s.parent[next] = who, token
		}
	}
}

// handed returns the refresh token of an answer.
func handed(answer *httptest.ResponseRecorder) (tillToken, bool) {
	var said struct {
		RefreshToken string `json:"refresh_token"`
	}
	if answer.Code != http.StatusOK || json.Unmarshal(answer.Body.Bytes(), &said) != nil || said.RefreshToken == "" {
		return tillToken{}, false
	}
	return sha256.Sum256([]byte(said.RefreshToken)), true
}

// oidOf returns whose a token is, without verifying it.
func oidOf(token string) string {
	parts := strings.Split(token, ".")
	var claims struct{ OID string }
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return claims.OID
}

// complaints says what was strange.
func (s *till) complaints() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.strange)
}

// slowed makes redeeming take so long.
func (s *till) slowed(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow = d
}

// questions is how often Entra was asked about people, and how often because what had
// come of it was lost.
func (s *till) questions() (all, again int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, times := range s.asked {
		all += len(times)
	}
	return all, s.cut
}

// longestGap is the longest time for which Entra was not asked about one of these
// people, from the first question about them on.
func (s *till) longestGap(people []string) (longest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, who := range people {
		times := s.asked[who]
		for i := 1; i < len(times); i++ {
			longest = max(longest, times[i].Sub(times[i-1]))
		}
	}
	return longest
}

// TestTillReportsWhatIsStrange proves that the check can fail.
func TestTillReportsWhatIsStrange(t *testing.T) {
	t.Parallel()
	const who = "c0c0c0c0-0000-4000-8000-000000000001"
	assertion := "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"oid":"`+who+`"}`)) + ".c2ln"
	answers := 0
	entra := http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		answers++
		_, _ = fmt.Fprintf(rw, `{"refresh_token":"token %d"}`, answers)
	})
	redeem := func(number int) url.Values {
		return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {fmt.Sprintf("token %d", number)}}
	}
	for name, c := range map[string]struct {
		redeemed []int // what is handed out has the numbers 2, 3 and so on
		strange  bool
		again    int
	}{
		"in order":              {[]int{1, 2, 3}, false, 0},
		"again, as it was lost": {[]int{1, 1, 3, 4}, false, 1},
		"a step back":           {[]int{1, 2, 1}, true, 1},
		"two steps back":        {[]int{1, 2, 3, 1}, true, 1},
		"the one that was lost": {[]int{1, 1, 2}, false, 1},
		"one of nobody":         {[]int{7}, true, 0},
	} {
		s := newTill()
		answers = 0
		post := func(form url.Values) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/tenant/oauth2/v2.0/token", strings.NewReader(form.Encode()))
			s.before(entra).ServeHTTP(httptest.NewRecorder(), r)
		}
		post(url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}})
		for _, number := range c.redeemed {
			post(redeem(number))
		}
		_, again := s.questions()
		if strange := len(s.complaints()) > 0; strange != c.strange || again != c.again {
			t.Errorf("%s: %d again, %v", name, again, s.complaints())
		}
	}
	s := newTill()
	first := sha256.Sum256([]byte("token 1"))
	s.owner[first] = who
	s.redeems(first)
	if s.redeems(first); len(s.complaints()) != 1 {
		t.Errorf("two at a time: %v", s.complaints())
	}
}
