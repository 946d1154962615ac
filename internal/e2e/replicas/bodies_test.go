package replicas_test

import (
	"context"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
)

// noBodies has no keys: no recording of these tests wants bodies kept.
type noBodies struct{}

func (noBodies) Cipher(context.Context, *secrets.OrgKey, authz.Identity) (audit.BodyCipher, error) {
	return nil, fault.New(fault.Internal, "there are no bodies")
}
