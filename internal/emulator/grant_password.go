package emulator

// password is the resource owner password grant. Guests have no password here:
// their home tenant does not answer for them.
func (x *tokenRequest) password() (*tokenResponse, *refusal) {
	if no := x.publicOrProved(); no != nil {
		return nil, no
	}
	for _, name := range []string{"username", "password"} {
		if x.form.Get(name) == "" {
			return nil, refuse(900144, name)
		}
	}
	who, ok := x.tenant.User(x.form.Get("username"))
	if !ok || !who.Member() {
		return nil, refuse(50034, "{EUII Hidden}", x.tenant.Name)
	}
	if !sameSecret(x.form.Get("password"), who.Password) {
		return nil, refuse(50126)
	}
	if who.Disabled {
		return nil, refuse(50057)
	}
	return x.redeemGrant(x.fresh(), who, x.form.Get("scope"))
}
