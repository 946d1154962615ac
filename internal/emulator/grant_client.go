package emulator

import (
	"strings"
	"time"

	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// clientCredentials is the grant of an app for itself. Its scope is the .default
// of one resource; MSAL adds OpenID scopes, which mean nothing here.
func (x *tokenRequest) clientCredentials() (*tokenResponse, *refusal) {
	if no := x.confidential(); no != nil {
		return nil, no
	}
	scope := x.form.Get("scope")
	for _, name := range strings.Fields(scope) {
		if !seed.OpenID[name] && !strings.HasSuffix(name, "/.default") {
			return nil, refuse(70011, "The scope "+reply.Clip(name)+" is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).")
		}
	}
	a, no := readAsk(x.tenant, x.client, scope)
	if no != nil {
		return nil, no
	}
	if !a.all {
		return nil, refuse(70011, "Client credential flows must name one resource with /.default.")
	}
	if no = a.target(x.form.Get("resource")); no != nil {
		return nil, no
	}
	if no = x.agentic(a); no != nil {
		return nil, no
	}
	access, life, no := x.e.appToken(issue{
		tenant: x.tenant, client: x.client, ask: a, auth: x.auth, path: x.form.Get("fmi_path"), now: x.now,
	})
	if no != nil {
		return nil, no
	}
	return &tokenResponse{
		TokenType: "Bearer", ExpiresIn: int(life.Seconds()), ExtExpiresIn: int(life.Seconds()), AccessToken: access, resource: a.named,
	}, nil
}

// appToken makes the token of an app, or of a managed identity, for itself.
func (e *Emulator) appToken(i issue) (string, time.Duration, *refusal) {
	resource := i.ask.resource
	if resource.Disabled {
		return "", 0, refuse(500014, resource.ID)
	}
	if resource.AssignmentRequired && len(i.roles()) == 0 {
		return "", 0, refuse(501051, i.client.ID, i.client.Name, resource.ID, resource.Name)
	}
	access, life, err := e.accessToken(i)
	if err != nil {
		return "", 0, refuse(90033)
	}
	return access, life, nil
}
