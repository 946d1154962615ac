package entra_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// refusedWith is what becomes of everything after one refusal of Entra's.
type refusedWith struct {
	says   string // an AADSTS number, a status, or nothing at all
	class  entra.ErrorClass
	memory string // what becomes of the person's tokens in memory
	kept   string // and of the refresh token that the request was made with
}

const (
	stays, forgotten, dropped = "stays", "forgotten", "dropped"
)

// afterRefusals is the first table of docs/membership.md.
var afterRefusals = []refusedWith{
	{"50076", entra.Interaction, stays, stays},
	{"50079", entra.Interaction, stays, stays},
	{"50074", entra.Interaction, stays, stays},
	{"50078", entra.Interaction, stays, stays},
	{"50097", entra.Interaction, stays, stays},
	{"50158", entra.Interaction, stays, stays},
	{"53000", entra.Interaction, stays, stays},
	{"65001", entra.Consent, stays, stays},
	{"90094", entra.Consent, stays, stays},
	{"50013", entra.Reauth, forgotten, dropped},
	{"500133", entra.Reauth, forgotten, dropped},
	{"50057", entra.Reauth, forgotten, dropped},
	{"50034", entra.Reauth, forgotten, dropped},
	{"50020", entra.Reauth, forgotten, dropped},
	{"51004", entra.Reauth, forgotten, dropped},
	{"700082", entra.Reauth, forgotten, dropped},
	{"70008", entra.Reauth, forgotten, dropped},
	{"50173", entra.Reauth, forgotten, dropped},
	{"70043", entra.Reauth, forgotten, dropped},
	{"700084", entra.Reauth, forgotten, dropped},
	{"70000", entra.Reauth, forgotten, dropped},
	{"53003", entra.Blocked, forgotten, stays},
	{"50105", entra.Blocked, forgotten, stays},
	{"500131", entra.Misconfigured, stays, stays},
	{"7000114", entra.Misconfigured, stays, stays},
	{"7000215", entra.Misconfigured, stays, stays},
	{"7000222", entra.Misconfigured, stays, stays},
	{"7000218", entra.Misconfigured, stays, stays},
	{"700025", entra.Misconfigured, stays, stays},
	{"700027", entra.Misconfigured, stays, stays},
	{"700024", entra.Misconfigured, stays, stays},
	{"700211", entra.Misconfigured, stays, stays},
	{"700212", entra.Misconfigured, stays, stays},
	{"700213", entra.Misconfigured, stays, stays},
	{"70021", entra.Misconfigured, stays, stays},
	{"70025", entra.Misconfigured, stays, stays},
	{"700038", entra.Misconfigured, stays, stays},
	{"700016", entra.Misconfigured, stays, stays},
	{"7000112", entra.Misconfigured, stays, stays},
	{"500011", entra.Misconfigured, stays, stays},
	{"500014", entra.Misconfigured, stays, stays},
	{"70003", entra.Misconfigured, stays, stays},
	{"70011", entra.Misconfigured, stays, stays},
	{"650053", entra.Misconfigured, stays, stays},
	{"28000", entra.Misconfigured, stays, stays},
	{"9010010", entra.Misconfigured, stays, stays},
	{"901002", entra.Misconfigured, stays, stays},
	{"9002326", entra.Misconfigured, stays, stays},
	{"9002327", entra.Misconfigured, stays, stays},
	{"90002", entra.Misconfigured, stays, stays},
	{"50196", entra.Throttled, stays, stays},
	{"429", entra.Throttled, stays, stays},
	{"90033", entra.Transient, stays, stays},
	{"500", entra.Transient, stays, stays},
	{"503", entra.Transient, stays, stays},
	{"nothing", entra.Transient, stays, stays},
}

// fault has the token endpoint say it.
func (r refusedWith) fault() emulator.Fault {
	f := emulator.Fault{Endpoint: emulator.EndpointToken}
	switch n, err := strconv.Atoi(r.says); {
	case err != nil:
		f.Outage = true
	case n < 1000:
		f.Status = n
	default:
		f.Code = n
	}
	return f
}

// middle is Contoso's own app, which acts for people at Microsoft Graph.
func middle() (seed.App, tenants.Organization) {
	org := contoso()
	id := org.Connection.ClientID.String()
	return seed.App{
		ID: id, Name: "Gatehouse of Contoso", Secret: secret, RequestedTokenVersion: 2, IdentifierURIs: []string{"api://" + id}, Scopes: []string{"access_as_user"},
		PreAuthorized: []seed.PreAuthorized{{Client: seed.VisualStudioCode}},
		Consents:      []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read", "GroupMember.Read.All"}}},
	}, org
}

// inbound is a new token of Alice's for that app, and keepsake a refresh token of it.
func (w *world) inbound(t *testing.T, app seed.App) (authz.Assertion, entra.RefreshToken) {
	t.Helper()
	grant := func(form url.Values) (access, refresh string) {
		form.Set("grant_type", "password")
		form.Set("username", "alice@contoso.example")
		form.Set("password", "pw")
		return w.granted(t, form)
	}
	access, _ := grant(url.Values{"client_id": {seed.VisualStudioCode}, "scope": {"api://" + app.ID + "/access_as_user"}})
	_, refresh := grant(url.Values{"client_id": {app.ID}, "client_secret": {secret}, "scope": {"https://graph.microsoft.com/User.Read offline_access"}})
	return authz.NewAssertion(access), entra.NewRefreshToken(refresh)
}

func (w *world) granted(t *testing.T, form url.Values) (access, refresh string) {
	t.Helper()
	req := must(http.NewRequestWithContext(t.Context(), http.MethodPost, w.in.TokenURL(contosoTID), strings.NewReader(form.Encode())))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp := must(w.out.Do(t.Context(), req))
	var answer struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Says    string `json:"error_description"`
	}
	if err := json.Unmarshal(resp.Body, &answer); err != nil || answer.Access == "" {
		t.Fatalf("no token: %v %s", err, answer.Says)
	}
	return answer.Access, answer.Refresh
}

// TestWhatEntraRefusesAndWhatHappensThen has the emulator refuse an exchange and a
// refresh with everything that either can be refused with.
func TestWhatEntraRefusesAndWhatHappensThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app, org := middle()
	assertion, refresh := w.inbound(t, app)
	for _, row := range afterRefusals {
		for _, kept := range []bool{false, true} {
			c := entra.NewTokenClient(w.out, time.Now) // of another row nothing is remembered
			s := &shelf{token: refresh}
			x := entra.Exchange{
				Organization: &org, Authority: w.in, Identity: authz.Identity{Org: org.ID, TID: org.TID, OID: alice, Kind: authz.User, Delegated: true},
				Assertion: assertion, Credential: must(entra.SecretCredential(entra.NewSecret(secret))),
			}
			if kept {
				s.kept(tenants.NewGUID())(&x)
			}
			ask := func(scope string) (string, error) {
				x.Scopes = []string{w.in.DelegatedGraphScope(scope)}
				got, err := c.OnBehalfOf(t.Context(), x)
				return got.Reveal(), err
			}
			before, err := ask("User.Read")
			if err != nil {
				t.Fatal(err)
			}
			s.put = nil
			w.mustFault(t, row.fault())
			_, err = ask("GroupMember.Read.All")
			refused, is := errors.AsType[*entra.TokenError](err)
			if !is || refused.Class != row.class {
				t.Errorf("%s, kept %t: %v, want class %s", row.says, kept, err, row.class)
			}
			if row.class == entra.Interaction && refused.Claims == "" {
				t.Errorf("%s: no claims to pass on", row.says)
			}
			memory := forgotten
			if still, err := ask("User.Read"); err == nil && still == before {
				memory = stays
			}
			if memory != row.memory {
				t.Errorf("%s, kept %t: what is in memory is %s", row.says, kept, memory)
			}
			if gone := slices.Contains(s.put, ""); kept && gone != (row.kept == dropped) {
				t.Errorf("%s: the refresh token is gone: %t", row.says, gone)
			}
			w.mustFault(t, emulator.Fault{Endpoint: emulator.EndpointToken})
		}
	}
}

func (w *world) mustFault(t *testing.T, f emulator.Fault) {
	t.Helper()
	if err := w.SetFault(f); err != nil {
		t.Fatal(err)
	}
}

// TestDocumentationTellsWhatEntraRefuses holds the table of docs/membership.md
// against this one.
func TestDocumentationTellsWhatEntraRefuses(t *testing.T) {
	t.Parallel()
	raw := must(os.ReadFile("../../docs/membership.md"))
	_, section, found := strings.Cut(string(raw), "\n## What Entra refuses, and what happens then\n")
	if !found {
		t.Fatal("the section is missing")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var told []refusedWith
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 7 || strings.Contains(cells[1], "---") || strings.TrimSpace(cells[1]) == "Entra says" {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[2] == "" {
			t.Errorf("%s has no meaning", cells[1])
		}
		told = append(told, refusedWith{cells[1], entra.ErrorClass(cells[3]), cells[4], cells[5]})
	}
	if !slices.Equal(told, afterRefusals) {
		t.Errorf("the table tells\n%v\nand the test\n%v", told, afterRefusals)
	}
}
