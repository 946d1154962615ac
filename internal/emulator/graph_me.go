package emulator

import (
	"strings"
)

// me is the signed-in person's profile.
func (e *Emulator) me(v *visit) {
	if !v.may(readsUser...) {
		v.refuse(denied)
		return
	}
	profile := v.profile()
	units := 1
	if names := v.r.URL.Query().Get("$select"); names != "" {
		units--
		profile = v.selected(profile, names)
	} else {
		for _, name := range []string{"accountEnabled", "userType"} { // on request only
			delete(profile, name)
		}
	}
	profile["@odata.context"] = v.context("users/$entity")
	v.reply(units, profile)
}

func (v *visit) profile() map[string]any {
	given, family := v.who.names()
	kind := "Member"
	if !v.who.member() {
		kind = "Guest"
	}
	return map[string]any{
		"id": v.who.ID, "displayName": v.who.Name, "givenName": orNull(given), "surname": orNull(family),
		"mail": orNull(v.who.Mail), "userPrincipalName": v.tenant.principalName(v.who),
		"businessPhones": []string{}, "jobTitle": nil, "mobilePhone": nil, "officeLocation": nil, "preferredLanguage": nil,
		"accountEnabled": !v.who.Disabled, "userType": kind,
	}
}

// principalName is the person's name in this directory; a guest's is made of
// the one at home.
func (t *tenant) principalName(p *person) string {
	if p.member() {
		return p.Username
	}
	return strings.Replace(p.Username, "@", "_", 1) + "#EXT#@" + t.domain
}

// selected keeps the named properties; unknown ones are left out, as Graph does
// for properties it does not return.
func (v *visit) selected(from map[string]any, names string) map[string]any {
	out := map[string]any{}
	for name := range strings.SplitSeq(names, ",") {
		name = strings.TrimSpace(name)
		if value, ok := from[name]; ok {
			out[name] = value
		}
	}
	return out
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// userinfo is the OpenID Connect endpoint the metadata names; its subject is
// the one of the client's ID tokens.
func (e *Emulator) userinfo(v *visit) {
	if !v.may("openid") {
		v.refuse(denied)
		return
	}
	out := map[string]any{"sub": v.subject}
	if v.may("profile") {
		given, family := v.who.names()
		out["name"], out["given_name"], out["family_name"] = v.who.Name, given, family
	}
	if v.may("email") && v.who.Mail != "" {
		out["email"] = v.who.Mail
	}
	v.e.graphHeaders(v.w, v.r)
	writeJSON(v.w, 200, out)
}
