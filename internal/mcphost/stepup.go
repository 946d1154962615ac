package mcphost

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"gatehouse/internal/fault"
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

// demand is what a token lacks and another sign-in would put into it.
type demand struct {
	claims string // claims request, as JSON
	why    string
	words  string // the same for people whose client does not know of claims
}

// demandIn returns what err asks of the caller's sign-in, if that is what it is.
func demandIn(err error) (demand, bool) {
	if e, ok := errors.AsType[stepUpError](err); ok {
		// Of several contexts the first is asked for.
		return demand{`{"access_token":{"acrs":{"essential":true,"value":"` + e.contexts[0] + `"}}}`, e.Error(), e.Error() + "; " + tools.SignInAgain}, true
	}
	if e, ok := errors.AsType[*tools.ChallengeError](err); ok {
		return demand{e.Claims(), fault.Public(err), fault.Public(err)}, true
	}
	return demand{}, false
}

// replyDemand asks for a token with further claims: with a claims challenge where
// the client has declared that it answers them ("xms_cc" holds cp1), as Microsoft,
// "Claims challenges, claims requests and client capabilities" wants it; otherwise
// in words, because a client that knows no challenges would only sign in again
// and again.
func (h *Host) replyDemand(w http.ResponseWriter, req *request, a answer, d demand) {
	if !req.challenges {
		h.replyRefused(w, req, a, d.words)
		return
	}
	w.Header().Set("WWW-Authenticate", h.claimsChallenge(req, d))
	h.writeError(w, req, &wire.Error{Code: wire.CodeInvalidRequest, Message: d.why, Status: http.StatusUnauthorized})
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
