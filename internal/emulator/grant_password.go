package emulator

// password is the resource owner password grant. Guests have no password here:
// their home tenant does not answer for them.
func (x *exchange) password() (*tokenResponse, *refusal) {
	if !x.client.Public && !x.authenticated {
		return nil, refuse(7000218)
	}
	for _, name := range []string{"username", "password"} {
		if x.form.Get(name) == "" {
			return nil, refuse(900144, name)
		}
	}
	who, ok := x.tenant.user(x.form.Get("username"))
	if !ok || !who.member() {
		return nil, refuse(50034, "{EUII Hidden}", x.tenant.name)
	}
	if !sameSecret(x.form.Get("password"), who.Password) {
		return nil, refuse(50126)
	}
	if who.Disabled {
		return nil, refuse(50057)
	}
	return x.grantTokens(x.fresh(), who, x.form.Get("scope"))
}
