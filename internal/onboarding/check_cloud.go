package onboarding

import (
	"fmt"

	"gatehouse/internal/tenants"
)

// cloudChecks hold the connection's cloud and tenant against where tokens come
// from.
func cloudChecks() []check {
	return []check{
		{
			id: "cloud.mismatch", title: "The directory is not in this cloud", asks: "Whether the directory is in this cloud",
			look: refusedWith(func(x *exam) Finding {
				return x.cloudFinding(fmt.Sprintf("Microsoft Entra ID of the %s cloud does not know the directory %s (AADSTS%d).", x.connection().Cloud, x.Organization.TID, x.code))
			}, 90002, 900023),
		},
		{
			id: "token.tenant", title: "Tokens come from another directory", asks: "Whether tokens come from the organization's directory",
			look: at(func(x *exam) []Finding {
				if x.claims.Tenant == x.Organization.TID.String() {
					return nil
				}
				return one(x.cloudFinding(fmt.Sprintf("The token's tid is %q; the organization's directory is %s.", x.claims.Tenant, x.Organization.TID)))
			}, fromToken),
		},
		{
			id: "token.issuer", title: "Tokens have another issuer than expected", asks: "Whether tokens have the expected issuer",
			look: at(func(x *exam) []Finding {
				want := x.Authority.V2Issuer(x.Organization.TID)
				if x.claims.Version == "1.0" {
					want = x.Authority.V1Issuer(x.Organization.TID)
				}
				if x.claims.Issuer == want || x.claims.Tenant != x.Organization.TID.String() {
					return nil
				}
				return one(x.cloudFinding(fmt.Sprintf("The token's issuer is %q; in the %s cloud it would be %q.", x.claims.Issuer, x.connection().Cloud, want)))
			}, fromToken),
		},
	}
}

// cloudFinding has no command: the cloud is a setting of Gatehouse.
func (x *exam) cloudFinding(detail string) Finding {
	return Finding{
		Severity: Error,
		Detail:   detail + " Correct the connection's cloud in Gatehouse: public, usgov or china, as the address of your Entra admin center says.",
		Setting:  "Overview > Tenant ID, in the Entra admin center of your cloud (" + tenants.PublicCloud.AdminCenter() + ", " + tenants.USGovCloud.AdminCenter() + " or " + tenants.ChinaCloud.AdminCenter() + ")",
		Link:     x.connection().Cloud.AdminCenter() + "/#view/Microsoft_AAD_IAM/TenantOverview.ReactView",
	}
}
