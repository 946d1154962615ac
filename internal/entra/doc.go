// Package entra is what the platform believes of Microsoft Entra ID: whose
// token this is, and what Entra gives us on behalf of its bearer.
//
// A Verifier decides whether an access token was issued by one organization's
// Entra tenant, for that organization's app registration, to a caller the
// organization admits. KeySets hold the keys it checks with. A TokenClient
// exchanges a verified token for one that another resource accepts.
//
// A Credential proves that we are an app registration, and Proofs makes that of
// each organization; with one, a TokenClient also gets tokens of the app itself.
// A WebApp signs people in and is the only user of OpenID Connect here.
//
// It does not know whether somebody has since been cut off and which groups
// they are in beyond what the token says; the door asks for both. It never
// follows a URL that stands in a token, and no token leaves it except towards
// the token endpoint of the tenant that issued it.
package entra
