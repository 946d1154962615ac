package emulator

import (
	"net/http"
	"strconv"
	"strings"
)

// tokenResponseV1 is a successful answer of the v1 token endpoint: numbers are
// texts, and the resource stands beside its token. The members are those of
// Microsoft's v1 protocol pages.
type tokenResponseV1 struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    string `json:"expires_in"`
	ExtExpiresIn string `json:"ext_expires_in"`
	ExpiresOn    string `json:"expires_on"`
	NotBefore    string `json:"not_before"`
	Resource     string `json:"resource"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

// tokenV1 is the v1 token endpoint.
func (e *Emulator) tokenV1(w http.ResponseWriter, r *http.Request) { e.answerToken(w, r, endpointV1) }

// fromV1 turns a v1 request into the v2 request it means: all that has been
// agreed to at one resource and, for a person, the tokens v1 always gives.
func (x *tokenRequest) fromV1(grant string) *refusal {
	resource := x.form.Get("resource")
	x.form.Del("resource")
	x.form.Del("scope")
	switch {
	case resource == "" && among(grant, grantCode, grantRefresh, grantDevice):
		return nil // what the person signed in for
	case resource == "":
		return refuse(900144, "resource")
	case strings.ContainsAny(resource, " \t\r\n"):
		return refuse(500011, "{invalid}", x.tenant.Name)
	}
	scope := resource + "/.default"
	if grant != grantClient {
		scope += " openid profile offline_access"
	}
	x.form.Set("scope", scope)
	return nil
}

// asV1 is an answer in the members of the v1 endpoint.
func (x *tokenRequest) asV1(of *tokenResponse) tokenResponseV1 {
	life := strconv.Itoa(of.ExpiresIn)
	return tokenResponseV1{
		TokenType: of.TokenType, Scope: strings.Join(of.granted, " "), ExpiresIn: life, ExtExpiresIn: life,
		ExpiresOn: strconv.FormatInt(x.now.Unix()+int64(of.ExpiresIn), 10), NotBefore: strconv.FormatInt(x.now.Unix(), 10),
		Resource: of.resource, AccessToken: of.AccessToken, RefreshToken: of.RefreshToken, IDToken: of.IDToken, ClientInfo: of.ClientInfo,
	}
}

// idToken is the ID token of the endpoint the request came to.
func (x *tokenRequest) idToken(i issue, nonce string) (string, error) {
	if x.version == endpointV2 {
		return x.e.idToken(i, nonce)
	}
	i.endpoint = endpointV1
	return x.e.idToken(i, nonce)
}
