package emulator

import (
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/seed"
)

// optional adds the claims an app registration asks for beyond the usual ones. A
// claim without a value for this person is left out, as in Entra
// (docs/identity-platform/optional-claims-reference.md).
func (e *Emulator) optional(claims map[string]any, i issue, wanted []seed.OptionalClaim) {
	for _, claim := range wanted {
		switch claim.Name {
		case "idtyp":
			i.kind(claims, claim)
		case "xms_cc":
			if i.capable {
				claims["xms_cc"] = []string{"cp1"}
			}
		case "tenant_ctry":
			put(claims, "tenant_ctry", i.tenant.Settings.Country)
		case "tenant_region_scope":
			claims["tenant_region_scope"] = regionScope
		}
		if i.who != nil {
			i.aboutPerson(claims, claim)
		}
	}
	if i.who != nil && slices.ContainsFunc(wanted, func(c seed.OptionalClaim) bool { return c.Name == "xms_edov" }) {
		e.domainVerified(claims, i)
	}
}

// ofIDTokens leaves out what only access tokens carry.
func ofIDTokens(wanted []seed.OptionalClaim) []seed.OptionalClaim {
	return slices.DeleteFunc(slices.Clone(wanted), func(c seed.OptionalClaim) bool { return among(c.Name, "idtyp", "aud", "xms_cc") })
}

// put sets a claim that has a value.
func put(claims map[string]any, name, value string) {
	if value != "" {
		claims[name] = value
	}
}

// kind says whether the token is for an app; for a person only when that was
// asked for as well.
func (i issue) kind(claims map[string]any, claim seed.OptionalClaim) {
	if i.who == nil {
		claims["idtyp"] = "app"
		return
	}
	if slices.Contains(claim.Properties, "include_user_token") {
		claims["idtyp"] = "user"
	}
}

func (i issue) aboutPerson(claims map[string]any, claim seed.OptionalClaim) {
	switch claim.Name {
	case "acct":
		claims["acct"] = 0
		if !i.who.Member() {
			claims["acct"] = 1
		}
	case "auth_time":
		claims["auth_time"] = i.proof.At.Unix()
	case "ctry":
		put(claims, "ctry", i.who.Country)
	case "email":
		put(claims, "email", i.who.Mail)
	case "ipaddr":
		claims["ipaddr"] = address
	case "login_hint":
		claims["login_hint"] = loginHint(i.who)
	case "preferred_username":
		if claims["ver"] == "1.0" { // v2 tokens have it without being asked, with profile
			claims["preferred_username"] = i.who.Username
		}
	case "sid":
		claims["sid"] = i.sid
	case "verified_primary_email":
		if i.who.Member() && owned(i.tenant, i.who.Mail) {
			claims["verified_primary_email"] = []string{i.who.Mail}
		}
	case "family_name", "given_name", "upn":
		i.names(claims, claim)
	}
}

// names adds what the profile scope covers. v1 tokens have it anyway.
func (i issue) names(claims map[string]any, claim seed.OptionalClaim) {
	if claims["ver"] != "1.0" && !i.ask.has("profile") {
		return
	}
	given, family := i.who.Names()
	switch claim.Name {
	case "family_name":
		put(claims, "family_name", family)
	case "given_name":
		put(claims, "given_name", given)
	case "upn":
		claims["upn"] = i.principalName(claim)
	}
}

// principalName is the "upn" an app asks for: a guest's is the one at home,
// unless the app wants it as the guest's directory has it.
func (i issue) principalName(claim seed.OptionalClaim) string {
	switch local := i.tenant.PrincipalName(i.who); {
	case slices.Contains(claim.Properties, "include_externally_authenticated_upn_without_hash"):
		return strings.ReplaceAll(local, "#", "_")
	case slices.Contains(claim.Properties, "include_externally_authenticated_upn"):
		return local
	}
	return i.who.Username
}

// domainVerified tells whether the owner of the mail address's domain has been
// verified: an address of the tenant where the account lives, or one of a
// provider that verifies addresses itself. Without "email" it says nothing.
func (e *Emulator) domainVerified(claims map[string]any, i issue) {
	mail, ok := claims["email"].(string)
	if !ok {
		return
	}
	home := i.tenant
	if !i.who.Member() {
		home, _ = e.world().Find(i.who.Guest)
	}
	claims["xms_edov"] = owned(home, mail) || among(i.who.Guest, verifyingProviders...)
}

// verifyingProviders are personal Microsoft accounts, Google and one-time
// passcodes by mail.
var verifyingProviders = []string{"live.com", "google.com", "mail"}

// owned reports whether a mail address belongs to a verified domain of a tenant.
func owned(t *directory.Tenant, mail string) bool {
	_, domain, ok := strings.Cut(mail, "@")
	return ok && t != nil && slices.ContainsFunc(t.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
}

// loginHint is the opaque value that stands for a person in the optional claim
// "login_hint".
func loginHint(who *directory.Person) string { return "O." + keyring.Digest("hint\x00"+who.ID) }
