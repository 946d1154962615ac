package onboarding

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// OneTime keeps what may be taken exactly once. Taking what is not there, was
// taken, or is over is NotFound.
type OneTime interface {
	PutOneTime(ctx context.Context, key [32]byte, expires time.Time, value []byte) error
	TakeOneTime(ctx context.Context, key [32]byte) ([]byte, error)
}

// Bound is what a consent belongs to: one browser's session, one organization and
// its tenant.
type Bound struct {
	Session      [32]byte // hash of the browser session
	Organization tenants.ID
	TID          tenants.TID
}

// ConsentAnswer is what a browser comes back with from Entra's consent page. It
// carries no signature: anybody can make one up.
type ConsentAnswer struct {
	State  string
	Tenant string // "tenant"; empty on errors
	Error  string // "error"
}

// Consents asks administrators for consent to the shared app.
type Consents struct {
	states   OneTime
	redirect string
	now      func() time.Time
}

// NewConsents returns one whose consent pages lead back to redirect.
func NewConsents(states OneTime, redirect string, now func() time.Time) *Consents {
	return &Consents{states, redirect, now}
}

// consentLife is how long an administrator may take.
const consentLife = 15 * time.Minute

// ConsentURL is Entra's page for consenting, for everybody, to exactly the base
// permissions (Microsoft, "Admin consent on the Microsoft identity platform").
// The tenant is in its path, so that no other can answer.
func ConsentURL(a entra.Authority, tid tenants.TID, client tenants.GUID, redirect, state string) string {
	scopes := make([]string, 0, len(BasePermissions()))
	for _, name := range BasePermissions() {
		if strings.Contains(name, ".") {
			name = a.DelegatedGraphScope(name)
		}
		scopes = append(scopes, name)
	}
	page := strings.TrimSuffix(a.AuthorizeURL(tid), "/oauth2/v2.0/authorize") + "/v2.0/adminconsent"
	return page + "?" + url.Values{"client_id": {client.String()}, "scope": {strings.Join(scopes, " ")}, "redirect_uri": {redirect}, "state": {state}}.Encode()
}

// Begin returns the address of the consent page, good for this session,
// organization and tenant, once, and for fifteen minutes.
func (c *Consents) Begin(ctx context.Context, b Bound, a entra.Authority, client tenants.GUID) (string, error) {
	state := rand.Text()
	value, err := json.Marshal(b)
	if err != nil {
		return "", fmt.Errorf("encode consent state: %w", err)
	}
	if err := c.states.PutOneTime(ctx, stateKey(state), c.now().Add(consentLife), value); err != nil {
		return "", fmt.Errorf("keep consent state: %w", err)
	}
	return ConsentURL(a, b.TID, client, c.redirect, state), nil
}

func stateKey(state string) [32]byte { return sha256.Sum256([]byte("admin consent\x00" + state)) }

// Finish uses the state of an answer up and says what the answer cannot mean. Nil
// means that there is something to verify, not that consent was given: that is
// what Verify finds out.
func (c *Consents) Finish(ctx context.Context, b Bound, answer ConsentAnswer) error {
	value, err := c.states.TakeOneTime(ctx, stateKey(answer.State))
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return fault.New(fault.Forbidden, "this consent was answered already, took longer than fifteen minutes, or was never asked for; begin again from the console")
	}
	if err != nil {
		return fmt.Errorf("take consent state: %w", err)
	}
	var asked Bound
	if err := json.Unmarshal(value, &asked); err != nil {
		return fault.Wrap(fault.Internal, "consent state cannot be read", err)
	}
	if subtle.ConstantTimeCompare(asked.Session[:], b.Session[:]) != 1 {
		return fault.New(fault.Forbidden, "this consent was begun in another browser session; begin again from the console")
	}
	if asked.Organization != b.Organization || asked.TID != b.TID {
		return fault.New(fault.Forbidden, "this consent was begun for another organization; begin again from the console")
	}
	return answer.Refusal(b.TID)
}

// Refusal says what an answer cannot mean: that consent was given where the page
// ended otherwise, or for another tenant than the organization's. Nil means that
// there is something to verify.
func (a ConsentAnswer) Refusal(tid tenants.TID) error {
	if a.Error != "" {
		return declined(a.Error)
	}
	if told, err := tenants.ParseTID(a.Tenant); err != nil || told != tid {
		return fault.New(fault.Forbidden, "the consent page answered for another tenant than the one you signed in to; sign in to Microsoft with the same account and begin again")
	}
	return nil
}

// declined explains what Entra's consent page answered instead of consent.
func declined(code string) error {
	switch code {
	case "consent_required", "access_denied":
		return fault.New(fault.Forbidden, "consent was declined on Microsoft's page; nothing was granted. Begin again, or send the link to a colleague who may consent")
	case "server_error", "temporarily_unavailable":
		return fault.New(fault.Unavailable, "Microsoft's consent page could not finish; begin again in a few minutes")
	case "unauthorized_client", "invalid_client", "invalid_request", "invalid_resource", "invalid_scope":
		return fault.Newf(fault.Upstream, "Microsoft's consent page does not accept the app (%s); whoever runs Gatehouse has to correct its registration", code)
	default:
		return fault.New(fault.Forbidden, "Microsoft's consent page did not end with consent; begin again from the console")
	}
}
