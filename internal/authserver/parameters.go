package authserver

import (
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tools"
)

// The sizes of what browsers bring, in bytes.
const (
	maxQuery    = 32 << 10
	maxClientID = 2 << 10
	maxState    = 4 << 10
	maxParam    = 2 << 10
	maxHint     = 256 // as Entra takes it
)

// parameters are those of a request, as they were sent.
type parameters url.Values

// parametersIn reads a query string or a form.
func parametersIn(encoded string) (parameters, error) {
	if len(encoded) > maxQuery {
		return nil, fault.Newf(fault.Invalid, "It is longer than %d bytes.", maxQuery)
	}
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "It is not well encoded.", err)
	}
	return parameters(values), nil
}

// one returns a parameter, which may be there once; one without a value is not
// there (RFC 6749 §3.1).
func (p parameters) one(name string, most int) (string, error) {
	switch all := p[name]; {
	case len(all) > 1:
		return "", refuse(invalidRequest, name+" is there more than once; send it once")
	case len(all) == 0:
		return "", nil
	case len(all[0]) > most:
		return "", refuse(invalidRequest, name+" is too long")
	default:
		return all[0], nil
	}
}

// challenge is what PKCE allows (RFC 7636 §4.2).
var challenge = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// complete reads the rest of a request. What is wrong with it is a *refusal.
func (s *Server) complete(snap *snapshot.Snapshot, p parameters, asked *authorization) error {
	state, err := p.one("state", maxState)
	if err != nil {
		return err
	}
	asked.State = []byte(state)
	values := map[string]string{}
	for _, name := range []string{
		"response_type", "response_mode", "code_challenge", "code_challenge_method", "scope", "prompt", "login_hint", "claims", "request", "request_uri",
	} {
		if values[name], err = p.one(name, maxParam); err != nil {
			return err
		}
	}
	if err := flow(values); err != nil {
		return err
	}
	if len(p["resource"]) > 1 {
		return refuse(invalidTarget, "resource is there more than once; ask for each endpoint by itself")
	}
	resource, err := p.one("resource", maxParam)
	if err != nil {
		return err
	}
	if asked.Toolset, err = s.endpoint(snap, resource); err != nil {
		return err
	}
	asked.Challenge, asked.Scopes, asked.Unknown = values["code_challenge"], scopes(snap, values["scope"]), unknownScopes(snap, values["scope"])
	if err := asked.ask(values["prompt"]); err != nil {
		return err
	}
	asked.hint(values["login_hint"])
	return asked.demand(cmp.Or(values["claims"], contextClaims(values["scope"])))
}

// flow lets only the code flow with PKCE pass.
func flow(values map[string]string) error {
	switch {
	case values["request"] != "":
		return refuse("request_not_supported", "send the parameters themselves, not a request object")
	case values["request_uri"] != "":
		return refuse("request_uri_not_supported", "send the parameters themselves, not a request object")
	case values["response_type"] == "":
		return refuse(invalidRequest, "response_type is missing; it must be code")
	case values["response_type"] != "code":
		return refuse("unsupported_response_type", "response_type must be code")
	case values["response_mode"] != "" && values["response_mode"] != "query":
		return refuse(invalidRequest, "response_mode must be query")
	case values["code_challenge_method"] != "S256":
		return refuse(invalidRequest, "PKCE is required: code_challenge_method must be S256")
	case !challenge.MatchString(values["code_challenge"]):
		return refuse(invalidRequest, "PKCE is required: code_challenge must have 43 to 128 letters, digits and -._~")
	}
	return nil
}

// ask reads what the client wants people to be asked although that need not be
// (OpenID Connect Core §3.1.2.1). Entra's own consent is its own affair.
func (a *authorization) ask(prompt string) error {
	for word := range strings.FieldsSeq(prompt) {
		switch word {
		case "none":
			if strings.TrimSpace(prompt) != word {
				return refuse(invalidRequest, "prompt none goes with no other")
			}
			return refuse("login_required", "people have to be asked here; send them without prompt=none")
		case "consent":
			a.AskAgain = true
		case "login":
			a.Prompt = entra.SignInAgain
		case "select_account":
			if a.Prompt == entra.NoPrompt {
				a.Prompt = entra.SelectAccount
			}
		default:
			return refuse(invalidRequest, "prompt must be consent, login, select_account or none")
		}
	}
	return nil
}

// hint keeps a login hint that Entra can do something with.
func (a *authorization) hint(username string) {
	if len(username) <= maxHint && utf8.ValidString(username) && !strings.ContainsFunc(username, unicode.IsControl) {
		a.Hint = username
	}
}

// contextClaims is the claims request for the authentication context that scopes ask
// for; empty: for none. Of several the last counts: clients add what a challenge
// names to what they have asked for before.
func contextClaims(scope string) (claims string) {
	for word := range strings.FieldsSeq(scope) {
		if context, ok := authz.ContextOf(word); ok {
			claims = `{"access_token":{"acrs":{"essential":true,"value":"` + context + `"}}}`
		}
	}
	return claims
}

// demand reads a claims request. Which authentication contexts a sign-in has
// satisfied is read from its ID token, so that these are asked of it too.
func (a *authorization) demand(claims string) error {
	if claims == "" {
		return nil
	}
	own, err := tools.ReadClaims(claims)
	if err != nil {
		return refuse(invalidRequest, "claims: "+err.Error())
	}
	var asked map[string]map[string]json.RawMessage
	if err := json.Unmarshal([]byte(own), &asked); err != nil {
		return err
	}
	if contexts, ok := asked["access_token"]["acrs"]; ok {
		asked["id_token"] = map[string]json.RawMessage{"acrs": contexts}
	}
	whole, err := json.Marshal(asked)
	a.Claims = string(whole)
	return err
}
