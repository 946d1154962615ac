package mcphost

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// stepUpError says which authentication contexts would permit a call, any of
// them.
type stepUpError struct {
	tool     string
	contexts []string
}

func (e stepUpError) Error() string {
	return "your roles allow " + e.tool + " only after a stronger sign-in (authentication context " + strings.Join(e.contexts, " or ") + ")"
}

func (e stepUpError) Unwrap() error { return fault.New(fault.Forbidden, e.Error()) }

// stepsUp is how a client of a token gets another one, with what the token lacks.
type stepsUp uint8

const (
	inWords  stepsUp = iota // not at all: the person does it
	byClaims                // with a claims request at Entra ("xms_cc" holds cp1)
	byScope                 // at our authorization server, as for a scope that is missing
)

func stepsUpWith(token entra.Token) stepsUp {
	switch {
	case !token.Identity.Connection.IsZero():
		return byScope
	case token.RelaysChallenges:
		return byClaims
	default:
		return inWords
	}
}

// demand is what a token lacks and another sign-in would put into it.
type demand struct {
	claims string   // claims request, as JSON
	scopes []string // that ask our authorization server for the same, besides the endpoint's own
	why    string
	words  string // the same for people whose client does not know of claims
}

// demandIn returns what err asks of the caller's sign-in, if that is what it is.
func demandIn(err error) (demand, bool) {
	if e, ok := errors.AsType[stepUpError](err); ok {
		// Of several contexts the first is asked for.
		return demand{
			claims: `{"access_token":{"acrs":{"essential":true,"value":"` + e.contexts[0] + `"}}}`, scopes: []string{authz.ContextScope(e.contexts[0])},
			why: e.Error(), words: e.Error() + "; " + tools.SignInAgain,
		}, true
	}
	if e, ok := errors.AsType[*tools.ChallengeError](err); ok {
		return demand{claims: e.Claims(), why: fault.Public(err), words: fault.Public(err)}, true
	}
	return demand{}, false
}

// replyDemand asks for a token with further claims: with a claims challenge where
// the client has declared that it answers them, as Microsoft, "Claims challenges,
// claims requests and client capabilities" wants it. The client of a token of ours
// goes back to our authorization server: a claims challenge would send it to
// Entra, which does not know it. Otherwise it is said in words, because a client
// that knows no challenges would only sign in again and again.
func (h *Host) replyDemand(w http.ResponseWriter, req *request, a answer, d demand) {
	challenge, status := "", 0
	switch req.stepsUp {
	case byClaims:
		challenge, status = h.claimsChallenge(req, d), http.StatusUnauthorized
	case byScope:
		challenge, status = h.scopeChallenge(req, d), http.StatusForbidden
	case inWords:
		h.replyRefused(w, req, a, d.words)
		return
	}
	w.Header().Set("WWW-Authenticate", challenge)
	h.writeError(w, req, &wire.Error{Code: wire.CodeInvalidRequest, Message: d.why, Status: status})
}

// scopeChallenge builds a WWW-Authenticate header that makes an MCP client sign in
// anew (RFC 6750 §3.1): what the sign-in has to satisfy is a scope where scopes
// can say it, and for a client that reads it the claims request, which our
// authorization endpoint takes as Entra's does.
func (h *Host) scopeChallenge(req *request, d demand) string {
	scopes := asked(req.snap, req.besides(nil))
	if req.snap.Organization.Mode == tenants.Brokered {
		scopes = append(scopes, d.scopes...)
	}
	return h.challenge(req, scopes, "insufficient_scope", d.why) + `, claims="` + base64.StdEncoding.EncodeToString([]byte(d.claims)) + `"`
}

// claimsChallenge builds a WWW-Authenticate header that both Microsoft's
// libraries and MCP clients can read: the claims request in standard base64, and
// RFC 9728's metadata.
func (h *Host) claimsChallenge(req *request, d demand) string {
	snap := req.snap
	realm := `realm="` + snap.Organization.TID.String() + `", authorization_uri="` + snap.AuthorizeURL + `", `
	challenge := h.challenge(req, []string{snap.Organization.Connection.QualifiedScope()}, "insufficient_claims", d.why)
	return "Bearer " + realm + `claims="` + base64.StdEncoding.EncodeToString([]byte(d.claims)) + `", ` + strings.TrimPrefix(challenge, "Bearer ")
}
