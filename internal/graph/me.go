package graph

import (
	"context"
	"net/url"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Profile is what Graph says of a person. Only ID is for programs; the rest is
// for people to read, and empty where the directory has nothing.
type Profile struct {
	ID                tenants.GUID `json:"id"`
	DisplayName       string       `json:"displayName"`
	UserPrincipalName string       `json:"userPrincipalName"`
	Mail              string       `json:"mail"`
	JobTitle          string       `json:"jobTitle"`
	Department        string       `json:"department"`
	OfficeLocation    string       `json:"officeLocation"`
}

// Me returns the signed-in person's profile. Least privilege: User.Read.
func (c *Client) Me(ctx context.Context, as Asking) (Profile, error) {
	var p Profile
	q := question{path: "me", query: url.Values{
		"$select": {"id,displayName,userPrincipalName,mail,jobTitle,department,officeLocation"},
	}}
	if err := c.ask(ctx, as, q, &p); err != nil {
		return Profile{}, err
	}
	if p.ID.IsZero() {
		return Profile{}, fault.New(fault.Upstream, "Microsoft Graph answered with a profile that has no id")
	}
	return p, nil
}
