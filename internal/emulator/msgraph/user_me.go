package msgraph

import "gatehouse/internal/emulator/reply"

// me is the signed-in person's profile.
func (s *Service) me(v *visit) {
	if v.allows(readsUser...) {
		v.showOne(personRecord(v.who), userKind.set)
	}
}

// userinfo is the OpenID Connect endpoint the metadata names; its subject is
// the one of the client's ID tokens.
func (s *Service) userinfo(v *visit) {
	if !v.allows("openid") {
		return
	}
	out := map[string]any{"sub": v.subject}
	if v.may("profile") {
		given, family := v.who.Names()
		out["name"], out["given_name"], out["family_name"] = v.who.Name, given, family
	}
	if v.may("email") && v.who.Mail != "" {
		out["email"] = v.who.Mail
	}
	v.s.headers(v.w, v.r)
	reply.JSON(v.w, 200, out)
}
