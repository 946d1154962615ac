package oauth_test

import (
	"reflect"
	"strings"
	"testing"

	"gatehouse/internal/tools/upstream/oauth"
)

func TestChallengeIsRead(t *testing.T) {
	t.Parallel()
	const at = "https://a.example/about"
	long := strings.Repeat("x", 9_000)
	for header, want := range map[string]oauth.Challenge{
		`Bearer resource_metadata="` + at + `", scope="a b:c"`:                        {ResourceMetadata: at, Scopes: []string{"a", "b:c"}},
		`bearer error="insufficient_scope",scope=a`:                                   {Error: "insufficient_scope", Scopes: []string{"a"}},
		`Basic realm="x, Bearer scope=z", Bearer Resource_Metadata = "` + at + `"`:    {ResourceMetadata: at},
		`DPoP scope="a", Bearer scope="b"`:                                            {Scopes: []string{"b"}},
		`Bearer scope="a", scope="b"`:                                                 {Scopes: []string{"a"}},
		`Bearer scope="a \"b\" c", error="invalid_token"`:                             {Error: "invalid_token"},
		"Bearer scope=\"\u00e9\", error=\"invalid_token\"":                            {Error: "invalid_token"},
		`Bearer scope="` + strings.Repeat("s ", 200) + `", error="invalid_token"`:     {Error: "invalid_token"},
		`Bearer error="two words", scope="a"`:                                         {Scopes: []string{"a"}},
		`Bearer error="` + strings.Repeat("x", 65) + `", scope="a"`:                   {Scopes: []string{"a"}},
		`Bearer resource_metadata="https://a.example/` + long[:2100] + `", scope="a"`: {Scopes: []string{"a"}},
		`Bearer scope="` + long + `"`:                                                 {},
		`Bearer scope="a", realm="` + long + `"`:                                      {},
		`Bearer scope="unended`:                                                       {},
		`Bearer`:                                                                      {},
		`Bearer scope=""`:                                                             {},
		``:                                                                            {},
		`=,=,"`:                                                                       {},
	} {
		if got := oauth.ReadChallenge([]string{header}); !reflect.DeepEqual(got, want) {
			t.Errorf("%.80s: %+v, want %+v", header, got, want)
		}
	}
}

func TestFirstChallengeThatSaysSomethingCounts(t *testing.T) {
	t.Parallel()
	got := oauth.ReadChallenge([]string{`Basic realm="a"`, `Bearer`, `Bearer scope="b"`, `Bearer scope="c"`})
	if !reflect.DeepEqual(got, oauth.Challenge{Scopes: []string{"b"}}) {
		t.Errorf("%+v", got)
	}
	many := append(make([]string, 8), `Bearer scope="a"`)
	if got := oauth.ReadChallenge(many); got.Scopes != nil {
		t.Errorf("the ninth header was read: %+v", got)
	}
}

func TestOnlyInsufficientScopeWantsMore(t *testing.T) {
	t.Parallel()
	if !(oauth.Challenge{Error: "insufficient_scope"}).WantsMore() || (oauth.Challenge{Error: "invalid_token", Scopes: []string{"a"}}).WantsMore() {
		t.Error("the wrong challenge wants more")
	}
}

func TestWideningKeepsWhatWasAsked(t *testing.T) {
	t.Parallel()
	asked := []string{"a", "b"}
	if got, more := oauth.Widen(asked, oauth.Challenge{Scopes: []string{"b", "c", "c"}}); !more || !reflect.DeepEqual(got, []string{"a", "b", "c"}) {
		t.Errorf("%q %v", got, more)
	}
	for what, c := range map[string]oauth.Challenge{
		"nothing":  {},
		"the same": {Scopes: []string{"b", "a"}},
		"too many": {Scopes: strings.Fields(many(100))},
		"no scope": {Scopes: []string{`"`}},
	} {
		if got, more := oauth.Widen(asked, c); more || !reflect.DeepEqual(got, asked) {
			t.Errorf("%s: %q %v", what, got, more)
		}
	}
}

// many are so many scopes.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("s" + strings.Repeat("x", i) + " ")
	}
	return b.String()
}
