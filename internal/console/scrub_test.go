package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// TestLargeRequestsAreToldTheirFirstMistakes sends as many names as a large
// organization's document has. No mistake repeats what was sent, and the answer
// does not take for ever.
func TestLargeRequestsAreToldTheirFirstMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		patterns    int // of each of a hundred permissions
		least, most int // errors
		word        string
	}{
		"small": {1, 100, 100, "pattern"}, "large": {90, 1, 20, "these are the first of 9000 mistakes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			var permissions []string
			for i := range 100 {
				var patterns []string
				for n := range c.patterns {
					patterns = append(patterns, fmt.Sprintf(`"Hunt3r2-%d %d!Secret~A1b2C3d4"`, i, n))
				}
				permissions = append(permissions, `{"effect":"allow","patterns":[`+strings.Join(patterns, ",")+`]}`)
			}
			began := time.Now()
			w := r.as(t, r.person(r.contoso, tenants.Admin)).send(http.MethodPost, roles, `{"name":"New","permissions":[`+strings.Join(permissions, ",")+`]}`, nil)
			var p console.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusUnprocessableEntity {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if len(p.Errors) < c.least || len(p.Errors) > c.most || !strings.Contains(p.Detail, c.word) || strings.Contains(w.Body.String(), "Hunt3r2") || time.Since(began) > time.Minute {
				t.Errorf("%d errors in %s: %.300s", len(p.Errors), time.Since(began), w.Body)
			}
		})
	}
}

const (
	clientSecret = "abc8Q~Zt4.fGh-2kLmN_0pQrStUvWxYz1aBcDeFg"
	accessToken  = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
	privateKey   = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ3xq5H1\n-----END PRIVATE KEY-----"
)

// TestRefusalsQuoteNames gives, for each mistake, what its refusal has to say of
// what was sent or of what there is.
func TestRefusalsQuoteNames(t *testing.T) {
	t.Parallel()
	for name, c := range refusals() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			b := r.as(t, r.person(r.contoso, tenants.Admin))
			w := b.send(http.MethodPost, "/api/organizations/contoso/"+c.path, c.body, nil)
			if text := w.Body.String(); w.Code < 400 || strings.Contains(text, "•••") || !strings.Contains(text, c.says) {
				t.Errorf("%d %s, want %s", w.Code, text, c.says)
			}
		})
	}
}

type refusedRow struct{ path, body, says string }

func refusals() map[string]refusedRow {
	role := func(name, more string) string {
		return `{"name":"` + name + `","permissions":[{"effect":"allow",` + more + `}]}`
	}
	return map[string]refusedRow{
		"a name that is taken":    {"roles", role("readers", `"patterns":["who*"]`), `called \"Readers\" already`},
		"a pattern":               {"roles", role("New", `"patterns":["who ami"]`), `pattern \"who ami\" may hold`},
		"an effect":               {"roles", `{"name":"New","permissions":[{"effect":"permit","patterns":["*"]}]}`, `allow`},
		"a variable":              {"roles", role("New", `"patterns":["*"],"condition":"caller.role == \"x\""`), `'caller.role' (did you mean 'caller.roles'?)`},
		"a function":              {"roles", role("New", `"patterns":["*"],"condition":"context.time.getHour(\"UTC\") > 8"`), `context.authenticationContexts`},
		"a role that is not":      {"assignments", `{"role":"00000000-1111-2222-3333-444444444444","subject":{"kind":"everybody"}}`, `00000000-1111-2222-3333-444444444444 does not exist`},
		"an object id":            {"assignments", `{"role":"00000000-1111-2222-3333-444444444444","subject":{"kind":"group","value":"Sales EMEA"}}`, `\"Sales EMEA\" is no object id`},
		"a client id":             {"clients", `{"id":"aebc6443","name":"VS Code"}`, `\"aebc6443\" is no client id`},
		"a pattern with a member": {"scope-ceilings", `{"scope":"crm.read","patterns":["crm read"]}`, `\"crm read\"`},
	}
}

// TestRefusalsQuoteNoSecrets types secrets into members that hold names, and
// names into members that hold secrets.
func TestRefusalsQuoteNoSecrets(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]string{
		"client secret": clientSecret, "token": accessToken, "private key": privateKey, "password": "Summer!2026x", "hex key": "9f86d081884c7d659a2feaa0c55ad015",
		"key in a sentence": "my key is " + clientSecret, "key in an address": "https://x.example/?sig=" + clientSecret,
	} {
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		value := string(quoted)
		for where, c := range map[string]struct{ path, body string }{
			"pattern":      {"roles", `{"name":"New","permissions":[{"effect":"allow","patterns":[` + value + `]}]}`},
			"condition":    {"roles", `{"name":"New","permissions":[{"effect":"allow","patterns":["*"],"condition":` + value + `}]}`},
			"group":        {"assignments", `{"role":"00000000-1111-2222-3333-444444444444","subject":{"kind":"group","value":` + value + `}}`},
			"client":       {"clients", `{"id":` + value + `,"name":"VS Code"}`},
			"member":       {"clients", `{"id":"aebc6443","name":"VS Code",` + value + `:1}`},
			"role":         {"assignments", `{"role":` + value + `,"subject":{"kind":"everybody"}}`},
			"taken name":   {"roles", `{"name":` + value + `,"permissions":[{"effect":"allow","patterns":["*"]}]}`},
			"no JSON":      {"roles", secret},
			"query":        {"roles?name=" + url.QueryEscape(secret), `{}`},
			"path segment": {"roles/" + url.PathEscape(secret), `{}`},
		} {
			t.Run(name+" as "+where, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				b := r.as(t, r.person(r.contoso, tenants.Admin))
				b.send(http.MethodPost, "/api/organizations/contoso/"+c.path, c.body, nil)
				w := b.send(http.MethodPost, "/api/organizations/contoso/"+c.path, c.body, nil) // a name is taken by now
				spelled := strings.Trim(value, `"`)
				if text := w.Body.String() + r.log.String(); strings.Contains(text, spelled[:10]) && name != "key in a sentence" && name != "key in an address" || strings.Contains(text, spelled[len(spelled)-12:]) || w.Code < 400 {
					t.Errorf("%d %s", w.Code, text)
				}
			})
		}
	}
}

// TestSecretsOfAnyFormStayUnsaid sends what has no form at all where secrets are
// sent, and where the contract knows no member.
func TestSecretsOfAnyFormStayUnsaid(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	for where, body := range map[string]string{
		"an unknown member": `{"label":"open sesame","name":"New","permissions":[{"effect":"allow","patterns":["open sesame"]}]}`,
		"what is said":      `{"label":"unexpected property","name":"New","permissions":[]}`,
		"below one":         `{"label":{"x":["open sesame"]},"name":"New","permissions":[{"effect":"allow","patterns":["open sesame"]}]}`,
	} {
		w := b.send(http.MethodPost, roles, body, nil)
		if w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "sesame") || !strings.Contains(w.Body.String(), "label") || strings.Contains(w.Body.String(), "unexpected property") != (where != "what is said") {
			t.Errorf("%s: %d %s", where, w.Code, w.Body)
		}
	}
	connection := "/api/organizations/contoso/connection"
	read := b.get(connection).Header().Get("ETag")
	w := b.send(http.MethodPut, connection+"/credential", `{"kind":"certificate","certificate":"open sesame of mine"}`, map[string]string{"If-Match": read})
	if w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "sesame") || !strings.Contains(w.Body.String(), "certificate: ••• is no PEM") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestRequestsThatDoNotFitAreExplained gives, for each request, the field and a
// word of the remedy.
func TestRequestsThatDoNotFitAreExplained(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	for name, c := range map[string]struct{ method, path, body, location, says string }{
		"missing":            {http.MethodPost, "/roles", `{"permissions":[]}`, "body.name", "is missing"},
		"missing below":      {http.MethodPost, "/assignments", `{"role":"00000000-1111-2222-3333-444444444444","subject":{}}`, "body.subject.kind", "is missing"},
		"unknown":            {http.MethodPost, "/roles", `{"name":"New","permissions":[{"effect":"allow","patterns":["*"]}],"label":1}`, "body.label", "none of this name"},
		"client id":          {http.MethodPut, "/connection", `{"model":"own","clientId":"aebc6443-1"}`, "body.clientId", "Application (client) ID"},
		"role":               {http.MethodPost, "/assignments", `{"role":"Readers","subject":{"kind":"everybody"}}`, "body.role", "list the roles"},
		"person":             {http.MethodPost, "/role-grants", `{"role":"admin","grantee":{"kind":"person","id":"ada@adatum.example"}}`, "body.grantee.id", "Object ID"},
		"time":               {http.MethodPost, "/assignments", `{"role":"00000000-1111-2222-3333-444444444444","subject":{"kind":"everybody"},"endsAt":"2027-01-01"}`, "body.endsAt", "2027-01-31T00:00:00Z"},
		"id of the path":     {http.MethodGet, "/roles/Readers", "", "path.id", "list of what is there"},
		"cut off":            {http.MethodPost, "/roles", `{"name":"New"`, "body", "no JSON, or only a part"},
		"named twice":        {http.MethodPost, "/roles", `{"name":"New","name":"Old"}`, "body", "named twice"},
		"ETag not in quotes": {http.MethodPut, "", `{"name":"Contoso","origins":[],"membership":{"softSeconds":1,"hardSeconds":2}}`, "", `stands in quotes`},
	} {
		w := b.send(c.method, "/api/organizations/contoso"+c.path, c.body, map[string]string{"If-Match": "1"})
		var p console.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code < 400 {
			t.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
		said := p.Detail
		if c.location != "" {
			if len(p.Errors) == 0 || p.Errors[0].Location != c.location {
				t.Errorf("%s: %+v, want %s", name, p.Errors, c.location)
				continue
			}
			said = p.Errors[0].Message
		}
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: %q, want %q", name, said, c.says)
		}
	}
}
