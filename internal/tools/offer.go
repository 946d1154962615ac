package tools

import (
	"time"

	"gatehouse/internal/tenants"
)

// Offer is one definition as a source last gave it.
type Offer struct {
	Kind       Kind
	Name       string // the source's own: of a tool or prompt, a URI, or a URI template
	Definition []byte // the object as it was sent
	Hash       Hash   // of Definition
}

// Approval is what an admin, or a source's policy, has decided about one
// definition: exactly the one with this hash may be served.
type Approval struct {
	Source    tenants.GUID
	Kind      Kind
	Name      string // the source's own
	Hash      Hash
	Effect    Effect // of a tool; empty for others
	Automatic bool   // the policy of the source decided
	At        time.Time
}

// Pinned is an approved definition with its text: what is served.
type Pinned struct {
	Approval
	Definition []byte
}
