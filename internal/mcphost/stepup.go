package mcphost

import (
	"encoding/base64"
	"net/http"
	"strings"

	"gatehouse/internal/fault"
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

// replyStepUp asks for a token with an authentication context: with a claims
// challenge where the client has declared that it answers them ("xms_cc" holds
// cp1), as Microsoft, "Claims challenges, claims requests and client
// capabilities" wants it; otherwise in words, because a client that knows no
// challenges would only sign in again and again.
func (h *Host) replyStepUp(w http.ResponseWriter, req *request, a answer, e stepUpError) {
	if !req.challenges {
		h.replyRefused(w, req, a, e.Error()+"; sign out of the AI app, sign in again as your organization requires for this, and repeat the call")
		return
	}
	w.Header().Set("WWW-Authenticate", h.claimsChallenge(req, e))
	h.writeError(w, req, &wire.Error{Code: wire.CodeInvalidRequest, Message: e.Error(), Status: http.StatusUnauthorized})
}

// claimsChallenge builds a WWW-Authenticate header that both Microsoft's
// libraries and MCP clients can read: the claims request in standard base64, and
// RFC 9728's metadata. Of several contexts the first is asked for.
func (h *Host) claimsChallenge(req *request, e stepUpError) string {
	snap := req.snap
	claims := `{"access_token":{"acrs":{"essential":true,"value":"` + e.contexts[0] + `"}}}`
	realm := `realm="` + snap.Organization.TID.String() + `", authorization_uri="` + snap.AuthorizeURL + `", `
	challenge := h.challenge(req, []string{snap.Organization.Connection.QualifiedScope()}, "insufficient_claims", e.Error())
	return "Bearer " + realm + `claims="` + base64.StdEncoding.EncodeToString([]byte(claims)) + `", ` + strings.TrimPrefix(challenge, "Bearer ")
}
