package tools_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

func TestClaimsAreSaidAgainInOurOwnWords(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{
		`{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`:                                    `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`,
		`{"access_token" : {"polids":{"values":["9ab03e19-ed42-4168-b6b7-7001fb3e933a"],"x":1}} }`:     `{"access_token":{"polids":{"values":["9ab03e19-ed42-4168-b6b7-7001fb3e933a"]}}}`,
		`{"access_token":{"auth_time":null},"id_token":{"email":null},"userinfo":{"name":null},"x":1}`: `{"access_token":{"auth_time":null}}`,
		`{"access_token":{"acr":{"value":"urn:microsoft:policies:mfa"}}}`:                              `{"access_token":{"acr":{"value":"urn:microsoft:policies:mfa"}}}`,
	} {
		if got, err := tools.ReadClaims(asked); err != nil || got != want {
			t.Errorf("%s: %s, %v", asked, got, err)
		}
	}
}

func TestClaimsThatNobodyMeansAreRefused(t *testing.T) {
	t.Parallel()
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	var names []string
	for i := range 9 {
		names = append(names, `"c`+string(rune('a'+i))+`":null`)
	}
	for name, asked := range map[string]string{
		"nothing":              ``,
		"no JSON":              `{access_token}`,
		"more than JSON":       `{"access_token":{"acrs":{"value":"c1"}}} x`,
		"a list":               `["access_token"]`,
		"null":                 `null`,
		"no claims":            `{"access_token":{}}`,
		"claims of others":     `{"id_token":{"email":null}}`,
		"claims as a list":     `{"access_token":["acrs"]}`,
		"a claim as a text":    `{"access_token":{"acrs":"c1"}}`,
		"a value as a number":  `{"access_token":{"nbf":{"value":1}}}`,
		"essential as a text":  `{"access_token":{"acrs":{"essential":"true","value":"c1"}}}`,
		"a name with a quote":  `{"access_token":{"ac\"rs":{"value":"c1"}}}`,
		"a name without text":  `{"access_token":{"":{"value":"c1"}}}`,
		"a long name":          `{"access_token":{"` + strings.Repeat("a", 65) + `":null}}`,
		"a value with a quote": `{"access_token":{"acrs":{"value":"c1\""}}}`,
		"a value with a tag":   `{"access_token":{"acrs":{"value":"<c1>"}}}`,
		"a value with a line":  `{"access_token":{"acrs":{"value":"c1\r\nSet-Cookie: x"}}}`,
		"a value beyond ASCII": `{"access_token":{"acrs":{"values":["c1","\u202e"]}}}`,
		"a value without text": `{"access_token":{"acrs":{"values":[""]}}}`,
		"a long value":         `{"access_token":{"acrs":{"value":"` + strings.Repeat("c", 257) + `"}}}`,
		"many values":          `{"access_token":{"acrs":{"values":[` + many(33, `"c1"`) + `]}}}`,
		"many claims":          `{"access_token":{` + strings.Join(names, ",") + `}}`,
		"much":                 `{"access_token":{"acrs":{"value":"c1"}}}` + strings.Repeat(" ", tools.MaxClaims),
		"depth":                `{"access_token":{"acrs":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}}`,
	} {
		if got, err := tools.ReadClaims(asked); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestChallengeIsAFault(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	err := error(tools.NewChallengeError("{}", "sign in again", cause))
	if fault.KindOf(err) != fault.Unauthenticated || fault.Public(err) != "sign in again" || !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
}

func FuzzReadClaims(f *testing.F) {
	f.Add(`{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`)
	f.Add(`{"access_token":{"polids":{"values":["9ab03e19-ed42-4168-b6b7-7001fb3e933a"]},"nbf":null},"id_token":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		own, err := tools.ReadClaims(text)
		if err != nil {
			return
		}
		if again, err := tools.ReadClaims(own); err != nil || again != own || !json.Valid([]byte(own)) {
			t.Errorf("%q is %q, and that %q, %v", text, own, again, err)
		}
	})
}
