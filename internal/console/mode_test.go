package console_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

const contoso = "/api/organizations/contoso"

// settle changes contoso's settings; extra is what the body has besides what it
// needs.
func (b *browser) settle(extra string) (console.Organization, int, string) {
	b.t.Helper()
	var o console.Organization
	tag := b.read(contoso, &o)
	w := b.send(http.MethodPut, contoso, `{"name":"Contoso","origins":[],"membership":{"softSeconds":1,"hardSeconds":2}`+extra+`}`, map[string]string{"If-Match": tag})
	if w.Code == http.StatusOK {
		var read console.Organization
		o = console.Organization{}
		decode(b.t, w, &o)
		if got := b.read(contoso, &read); got != w.Header().Get("ETag") {
			b.t.Errorf("the tag of the answer is %s, and then %s", w.Header().Get("ETag"), got)
		}
	}
	return o, w.Code, w.Body.String()
}

func signIn(mode, accept, unknown, more string) string {
	return fmt.Sprintf(`,"signIn":{"mode":%q,"acceptEntraTokens":%s,"unknownClients":%q%s}`, mode, accept, unknown, more)
}

func TestAdminsChooseWherePeopleSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	shown := func(step string, o console.Organization, want tenants.SignIn, since time.Time) {
		t.Helper()
		now := r.orgs[r.contoso.ID]
		if now.SignIn() != want || !now.ModeSince.Equal(since) {
			t.Errorf("%s: it is %+v since %s", step, now.SignIn(), now.ModeSince)
		}
		if s := o.SignIn; s.Mode != want.Mode || s.AcceptEntraTokens != want.AcceptEntraTokens || s.UnknownClients != want.UnknownClients || (s.Since == nil) != since.IsZero() || s.Since != nil && !s.Since.Equal(since) {
			t.Errorf("%s: shown is %+v", step, s)
		}
	}
	o, _, _ := b.settle("")
	shown("nothing said", o, tenants.SignIn{Mode: tenants.Direct, UnknownClients: tenants.Refuse}, time.Time{})

	o, _, _ = b.settle(signIn("brokered", "true", "admit", ""))
	brokered := tenants.SignIn{Mode: tenants.Brokered, AcceptEntraTokens: true, UnknownClients: tenants.Admit}
	shown("brokered", o, brokered, start)

	r.pass(time.Minute)
	o, _, _ = b.settle("")
	shown("nothing said of it", o, brokered, start)
	o, _, _ = b.settle(signIn("brokered", "true", "refuse", ""))
	brokered.UnknownClients = tenants.Refuse
	shown("what cuts nobody off", o, brokered, start)

	o, _, _ = b.settle(signIn("brokered", "true", "refuse", `,"cutOff":true`))
	shown("cut off later", o, brokered, time.Time{})
	o, _, _ = b.settle(signIn("facade", "false", "refuse", `,"cutOff":false`))
	shown("another switch", o, tenants.SignIn{Mode: tenants.Facade, UnknownClients: tenants.Refuse}, start.Add(time.Minute))
	o, _, _ = b.settle(signIn("brokered", "false", "refuse", `,"cutOff":true`))
	shown("a switch that cuts off", o, tenants.SignIn{Mode: tenants.Brokered, UnknownClients: tenants.Refuse}, time.Time{})
}

// TestWhatAModeDoesNotLookAtMayBeLeftOut, and stays as it is.
func TestWhatAModeDoesNotLookAtMayBeLeftOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	b.settle(signIn("brokered", "true", "admit", ""))
	for body, want := range map[string]tenants.SignIn{
		`,"signIn":{"mode":"facade"}`: {Mode: tenants.Facade, AcceptEntraTokens: true, UnknownClients: tenants.Admit},
		`,"signIn":{"mode":"direct"}`: {Mode: tenants.Direct, AcceptEntraTokens: true, UnknownClients: tenants.Admit},
	} {
		if _, status, answer := b.settle(body); status != http.StatusOK || r.orgs[r.contoso.ID].SignIn() != want {
			t.Errorf("%s is answered %d %s, and it is %+v", body, status, answer, r.orgs[r.contoso.ID].SignIn())
		}
	}
	if _, status, _ := b.settle(`,"signIn":{"mode":"direct","acceptEntraTokens":false,"unknownClients":"refuse","cutOff":true}`); status != http.StatusOK ||
		r.orgs[r.contoso.ID].SignIn() != (tenants.SignIn{Mode: tenants.Direct, UnknownClients: tenants.Refuse}) {
		t.Errorf("what is said with direct is kept as %+v, %d", r.orgs[r.contoso.ID].SignIn(), status)
	}
}

func TestHowPeopleSignInIsSaidInFull(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	for body, where := range map[string]string{
		signIn("open", "true", "admit", ""):                                  "body.signIn.mode",
		signIn("direct", "1", "admit", ""):                                   "body.signIn.acceptEntraTokens",
		signIn("direct", "true", "ask", ""):                                  "body.signIn.unknownClients",
		signIn("direct", "true", "", ""):                                     "body.signIn.unknownClients",
		signIn("direct", "true", "admit", `,"since":"2027-01-01T00:00:00Z"`): "body.signIn",
		`,"signIn":{"mode":"brokered","unknownClients":"refuse"}`:            "body.signIn.acceptEntraTokens",
		`,"signIn":{"acceptEntraTokens":true,"unknownClients":"refuse"}`:     "body.signIn.mode",
		`,"signIn":{"mode":"brokered","acceptEntraTokens":true}`:             "body.signIn.unknownClients",
		`,"signIn":{"mode":"brokered"}`:                                      "body.signIn.unknownClients",
		signIn("brokered", "null", "refuse", ""):                             "body.signIn.acceptEntraTokens",
	} {
		if _, status, answer := b.settle(body); status != http.StatusUnprocessableEntity || !strings.Contains(answer, `"`+where) {
			t.Errorf("%s is answered %d %s", body, status, answer)
		}
	}
	if len(r.wrote) > 0 {
		t.Error("something was written")
	}
}

// TestAdminsReadWhatEntraSees of each choice, with the registration to target, in the
// words of the documentation.
func TestAdminsReadWhatEntraSees(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	guide, err := os.ReadFile("../../docs/entra.md")
	if err != nil {
		t.Fatal(err)
	}
	before, own := r.orgs[r.contoso.ID], tenants.MustGUID("812d214e-6fc1-519a-9f6a-9b9b3acefdad")
	for name, c := range map[string]struct {
		how               func(*tenants.Organization)
		choice, sees, not string
	}{
		"brokered":            {func(o *tenants.Organization) { o.Mode = tenants.Brokered }, "gatehouse", "(" + own.String() + ", in your directory), whichever", "got from Entra themselves"},
		"with Entra's tokens": {func(o *tenants.Organization) { o.Mode, o.AcceptEntraTokens = tenants.Brokered, true }, "gatehouse", "got from Entra themselves", ""},
		"shared app":          {func(o *tenants.Organization) { o.Mode, o.Connection.Model = tenants.Brokered, tenants.SharedApp }, "gatehouse", "which other organizations share", "in your directory"},
		"unconnected":         {func(o *tenants.Organization) { o.Mode, o.Connection = tenants.Brokered, tenants.Connection{} }, "gatehouse", "see Gatehouse's app registration, whichever", "("},
		"facade":              {func(o *tenants.Organization) { o.Mode = tenants.Facade }, "entra", "app registration of each AI app", "Gatehouse"},
		"direct":              {func(o *tenants.Organization) { o.Mode, o.AcceptEntraTokens = tenants.Direct, true }, "entra", "app registration of each AI app", "Gatehouse"},
	} {
		o := before
		o.Connection.ClientID, o.Connection.Model = own, tenants.OwnApp
		c.how(&o)
		r.orgs[r.contoso.ID] = o
		var shown console.Organization
		b.read(contoso, &shown)
		got := shown.SignIn.Choice
		if got.Name != c.choice || !strings.Contains(got.EntraSees, c.sees) || c.not != "" && strings.Contains(got.EntraSees, c.not) || !strings.Contains(string(guide), "**"+got.Title+"**") {
			t.Errorf("%s: %+v", name, got)
		}
		if name == "unconnected" || c.choice == "entra" {
			if !strings.Contains(string(guide), "- **"+got.Title+"**: "+got.EntraSees+"\n") {
				t.Errorf("%s: docs/entra.md does not say %q", name, got.EntraSees)
			}
		}
	}
}
