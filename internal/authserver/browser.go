package authserver

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"time"
)

// The names of the cookie that holds a browser's own secret. The prefix makes
// browsers refuse it without Secure, with a Domain, or for a narrower path (RFC
// 6265bis §4.1.3.2); over plain http, in development on loopback, they would refuse
// it always.
const (
	markCookie      = "__Host-gatehouse-authorize"
	plainMarkCookie = "gatehouse-authorize"
)

// markLife outlives every step of an authorization.
const markLife = time.Hour

func (s *Server) isSecure() bool { return s.Base.Scheme == "https" }

func (s *Server) markName() string {
	if s.isSecure() {
		return markCookie
	}
	return plainMarkCookie
}

// mark returns the hash of the browser's own secret, which it is given with its
// first authorization and keeps for others at the same time.
func (s *Server) mark(v visit) [32]byte {
	secret := rand.Text()
	if known, err := v.r.Cookie(s.markName()); err == nil && len(known.Value) == len(secret) {
		secret = known.Value
	}
	http.SetCookie(v.w, &http.Cookie{ //nolint:gosec // Secure but over plain http on loopback
		Name: s.markName(), Value: secret, Path: "/", MaxAge: int(markLife.Seconds()),
		HttpOnly: true, Secure: s.isSecure(), SameSite: http.SameSiteLaxMode,
	})
	return sha256.Sum256([]byte(secret))
}

// isMarked reports whether a request comes from the browser with this hash.
func (s *Server) isMarked(v visit, want [32]byte) bool {
	cookie, err := v.r.Cookie(s.markName())
	if err != nil {
		return false
	}
	got := sha256.Sum256([]byte(cookie.Value))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
