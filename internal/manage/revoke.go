package manage

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
)

// Cut says what is to be cut off, and why. Subject is empty of an organization.
type Cut struct {
	Kind    authz.RevocationKind `json:"kind"`
	Subject string               `json:"subject,omitempty"`
	Reason  string               `json:"reason"`
}

// remaining says what stays possible after a revocation, and where that ends.
var remaining = map[authz.RevocationKind]string{
	authz.RevokePerson:       "They can come back with a new sign-in: disable the account in Microsoft Entra ID, or revoke its sessions there, if they must not.",
	authz.RevokeClient:       "People can connect it again: take it off the organization's list of clients if they must not.",
	authz.RevokeConnection:   "The AI app may ask the person again.",
	authz.RevokeSession:      "A new session is a new sign-in or a new start of the AI app.",
	authz.RevokeOrganization: "Everybody can come back with a new sign-in: suspend the organization if nobody must.",
}

// Revoke cuts off a person, a client, a connection, a session or the whole
// organization, and writes what that means to out. When the answer is lost it asks
// again, once, which cuts off nothing twice.
func Revoke(ctx context.Context, c *Client, cut Cut, out io.Writer) error {
	what := call{method: http.MethodPost, path: "revocations", key: rand.Text(), body: cut}
	answer, err := c.exchange(ctx, what)
	if _, refused := errors.AsType[*RefusedError](err); err != nil && !refused && ctx.Err() == nil {
		answer, err = c.exchange(ctx, what)
	}
	if err != nil {
		return err
	}
	var made struct{ IssuedBefore time.Time }
	if err := json.Unmarshal(answer.Body, &made); err != nil || made.IssuedBefore.IsZero() {
		return fault.Wrap(fault.Upstream, c.Base.Host+" has done what was asked and answered with nothing that this version of gatehouse understands; use the version of the deployment", err)
	}
	name := string(cut.Kind) + " " + cut.Subject
	if cut.Kind == authz.RevokeOrganization {
		name = "organization " + c.Org.String()
	}
	_, err = fmt.Fprintf(out, "%s is cut off: what was issued before %s is refused on every replica within a second.\n%s\n",
		name, made.IssuedBefore.UTC().Format("2006-01-02 15:04:05 MST"), remaining[cut.Kind])
	if err != nil {
		return fmt.Errorf("write what was cut off: %w", err)
	}
	return nil
}
