package seed_test

import (
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

func TestReplyURLsAreOfTheirPlatform(t *testing.T) {
	t.Parallel()
	const web, spa, public = seed.PlatformWeb, seed.PlatformSPA, seed.PlatformPublic
	const plain, fragment = "must start with 'HTTPS' or 'http://localhost'", "without fragment and wildcard"
	for uri, want := range map[string]map[seed.Platform]string{ // an empty text: taken
		"https://app.example/callback":          {web: "", spa: "", public: ""},
		"HTTPS://app.example":                   {web: "", spa: "", public: ""},
		"https://app.example:65535/":            {web: "", spa: "", public: ""},
		"http://localhost:3000/callback":        {web: "", spa: "", public: ""},
		"http://127.0.0.1":                      {web: "", spa: "", public: ""},
		"cursor://callback":                     {web: plain, spa: plain, public: ""},
		"msal-app.example://auth":               {web: plain, spa: plain, public: ""},
		"urn:ietf:wg:oauth:2.0:oob":             {web: plain, spa: plain, public: ""},
		"ftp://app.example/":                    {web: plain, spa: plain},
		"http://app.example/":                   {web: plain, spa: plain, public: "a scheme of the app's own"},
		"http://localhost.example/":             {web: plain, spa: plain, public: "a scheme of the app's own"},
		"http:localhost":                        {web: plain, spa: plain, public: "a scheme of the app's own"},
		"https:/callback":                       {web: plain, spa: plain, public: "a scheme of the app's own"},
		"javascript:alert(1)":                   {web: plain, spa: plain, public: "a scheme of the app's own"},
		"JavaScript:alert(1)":                   {web: plain, spa: plain, public: "a scheme of the app's own"},
		"data:text/html,x":                      {web: plain, spa: plain, public: "a scheme of the app's own"},
		"vbscript:x":                            {web: plain, spa: plain, public: "a scheme of the app's own"},
		"file:///etc/passwd":                    {web: plain, spa: plain, public: "a scheme of the app's own"},
		"blob:https://app.example/1":            {web: plain, spa: plain, public: "a scheme of the app's own"},
		"about:blank":                           {web: plain, spa: plain, public: "a scheme of the app's own"},
		"https://localhost@evil.example/":       {web: "names a user", spa: "names a user", public: "names a user"},
		"http://u:p@localhost/":                 {web: "names a user", public: "names a user"},
		"cursor://u@callback":                   {public: "names a user"},
		"https://app.example/#x":                {web: fragment, spa: fragment, public: fragment},
		"https://app.example/#":                 {web: fragment, public: fragment},
		"cursor://callback#x":                   {public: fragment},
		"https://*.example/":                    {web: fragment, public: fragment},
		"https:\\\\app.example/":                {web: fragment, public: fragment},
		"https://app.example/a b":               {web: fragment},
		"/callback":                             {web: fragment, spa: fragment, public: fragment},
		"https://app.example:0/":                {web: "no port from 1", public: "no port from 1"},
		"https://app.example:65536/":            {web: "no port from 1", spa: "no port from 1"},
		"http://localhost:99999/":               {web: "no port from 1", public: "no port from 1"},
		"https://app.example:/":                 {web: "no port from 1"},
		"http://[::1]:3000/":                    {web: "is on [::1]", public: "is on [::1]"},
		"https://a/" + strings.Repeat("x", 247): {web: "has 257 characters", public: "has 257 characters"},
	} {
		for platform, text := range want {
			err := seed.CheckRedirect(platform, uri)
			if text == "" && err != nil || text != "" && (err == nil || !strings.Contains(err.Error(), text)) {
				t.Errorf("%s %q: %v, want %q", platform, uri, err, text)
			}
		}
	}
}
