package emulator

import "slices"

// optional adds the claims an app registration asks for beyond the usual ones.
func (e *Emulator) optional(claims map[string]any, i issue, wanted []OptionalClaim) {
	for _, claim := range wanted {
		switch claim.Name {
		case "idtyp":
			i.kind(claims, claim)
		case "xms_cc":
			if i.capable {
				claims["xms_cc"] = []string{"cp1"}
			}
		}
		if i.who != nil {
			i.aboutPerson(claims, claim.Name)
		}
	}
}

// kind says whether the token is for an app; for a person only when that was
// asked for as well.
func (i issue) kind(claims map[string]any, claim OptionalClaim) {
	if i.who == nil {
		claims["idtyp"] = "app"
		return
	}
	if slices.Contains(claim.Properties, "include_user_token") {
		claims["idtyp"] = "user"
	}
}

func (i issue) aboutPerson(claims map[string]any, name string) {
	given, family := i.who.names()
	switch name {
	case "acct":
		claims["acct"] = 0
		if !i.who.member() {
			claims["acct"] = 1
		}
	case "auth_time":
		claims["auth_time"] = i.since.Unix()
	case "email":
		if i.who.Mail != "" {
			claims["email"] = i.who.Mail
		}
	case "family_name":
		claims["family_name"] = family
	case "given_name":
		claims["given_name"] = given
	case "ipaddr":
		claims["ipaddr"] = "127.0.0.1"
	case "login_hint":
		claims["login_hint"] = "O." + digest("hint\x00"+i.who.ID)
	case "sid":
		claims["sid"] = i.session
	case "upn":
		claims["upn"] = i.who.Username
	}
}
