package mcphost

import (
	"context"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// BodyKeys finds what the bodies of somebody's calls are encrypted with. It is asked
// only about calls whose bodies the organization wants kept.
type BodyKeys interface {
	Cipher(ctx context.Context, key *secrets.OrgKey, who authz.Identity) (audit.BodyCipher, error)
}

// keepBodies has the bodies of a call kept, or says why it must not run.
func (h *Host) keepBodies(ctx context.Context, by authz.Caller, req *request, k snapshot.Keep) error {
	cipher, err := h.bodyKeys.Cipher(ctx, req.snap.Key, by.Identity())
	if err != nil {
		return err
	}
	req.bodies = k.Bodies
	var arguments *audit.Text
	if given := argumentsOf(req); given != nil {
		t := textOf(k.Bodies, given, k.Arguments)
		arguments = &t
	}
	return req.entry.Bodies(cipher, arguments)
}

// resultBody is what is kept of a result.
func (r *request) resultBody(members []byte) *audit.Text {
	t := textOf(r.bodies, braced(members), r.keeps)
	return &t
}

// textOf is what a body has of an object.
func textOf(b tenants.Bodies, object []byte, clear []string) audit.Text {
	if b == tenants.FullBodies {
		return audit.Text{Form: audit.Full, Bytes: int64(len(object)), Content: object}
	}
	return audit.Text{Form: audit.Redacted, Bytes: int64(len(object)), Content: redact(object, clear)}
}
