package graph

import (
	"context"
	"net/url"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

var errTooMany = fault.New(fault.Upstream, "Microsoft Graph's list is longer than this question can have an answer")

// Organization is what a directory says of itself. TenantType and Country are
// empty where the token may read the basics only.
type Organization struct {
	ID          tenants.TID      `json:"id"`
	DisplayName string           `json:"displayName"`
	TenantType  string           `json:"tenantType"` // AAD; AAD B2C and CIAM for customers of somebody
	Country     string           `json:"countryLetterCode"`
	Domains     []VerifiedDomain `json:"verifiedDomains"`
}

// VerifiedDomain is a domain whose owner the directory is known to be.
type VerifiedDomain struct {
	Name    string `json:"name"`
	Default bool   `json:"isDefault"`
	Initial bool   `json:"isInitial"` // the *.onmicrosoft.com one the directory was born with
}

// Organization returns the directory of the signed-in person. Least privilege:
// User.Read, which shows the name and the verified domains.
func (c *Client) Organization(ctx context.Context, as Asking) (Organization, error) {
	var answer struct {
		Value []Organization `json:"value"`
	}
	q := question{path: "organization", query: url.Values{"$select": {"id,displayName,tenantType,countryLetterCode,verifiedDomains"}}}
	if err := c.ask(ctx, as, q, &answer); err != nil {
		return Organization{}, err
	}
	if len(answer.Value) != 1 || answer.Value[0].ID.IsZero() {
		return Organization{}, fault.Newf(fault.Upstream, "Microsoft Graph answered with %d organizations instead of one", len(answer.Value))
	}
	return answer.Value[0], nil
}
