package setup_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

const page = "../../../docs/entra.md"

// lists are what the page says of the plan, a text of several lines each.
func lists(t *testing.T) map[string]string {
	t.Helper()
	var steps, fallbacks, redirects strings.Builder
	for i, s := range plan(t, values()).Portal(tenants.GUID{}) {
		blade := strings.ReplaceAll(strings.Join(s.Blade, " > "), values().DisplayName(), "your app")
		notes := ""
		for _, note := range s.Notes {
			if strings.HasSuffix(note, ":") {
				break // the fallbacks follow, which are a list of their own
			}
			notes += " " + note
		}
		fmt.Fprintf(&steps, "%d. %s (*%s*). %s%s\n", i+1, s.Title, blade, s.Why, notes)
	}
	for _, f := range setup.Fallbacks() {
		fmt.Fprintf(&fallbacks, "- %s\n", f)
	}
	redirects.WriteString("| client | redirect URI |\n|---|---|\n")
	for _, r := range setup.ClientRedirects() {
		fmt.Fprintf(&redirects, "| %s | `%s` |\n", r.Client, r.URI)
	}
	return map[string]string{"STEPS": steps.String(), "FALLBACKS": fallbacks.String(), "REDIRECTS": redirects.String()}
}

func TestPageSaysWhatThePlanDoes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range lists(t) {
		if !strings.Contains(string(text), "\n"+want+"\n") {
			t.Errorf("docs/entra.md does not have %s as the plan has it:\n%s", name, want)
		}
	}
	table, _, _ := strings.Cut(string(text), "## In this order")
	for _, value := range valuesOf(plan(t, values()).Manifest()) {
		if !strings.Contains(table, "`"+value+"`") {
			t.Errorf("the table of docs/entra.md does not name %s", value)
		}
	}
}

// valuesOf are the values of a registration that are the same for everybody.
func valuesOf(m setup.Object) []string {
	api := m.Get("api").(setup.Object)
	out := []string{m.Get("groupMembershipClaims").(string), fmt.Sprint(api.Get("requestedAccessTokenVersion"))}
	add := func(list any, member string) {
		for _, one := range list.(setup.List) {
			out = append(out, one.(setup.Object).Get(member).(string))
		}
	}
	add(api.Get("oauth2PermissionScopes"), "value")
	add(api.Get("preAuthorizedApplications"), "appId")
	add(m.Get("appRoles"), "value")
	add(m.Get("optionalClaims").(setup.Object).Get("accessToken"), "name")
	for _, p := range setup.BaseConsent() {
		out = append(out, p.Value)
	}
	return out
}
