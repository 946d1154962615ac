package wallet

import (
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tools/upstream/oauth"
)

// Sealed is what is kept of a sign-in.
func Sealed(snap *snapshot.Snapshot, a authorizations.Authorization, s oauth.Server, r oauth.Registration, t oauth.Token, got time.Time) ([]byte, error) {
	return kept{server: s, registration: r, token: t, got: got, place: s.Resource}.seal(snap, a)
}
