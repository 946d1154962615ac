package upstream_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

const wantsC1 = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`

var encodedC1 = base64.StdEncoding.EncodeToString([]byte(wantsC1))

// picky is a server that takes one token and answers others with a header.
type picky struct {
	stub
	takes  string
	header http.Header
}

func (p *picky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") == "Bearer "+p.takes {
		p.stub.ServeHTTP(w, r)
		return
	}
	p.mu.Lock()
	p.requests = append(p.requests, recorded{method: r.Method, header: r.Header.Clone()})
	p.mu.Unlock()
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.WriteHeader(http.StatusUnauthorized)
}

func challenging(values ...string) http.Header { return http.Header{"Www-Authenticate": values} }

var onBehalf = tools.SourceCredential{Kind: tools.OnBehalfOfUser, Scopes: []string{"api://notes/all"}}

// replacing gives "old", and "new" for whoever says that old was refused.
func replacing() *issuer {
	return &issuer{answer: func(w upstream.Wanted) (string, error) {
		if w.Refused == "old" {
			return "new", nil
		}
		return "old", nil
	}}
}

func TestTokenOfAPersonIsReplacedOnce(t *testing.T) {
	t.Parallel()
	r, p, tokens := newRig(t), &picky{stub: stub{modern: true}, takes: "new"}, replacing()
	server := r.server(serve(t, p), with(t, r, onBehalf, "", tokens))
	if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err != nil {
		t.Fatal(err)
	}
	p.takes = "none will do"
	before, asked := len(p.all()), len(tokens.asked)
	_, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
	if fault.KindOf(err) != fault.Unauthenticated || !strings.Contains(fault.Public(err), "source notes does not accept the token") {
		t.Errorf("%v", err)
	}
	if len(p.all()) != before+2 || len(tokens.asked) != asked+2 {
		t.Errorf("%d requests, %d tokens: want two of each", len(p.all())-before, len(tokens.asked)-asked)
	}
	tokens.answer = func(upstream.Wanted) (string, error) { return "old", nil } // the issuer has no other
	before = len(p.all())
	if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); fault.KindOf(err) != fault.Unauthenticated || len(p.all()) != before+1 {
		t.Errorf("%v; the server was shown the same token %d times", err, len(p.all())-before)
	}
}

func TestClaimsThatAServerWantsAreAskedFor(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"as Entra's resources do": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="` + encodedC1 + `"`,
		"without padding":         `bearer ERROR=insufficient_claims,claims=` + strings.TrimRight(encodedC1, "="),
		"behind others":           `Negotiate YWJj==, Basic realm="a, Bearer error=\"x\"", Bearer claims = "` + encodedC1 + `" , error = "insufficient_claims"`,
		"for URLs":                `Bearer error="insufficient_claims", claims="` + base64.URLEncoding.EncodeToString([]byte(wantsC1)) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, p := newRig(t), &picky{stub: stub{modern: true}, takes: "new", header: challenging(`Basic realm="x"`, header)}
			tokens := replacing()
			server := r.server(serve(t, p), with(t, r, onBehalf, "", tokens))
			if _, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err != nil {
				t.Fatal(err)
			}
			if w := tokens.asked[1]; w.Claims != wantsC1 || w.Refused != "old" {
				t.Errorf("asked for %+v", w)
			}
			p.takes = "none will do"
			before := len(tokens.asked)
			_, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
			challenge, ok := errors.AsType[*tools.ChallengeError](err)
			if !ok || challenge.Claims() != wantsC1 || fault.KindOf(err) != fault.Unauthenticated || len(tokens.asked) != before+2 {
				t.Errorf("%v after %d tokens", err, len(tokens.asked)-before)
			}
			if text := fault.Public(err); !strings.Contains(text, "source notes") || !strings.Contains(text, "sign in again") {
				t.Errorf("the person is told: %s", text)
			}
			if server.Health().State != upstream.Working {
				t.Errorf("the server is held to account for it: %+v", server.Health())
			}
		})
	}
}

func TestWhatIsNoClaimsChallengeIsNotPassedOn(t *testing.T) {
	t.Parallel()
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	with401 := func(claims string) string { return `Bearer error="insufficient_claims", claims="` + claims + `"` }
	for name, header := range map[string][]string{
		"another error":        {`Bearer error="invalid_token", claims="` + encodedC1 + `"`},
		"no error":             {`Bearer claims="` + encodedC1 + `"`},
		"another scheme":       {`Basic error="insufficient_claims", claims="` + encodedC1 + `"`},
		"in a quoted string":   {`Bearer realm="error=insufficient_claims, claims=` + encodedC1 + `"`},
		"no claims":            {`Bearer error="insufficient_claims"`},
		"no base64":            {with401("{}")},
		"no JSON":              {with401(encode("acrs=c1"))},
		"a list":               {with401(encode(`["access_token"]`))},
		"of the ID token":      {with401(encode(`{"id_token":{"email":null}}`))},
		"a line in it":         {with401(encode(`{"access_token":{"acrs":{"value":"c1\r\nX: y"}}}`))},
		"more than is read":    {with401(encode(`{"access_token":{"acrs":{"value":"c1"}}}` + strings.Repeat(" ", 8<<10)))},
		"in a long header":     {`Bearer realm="` + strings.Repeat("x", 8<<10) + `", error="insufficient_claims", claims="` + encodedC1 + `"`},
		"a string without end": {`Bearer error="insufficient_claims", claims="` + encodedC1},
		"behind many others":   append(strings.Split(strings.Repeat("Basic,", 8), ",")[:8], with401(encodedC1)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, tokens := newRig(t), replacing()
			server := r.server(serve(t, &picky{takes: "none will do", header: challenging(header...)}), with(t, r, onBehalf, "", tokens))
			_, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
			if _, challenged := errors.AsType[*tools.ChallengeError](err); challenged || fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("%v", err)
			}
			for _, w := range tokens.asked {
				if w.Claims != "" {
					t.Errorf("Entra is asked with %s", w.Claims)
				}
			}
		})
	}
}

// TestOnlyServersThatAnswerPeopleChallenge: nobody's sign-in helps with a key, or
// with a token for ourselves.
func TestOnlyServersThatAnswerPeopleChallenge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	as := serve(t, &authority{life: 3600})
	header := challenging(`Bearer error="insufficient_claims", claims="` + encodedC1 + `"`)
	for name, row := range map[string]struct {
		credential tools.SourceCredential
		secret     string
		says       string
	}{
		"none":               {tools.SourceCredential{Kind: tools.NoCredential}, "", "has none"},
		"header":             {tools.SourceCredential{Kind: tools.HeaderCredential, Header: "X-Api-Key"}, "key", "does not accept the credential"},
		"client credentials": {clientCredentials(as), "our/secret", "does not accept the token that its token endpoint gives"},
	} {
		server := r.server(serve(t, &picky{takes: "none will do", header: header}), with(t, r, row.credential, row.secret, nil))
		_, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
		if _, challenged := errors.AsType[*tools.ChallengeError](err); challenged || fault.KindOf(err) != fault.Unauthenticated || !strings.Contains(fault.Public(err), row.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChallengeOfTheIssuerGoesOn(t *testing.T) {
	t.Parallel()
	r, s := newRig(t), &stub{modern: true}
	why := tools.NewChallengeError(wantsC1, "sign in anew", nil)
	server := r.server(newStub(t, s), with(t, r, onBehalf, "", &issuer{refuse: fmt.Errorf("get token: %w", why)}))
	_, err := server.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
	challenge, ok := errors.AsType[*tools.ChallengeError](err)
	if !ok || challenge.Claims() != wantsC1 || fault.Public(err) != "source notes cannot be asked on your behalf: sign in anew" || len(s.all()) > 0 {
		t.Errorf("%v after %d requests", err, len(s.all()))
	}
}

// TestServerThatAnswersPeopleSaysSoWhereNobodyAsks: nor is its credential to
// blame.
func TestServerThatAnswersPeopleSaysSoWhereNobodyAsks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	server := r.server(serve(t, &picky{takes: "none will do"}), with(t, r, onBehalf, "", replacing()))
	if _, err := server.Discover(t.Context()); fault.KindOf(err) != fault.Unauthenticated || !strings.Contains(fault.Public(err), "answers people only") {
		t.Errorf("%v", err)
	}
	if _, err := server.DiscoverFor(t.Context(), r.caller(), authz.NewAssertion(inbound)); !strings.Contains(fault.Public(err), "does not accept the token") {
		t.Errorf("%v", err)
	}
}

func FuzzDemanded(f *testing.F) {
	f.Add(`Bearer realm="", error="insufficient_claims", claims="` + encodedC1 + `"`)
	f.Add(`Basic a==,Bearer error=insufficient_claims , claims="e\y"`)
	f.Fuzz(func(t *testing.T, value string) {
		claims := upstream.Demanded(challenging(value, value))
		if claims == "" {
			return
		}
		if again, err := tools.ReadClaims(claims); err != nil || again != claims {
			t.Errorf("%q brings %q: %v", value, claims, err)
		}
	})
}
