package emulator

import "strings"

// clientCredentials is the grant of an app for itself. Its scope is the .default
// of one resource; MSAL adds OpenID scopes, which mean nothing here.
func (x *exchange) clientCredentials() (*tokenResponse, *refusal) {
	if no := x.confidential(); no != nil {
		return nil, no
	}
	scope := x.form.Get("scope")
	for _, name := range strings.Fields(scope) {
		if !openID[name] && !strings.HasSuffix(name, "/.default") {
			return nil, refuse(70011, "The scope "+clip(name)+" is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).")
		}
	}
	a, no := x.tenant.ask(x.client, scope)
	if no != nil {
		return nil, no
	}
	if !a.all {
		return nil, refuse(70011, "Client credential flows must name one resource with /.default.")
	}
	if no = a.target(x.form.Get("resource")); no != nil {
		return nil, no
	}
	i := issue{tenant: x.tenant, client: x.client, ask: a, authenticated: true, now: x.now}
	if a.resource.AssignmentRequired && len(i.appRoles()) == 0 {
		return nil, refuse(501051, x.client.ID, x.client.Name, a.resource.ID, a.resource.Name)
	}
	access, life, err := x.e.accessToken(i)
	if err != nil {
		return nil, refuse(90033)
	}
	return &tokenResponse{
		TokenType: "Bearer", ExpiresIn: int(life.Seconds()), ExtExpiresIn: int(life.Seconds()), AccessToken: access,
	}, nil
}
