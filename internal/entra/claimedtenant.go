package entra

import (
	"fmt"

	"gatehouse/internal/tenants"
)

// ClaimedTenant returns the Entra tenant that an access token says it is from,
// for choosing whose Acceptance it is verified against. Nothing is proven by it:
// not even that anybody signed the token. What is no token is a *Refusal.
func ClaimedTenant(token string) (tenants.TID, error) {
	if len(token) > maxToken {
		return tenants.TID{}, refuse(TooLarge, fmt.Sprintf("The token is larger than %d bytes. Have Entra emit fewer groups or app roles.", maxToken))
	}
	p, ok := cut(token)
	if !ok {
		return tenants.TID{}, refuse(Malformed, "The token is not a signed JWT. Present an access token of Microsoft Entra ID.")
	}
	c, err := payload(p.payload)
	if err != nil {
		return tenants.TID{}, err
	}
	if c.tid.IsZero() {
		return tenants.TID{}, refuse(Malformed, "The token names no Entra tenant. Present an access token of Microsoft Entra ID.")
	}
	return c.tid, nil
}
