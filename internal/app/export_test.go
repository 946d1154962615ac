package app

import (
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/snapshot"
)

// ProofsForTest makes credentials as a process of that platform does.
func ProofsForTest(p Platform, now func() time.Time) snapshot.Credentials {
	return proofs{p, entra.AuthorityOf, now}.of
}
