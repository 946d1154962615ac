package msgraph_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	unreadable = "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."
	invalidApp = " of resource 'Application'."
)

// foreign are words no error of Graph's has.
var foreign = []string{"json:", "Go ", "unmarshal", "tenants[", "apps[", "emulator", "Entra refuses", "read body", "encoding", "url.", "invalid URL escape"}

func TestRefusalsSpeakGraphsWords(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", applications+" Directory.Read.All")
	app := "applications(appId='" + plainAppID + "')"
	for name, row := range map[string]struct{ method, address, body, code, message string }{
		"no body":              {http.MethodPatch, app, ``, "BadRequest", unreadable},
		"no JSON":              {http.MethodPatch, app, `{`, "BadRequest", unreadable},
		"no object":            {http.MethodPatch, app, `["displayName"]`, "BadRequest", unreadable},
		"null":                 {http.MethodPatch, app, `null`, "BadRequest", unreadable},
		"unknown property":     {http.MethodPatch, app, `{"nope":1}`, "Request_BadRequest", "Invalid property 'nope'."},
		"unknown and quoted":   {http.MethodPatch, app, `{"no\"pe":1}`, "Request_BadRequest", `Invalid property 'no"pe'.`},
		"number as text":       {http.MethodPatch, app, `{"notes":"x","displayName":7}`, "BadRequest", "Property displayName in payload has a value that does not match schema."},
		"text as object":       {http.MethodPatch, app, `{"web":"x"}`, "BadRequest", "Property web in payload has a value that does not match schema."},
		"text as number":       {http.MethodPatch, app, `{"api":{"requestedAccessTokenVersion":"2"}}`, "BadRequest", "Property api in payload has a value that does not match schema."},
		"text as time":         {http.MethodPost, app + "/addPassword", `{"passwordCredential":{"endDateTime":"soon"}}`, "BadRequest", "Property passwordCredential in payload has a value that does not match schema."},
		"object as list":       {http.MethodPost, "directoryObjects/getByIds", `{"ids":{}}`, "BadRequest", "Property ids in payload has a value that does not match schema."},
		"token version":        {http.MethodPatch, app, `{"api":{"requestedAccessTokenVersion":3}}`, "Request_BadRequest", "Invalid value specified for property 'api'" + invalidApp},
		"group claims":         {http.MethodPatch, app, `{"groupMembershipClaims":"Everything"}`, "Request_BadRequest", "Invalid value specified for property 'groupMembershipClaims'" + invalidApp},
		"optional claim":       {http.MethodPatch, app, `{"optionalClaims":{"accessToken":[{"name":"shoe_size"}]}}`, "Request_BadRequest", "Invalid value specified for property 'optionalClaims'" + invalidApp},
		"redirect on [::1]":    {http.MethodPatch, app, `{"web":{"redirectUris":["http://[::1]/"]}}`, "Request_BadRequest", "Invalid value specified for property 'web'" + invalidApp},
		"redirect with a star": {http.MethodPatch, app, `{"spa":{"redirectUris":["https://*.example/"]}}`, "Request_BadRequest", "Invalid value specified for property 'spa'" + invalidApp},
		"scope with a space":   {http.MethodPatch, app, `{"api":{"oauth2PermissionScopes":[` + scope(accessID, "a b", true) + `]}}`, "", ""},
		"role with a space":    {http.MethodPost, "applications", `{"displayName":"x","appRoles":[{"id":"` + accessID + `","value":"a b","displayName":"x","allowedMemberTypes":["User"]}]}`, "Request_BadRequest", "Invalid value specified for property 'appRoles'" + invalidApp},
		"URI with a slash":     {http.MethodPatch, app, `{"identifierUris":["api://plain/"]}`, "Request_BadRequest", "Invalid value specified for property 'identifierUris'" + invalidApp},
		"issuer on http":       {http.MethodPost, app + "/federatedIdentityCredentials", `{"name":"one","issuer":"http://issuer.example","subject":"s","audiences":["a"]}`, "Request_BadRequest", ""},
		"query that is none":   {http.MethodGet, "users?$filter=%zz", ``, "Request_BadRequest", "The query string is malformed."},
	} {
		a := b.call(admin, row.method, row.address, row.body)
		if a.status != http.StatusBadRequest || row.code != "" && field(a.json, "error", "code") != row.code || row.message != "" && a.message() != row.message {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
		for _, word := range foreign {
			if strings.Contains(a.text, word) {
				t.Errorf("%s: %q is not a word of Graph's: %s", name, word, a.text)
			}
		}
	}
}

func TestRedirectURIsThatGraphRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.person("carol", applications)
	app := "applications(appId='" + plainAppID + "')"
	everywhere := []string{
		"javascript:alert(1)", "JavaScript://x/%0aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://x.example/1", "about:blank",
		"https://user:pw@x.example/", "http://user@localhost/", "https://x.example:0/", "https://x.example:65536/", "https:///cb", "http://x.example/", "/callback",
	}
	set := func(platform, uri string) answer {
		return b.call(admin, http.MethodPatch, app, `{"`+platform+`":{"redirectUris":["`+uri+`"]}}`)
	}
	for _, platform := range []string{"web", "spa", "publicClient"} {
		for _, uri := range everywhere {
			set(platform, uri).failed(t, http.StatusBadRequest, "Request_BadRequest", "Invalid value specified for property '"+platform+"'"+invalidApp)
			b.call(admin, http.MethodPost, "applications", `{"displayName":"x","`+platform+`":{"redirectUris":["`+uri+`"]}}`).refuses(t, http.StatusBadRequest, "Request_BadRequest")
		}
		for _, uri := range []string{"https://x.example/cb", "https://x.example:65535/", "http://localhost:1/cb", "http://127.0.0.1/cb"} {
			if a := set(platform, uri); a.status != http.StatusNoContent {
				t.Errorf("%s %s: %d %s", platform, uri, a.status, a.text)
			}
		}
	}
	const own = "msauth.com.example.app://auth"
	set("web", own).refuses(t, http.StatusBadRequest, "Request_BadRequest")
	set("spa", own).refuses(t, http.StatusBadRequest, "Request_BadRequest")
	if a := set("publicClient", own); a.status != http.StatusNoContent {
		t.Errorf("a scheme of the app's own: %d %s", a.status, a.text)
	}
}
