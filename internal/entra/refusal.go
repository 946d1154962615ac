package entra

import (
	"strings"

	"gatehouse/internal/fault"
)

// Reason says why a token was refused, in metrics and audit records. The set is
// closed.
type Reason string

// The reasons, in the order of the checks. Some concern ID tokens only.
const (
	TooLarge          Reason = "too_large"
	Malformed         Reason = "malformed"
	WrongType         Reason = "wrong_type"
	WrongAlgorithm    Reason = "wrong_algorithm"
	CriticalHeader    Reason = "critical_header"
	NoKeyID           Reason = "no_key_id"
	WrongTenant       Reason = "wrong_tenant"
	ConsumerAccount   Reason = "consumer_account"
	OtherCloud        Reason = "other_cloud"
	WrongIssuer       Reason = "wrong_issuer"
	VersionNotAllowed Reason = "version_not_allowed"
	WrongMode         Reason = "wrong_mode" // the organization has chosen another issuer
	UnknownKey        Reason = "unknown_key"
	WrongKeyIssuer    Reason = "wrong_key_issuer"
	BadSignature      Reason = "bad_signature"
	Expired           Reason = "expired"
	NotYetValid       Reason = "not_yet_valid"
	GraphAudience     Reason = "graph_audience"
	WrongAudience     Reason = "wrong_audience"
	WrongVersion      Reason = "wrong_version"
	WrongNonce        Reason = "wrong_nonce"
	WrongPerson       Reason = "wrong_person"
	NotRenewed        Reason = "not_renewed"
	NotAnIDToken      Reason = "not_an_id_token" //nolint:gosec // a reason, no credential
	NotAnAccessToken  Reason = "not_an_access_token"
	MissingScope      Reason = "missing_scope"
	AppsRefused       Reason = "apps_refused"
	MissingRole       Reason = "missing_role"
	GuestsRefused     Reason = "guests_refused"
	AgentsRefused     Reason = "agents_refused"
	ClientNotAllowed  Reason = "client_not_allowed"
	SenderConstrained Reason = "sender_constrained"
)

// Class is how a refusal is to be answered.
type Class uint8

// The classes. The zero value is the one that admits least.
const (
	InvalidToken      Class = iota // 401, invalid_token (RFC 6750 §3.1)
	InsufficientScope              // 403, insufficient_scope
	ClientForbidden                // 403: the client application is not allowed here
)

// Refusal is why a token is not accepted. Every part of it may be told to
// whoever presented the token.
type Refusal struct { //nolint:errname // a refusal is an answer about a token, and reads as one
	Reason      Reason
	Class       Class
	Verified    bool   // the tenant's key signed the token: what it says is true
	Description string // for error_description: only characters that RFC 6750 §3 allows
}

// Error implements error.
func (r *Refusal) Error() string { return string(r.Reason) + ": " + r.Description }

// Unwrap gives the refusal its fault: Unauthenticated for an InvalidToken,
// otherwise Forbidden.
func (r *Refusal) Unwrap() error {
	if r.Class == InvalidToken {
		return fault.New(fault.Unauthenticated, r.Description)
	}
	return fault.New(fault.Forbidden, r.Description)
}

func refuse(reason Reason, description string) *Refusal {
	return &Refusal{Reason: reason, Description: describe(description)}
}

func (r *Refusal) as(c Class) *Refusal {
	r.Class = c
	return r
}

// maxDescription keeps a challenge header small whatever a token says.
const maxDescription = 480

// describe keeps a description within %x20-21 / %x23-5B / %x5D-7E.
func describe(s string) string { return bound(strings.Map(descriptive, s), maxDescription) }

func descriptive(r rune) rune {
	if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
		return '?'
	}
	return r
}

// bound cuts a string of one-byte characters.
func bound(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most-3] + "..."
}
