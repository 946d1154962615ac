package entra

import (
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Token is what a verified access token says.
type Token struct {
	Identity authz.Identity
	Version  Version // of Entra's; zero: it is ours
	KeyID    string
	// ClientAuth is how the client proved itself to Entra ("azpacr"): "0" not at
	// all, "1" a secret, "2" a certificate or an assertion, "" unsaid.
	ClientAuth string
	NotBefore  time.Time
	Groups     GroupClaim
	WIDs       []tenants.GUID // directory roles; a namespace of their own
	Agent      AgentFacts
	// Guest reports a person of another directory, also behind an agent.
	Guest bool
	// RelaysChallenges reports a client that can answer a claims challenge
	// ("xms_cc" holds cp1).
	RelaysChallenges bool
}

// AgentFacts is what a token says about agent identities (Microsoft Entra Agent
// ID). They are recorded; only their presence decides anything.
type AgentFacts struct {
	Actor   bool   // the client is an agent identity
	Subject bool   // the subject is an agent
	Parent  string // the agent identity's blueprint, "xms_par_app_azp"
}

// Any reports whether an agent has to do with the token.
func (f AgentFacts) Any() bool { return f.Actor || f.Subject || f.Parent != "" }

// GroupState says what a token tells about its subject's groups.
type GroupState uint8

// The states. The zero value claims nothing.
const (
	// GroupsAbsent: the token is silent. Whether that means "none" is known to
	// the organization's connection, not to the token.
	GroupsAbsent GroupState = iota
	// GroupsPresent: the token lists all of them.
	GroupsPresent
	// GroupsElsewhere: there are some, but the token does not list them by
	// object id: more than fit (overage), or names instead of ids.
	GroupsElsewhere
)

// GroupClaim is a token's word about groups.
type GroupClaim struct {
	State GroupState
	IDs   []tenants.GUID // of GroupsPresent
}
