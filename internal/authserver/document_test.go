package authserver_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/authserver"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
)

// with is a good document with members put behind the others.
func with(members string) string {
	return strings.TrimSuffix(documentAt(assistant), "}") + "," + members + "}"
}

func TestDocumentsThatKeepTheRulesAreTaken(t *testing.T) {
	t.Parallel()
	for what, body := range map[string]string{
		"plain":        documentAt(assistant),
		"with more":    with(`"logo_uri":"https://10.0.0.1/x.png","grant_types":["authorization_code"],"token_endpoint_auth_method":"none","x":{"y":[1,{"z":null}]}`),
		"public key":   with(`"jwks":{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b"}]},"jwks_uri":"https://a.example/keys"`),
		"no keys":      with(`"jwks":{"keys":[]}`),
		"escaped id":   strings.Replace(documentAt(assistant), "https://a.example/client", `https:\/\/a.example\/client`, 1),
		"spaces about": "\r\n\t " + documentAt(assistant) + " \n",
	} {
		name, redirects, err := authserver.ReadDocument(assistant, []byte(body))
		if err != nil || name != "Assistant" || !slices.Equal(redirects, []string{"https://a.example/cb", "http://localhost/cb"}) {
			t.Errorf("%s: %q %q %v", what, name, redirects, err)
		}
	}
}

// brokenDocuments are documents that are refused, and a word of the reason.
var brokenDocuments = map[string]struct{ body, word string }{
	"nothing":              {"", "strict JSON"},
	"no object":            {"[]", "JSON object"},
	"two objects":          {documentAt(assistant) + "{}", "strict JSON"},
	"member twice":         {with(`"client_id":"https://b.example/"`), "strict JSON"},
	"member twice below":   {with(`"x":{"a":1,"a":2}`), "strict JSON"},
	"too deep":             {with(`"x":` + strings.Repeat("[", 20) + strings.Repeat("]", 20)), "strict JSON"},
	"too large":            {with(`"x":"` + strings.Repeat("a", authserver.MaxDocument) + `"`), "larger than 5120"},
	"no id":                {strings.Replace(documentAt(assistant), "client_id", "clientId", 1), "client_id"},
	"another id":           {documentAt("https://b.example/client.json"), "client_id"},
	"nearly the id":        {documentAt(assistant + "/"), "client_id"},
	"id in capitals":       {documentAt("https://A.example/client.json"), "client_id"},
	"id of no text":        {strings.Replace(documentAt(assistant), `"`+assistant+`"`, `["`+assistant+`"]`, 1), "client_id"},
	"no name":              {strings.Replace(documentAt(assistant), "client_name", "name", 1), "client_name"},
	"blank name":           {strings.Replace(documentAt(assistant), "Assistant", " ", 1), "client_name"},
	"name of no text":      {strings.Replace(documentAt(assistant), `"Assistant"`, "1", 1), "client_name"},
	"no redirects":         {strings.Replace(documentAt(assistant), "redirect_uris", "redirects", 1), "redirect_uris"},
	"empty redirects":      {strings.Replace(documentAt(assistant), `["https://a.example/cb","http://localhost/cb"]`, "[]", 1), "redirect_uris"},
	"redirects of null":    {strings.Replace(documentAt(assistant), `["https://a.example/cb","http://localhost/cb"]`, "null", 1), "redirect_uris"},
	"one redirect as text": {strings.Replace(documentAt(assistant), `["https://a.example/cb","http://localhost/cb"]`, `"https://a.example/cb"`, 1), "redirect_uris"},
	"redirect of null":     {strings.Replace(documentAt(assistant), `"http://localhost/cb"`, "null", 1), "redirect_uris"},
	"redirect to script":   {strings.Replace(documentAt(assistant), "http://localhost/cb", "javascript:/x", 1), "scheme"},
	"redirect over http":   {strings.Replace(documentAt(assistant), "http://localhost/cb", "http://a.example/cb", 1), "another machine"},
	"too many redirects":   {strings.Replace(documentAt(assistant), `"http://localhost/cb"`, strings.Repeat(`"https://a.example/",`, connections.MaxRedirects-1)+`"https://a.example/"`, 1), "1 to 20"},
	"secret":               {with(`"client_secret":"x"`), "client_secret may not"},
	"end of a secret":      {with(`"client_secret_expires_at":0`), "client_secret_expires_at may not"},
	"basic":                {with(`"token_endpoint_auth_method":"client_secret_basic"`), "shared secret"},
	"post":                 {with(`"token_endpoint_auth_method":"client_secret_post"`), "shared secret"},
	"shared key":           {with(`"token_endpoint_auth_method":"client_secret_jwt"`), "shared secret"},
	"no keys":              {with(`"token_endpoint_auth_method":"private_key_jwt"`), "needs either jwks or jwks_uri"},
	"keys in two places":   {with(`"token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[]},"jwks_uri":"https://a.example/keys"`), "needs either jwks or jwks_uri"},
	"keys of no use":       {with(`"token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[{"kty":"EC","crv":"P-521"}]}`), "no key to prove"},
	"keys inside":          {with(`"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"http://a.example/keys"`), "is no https URL"},
	"keys at a number":     {with(`"token_endpoint_auth_method":"private_key_jwt","jwks_uri":7`), "jwks_uri has to be a text"},
	"another method":       {with(`"token_endpoint_auth_method":"tls_client_auth"`), "none or private_key_jwt"},
	"method of no text":    {with(`"token_endpoint_auth_method":null`), "has to be a text"},
	"private RSA key":      {with(`"jwks":{"keys":[{"kty":"RSA","n":"a","e":"b"},{"kty":"RSA","n":"a","e":"b","d":"c"}]}`), "private"},
	"prime of an RSA key":  {with(`"jwks":{"keys":[{"kty":"RSA","n":"a","e":"b","p":"c"}]}`), "private"},
	"symmetric key":        {with(`"jwks":{"keys":[{"kty":"oct","k":"a"}]}`), "private"},
	"keys that are none":   {with(`"jwks":{"keys":["a"]}`), "JSON Web Key Set"},
	"set without keys":     {with(`"jwks":{}`), "JSON Web Key Set"},
	"set that is none":     {with(`"jwks":[]`), "JSON Web Key Set"},
}

func TestDocumentsThatBreakARuleAreRefused(t *testing.T) {
	t.Parallel()
	for what, c := range brokenDocuments {
		_, redirects, err := authserver.ReadDocument(assistant, []byte(c.body))
		if err == nil || fault.KindOf(err) != fault.Invalid || redirects != nil || !strings.Contains(fault.Public(err), c.word) || !strings.Contains(fault.Public(err), assistant) {
			t.Errorf("%s: %v, want a complaint about %q", what, err, c.word)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(documentAt(assistant)))
	f.Add([]byte(with(`"jwks":{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b"}]}`)))
	for _, c := range brokenDocuments {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, read := range []func() (string, []string, error){
			func() (string, []string, error) { return authserver.ReadDocument(assistant, body) },
			func() (string, []string, error) { return authserver.ReadRegistration(body) },
		} {
			_, redirects, err := read()
			if err != nil {
				continue
			}
			if !json.Valid(body) || len(body) > authserver.MaxRegistration || len(redirects) == 0 || len(redirects) > connections.MaxRedirects {
				t.Fatalf("%q is taken", body)
			}
			for _, uri := range redirects {
				if connections.CheckRedirect(uri) != nil {
					t.Fatalf("%q is taken with %q", body, uri)
				}
			}
		}
		if _, _, err := authserver.ReadDocument(assistant, body); err == nil {
			var d struct {
				ID     string `json:"client_id"`
				Secret any    `json:"client_secret"`
			}
			if json.Unmarshal(body, &d) != nil || d.ID != assistant || d.Secret != nil || len(body) > authserver.MaxDocument {
				t.Fatalf("%q is taken", body)
			}
		}
	})
}
