package authserver_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authorizations"
	"gatehouse/internal/authserver"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// wantsContext has characters that a careless page or address would change.
const wantsContext = `{"access_token":{"acrs":{"essential":true,"value":"c1+%2B&<"}}}`

// drawer is where stronger sign-ins lead in these tests.
type drawer struct {
	d      *desk
	kept   []string // refresh tokens
	of     []authserver.StepUp
	told   []authserver.StepUp
	fails  error // of Keep
	deaf   error // of Over
	events int   // that were recorded when something was kept
}

func (k *drawer) Keep(_ context.Context, snap *snapshot.Snapshot, u authserver.StepUp, token entra.RefreshToken) error {
	if k.fails != nil {
		return k.fails
	}
	if snap.Organization.Slug.String() != "contoso" {
		k.d.t.Errorf("kept at %s", snap.Organization.Slug)
	}
	k.kept, k.of, k.events = append(k.kept, token.Reveal()), append(k.of, u), len(k.d.events)
	return nil
}

func (k *drawer) Over(_ context.Context, _ *snapshot.Snapshot, by authz.Caller, u authserver.StepUp) error {
	if by.Identity().OID != u.Person || len(k.kept) == 0 {
		k.d.t.Errorf("told by %+v, with %d kept", by.Identity(), len(k.kept))
	}
	k.told = append(k.told, u)
	return k.deaf
}

// withDrawer is a desk at which people sign in more strongly.
func withDrawer(t *testing.T) (*desk, *drawer) {
	t.Helper()
	d := newDesk(t)
	k := &drawer{d: d}
	d.stepUps = k
	d.serve(nil)
	return d, k
}

// asked is a call of the desk's person that waits, with a token of Entra's.
func (d *desk) asked() authserver.StepUp {
	return authserver.StepUp{
		ID: tenants.NewGUID(), Person: d.person.OID, Client: "aebc6443-996d-45c2-90f0-388ff96faa56", Place: "the place", Toolset: "finance",
		Claims: wantsContext, Session: tenants.NewGUID(), Opened: d.now, Told: tenants.NewGUID(),
	}
}

func (d *desk) stepUpLink(u authserver.StepUp) string {
	return "/t/contoso/step-up?request=" + must(u.Link(d.snaps["contoso"].Key, d.clock()))
}

func TestPersonSignsInAsClaimsWantIt(t *testing.T) {
	t.Parallel()
	d, k := withDrawer(t)
	b, u := d.tab(), d.asked()
	d.change("contoso", func(data *snapshot.Data) {
		data.Clients = []tenants.Client{{ID: tenants.NewGUID().String(), Name: "Another"}, {ID: u.Client, Name: "The <i>listed"}}
	})
	first := b.open(d.stepUpLink(u))
	if !first.has(http.StatusOK, "The &lt;i&gt;listed", u.Client, "Contoso", "If somebody sent you this link", "Continue to Microsoft") || len(b.cookies) != 0 || len(d.once) != 0 || len(d.beginnings) != 0 {
		t.Errorf("%d %v, %d kept: %s", first.status, b.cookies, len(d.once), first.body)
	}
	away := b.press(first, "continue")
	if in := d.beginnings[0]; in.Claims != wantsContext || in.Prompt != entra.NoPrompt || in.Handshake.Tenant != d.person.TID {
		t.Errorf("Entra is asked for %+v", in)
	}
	if last := b.arrive(away); !last.has(http.StatusOK, "Go back to your AI app") {
		t.Errorf("%d %s", last.status, last.body)
	}
	if len(k.kept) != 1 || k.kept[0] != "refresh-token-of-entra" || k.of[0].Place != u.Place || k.of[0].Person != u.Person || k.of[0].ID != u.ID || k.events != 1 {
		t.Errorf("kept %+v of %+v after %d records", k.kept, k.of, k.events)
	}
	if len(k.told) != 1 || k.told[0].Session != u.Session || k.told[0].Told != u.Told || !k.told[0].Opened.Equal(u.Opened) {
		t.Errorf("told %+v", k.told)
	}
	e := d.events[0]
	if e.Kind != audit.Authentication || e.Reason != "stepped_up" || e.Detail != wantsContext || e.Outcome != audit.OK || e.Target != base+"/t/contoso/finance/mcp" {
		t.Errorf("recorded as %+v", e)
	}
}

// TestAppMayNotHear: what the person has done counts all the same.
func TestAppMayNotHear(t *testing.T) {
	t.Parallel()
	d, k := withDrawer(t)
	k.deaf = errors.New("nobody is there")
	if got := d.tab().second(d.stepUpLink(d.asked())); !got.has(http.StatusOK, "Go back to your AI app") || len(k.kept) != 1 || !strings.Contains(d.logged.String(), "is not told") {
		t.Errorf("%d %s", got.status, d.logged)
	}
}

// TestNobodyElseStepsUp: another person of the organization, somebody of another
// tenant, a guest where none is admitted, and who was cut off meanwhile.
func TestNobodyElseStepsUp(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(d *desk)
		title  string
		reason string
	}{
		"another person":    {func(d *desk) { d.person.OID = tenants.NewGUID() }, "This link is for somebody else", "step_up_of_another"},
		"of another tenant": {func(d *desk) { d.person.TID = tenants.TID{GUID: tenants.NewGUID()} }, "This link is for somebody else", "step_up_of_another"},
		"a guest":           {func(d *desk) { d.person.Guest = true }, "does not admit guests", "guests_refused"},
		"who has been cut off": {func(d *desk) {
			d.change("contoso", func(data *snapshot.Data) {
				data.Revocations = []authz.Revocation{{ID: tenants.NewGUID(), Kind: authz.RevokePerson, Subject: d.person.OID.String(), NotBefore: d.now.Add(time.Second), ExpiresAt: d.now.Add(time.Hour)}}
			})
		}, "Your access was revoked", "revoked"},
	} {
		d, k := withDrawer(t)
		b := d.tab()
		away := b.press(b.open(d.stepUpLink(d.asked())), "continue")
		row.change(d)
		if got := b.arrive(away); !got.has(http.StatusForbidden, row.title) || len(k.kept)+len(k.told)+len(d.events) != 0 || len(d.refused) != 1 || d.refused[0].Reason != row.reason {
			t.Errorf("%s: %d %v %s", name, got.status, d.refused, got.body)
		}
	}
}

func TestStepUpLinksEnd(t *testing.T) {
	t.Parallel()
	d, k := withDrawer(t)
	link := d.stepUpLink(d.asked())
	ofSource := "/t/contoso/step-up?request=" + must(authorizationsRequest(d).Link(d.snaps["contoso"].Key, d.clock()))
	for name, path := range map[string]string{
		"altered": link + "A", "cut": link[:len(link)-9], "none": "/t/contoso/step-up", "twice": link + "&request=x", "to a source": ofSource,
		"of another organization": strings.Replace(link, "contoso", "fabrikam", 1),
	} {
		if got := d.tab().open(path); !got.has(http.StatusBadRequest, "This link cannot be used any more", "repeat what you did there") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	b := d.tab()
	on := b.open(link)
	d.pass(authserver.StepUpLife)
	if got := b.press(on, "continue"); !got.has(http.StatusBadRequest, "This link cannot be used any more") || len(d.beginnings) != 0 {
		t.Errorf("expired: %d %s", got.status, got.body)
	}
	if got := d.tab().open(link); !got.has(http.StatusBadRequest, "This link cannot be used any more") || len(k.kept) != 0 {
		t.Errorf("expired: %d %s", got.status, got.body)
	}
}

// TestStepUpLinkIsGoodOnce, in the browser that began with it.
func TestStepUpLinkIsGoodOnce(t *testing.T) {
	t.Parallel()
	d, k := withDrawer(t)
	link := d.stepUpLink(d.asked())
	b := d.tab()
	second, away := b.open(link), b.press(b.open(link), "continue")
	if got := d.tab().arrive(away); !got.has(http.StatusForbidden, "begun in another browser") || len(k.kept) != 0 {
		t.Errorf("another browser comes back: %d %s", got.status, got.body)
	}
	if got := b.arrive(away); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := b.arrive(away); !got.has(http.StatusBadRequest, "cannot be used any more") || len(k.kept) != 1 {
		t.Errorf("coming back twice: %d %s", got.status, got.body)
	}
	if got := b.arrive(b.press(second, "continue")); !got.has(http.StatusBadRequest, "This link has been used already", "repeat what you did there") || len(k.kept) != 1 || len(d.events) != 1 {
		t.Errorf("using the link twice: %d %s", got.status, got.body)
	}
	if got := b.open(link); !got.has(http.StatusBadRequest, "This link has been used already", "repeat what you did there") {
		t.Errorf("opening the link again: %d %s", got.status, got.body)
	}
	other := b.open(d.stepUpLink(d.asked()))
	d.pass(14 * time.Minute)
	if got := b.arrive(b.press(other, "continue")); got.status != http.StatusOK || len(k.kept) != 2 {
		t.Errorf("another link: %d %s", got.status, got.body)
	}
}

// TestPersonChoosesAnotherAccount: the browser may be signed in as somebody else.
func TestPersonChoosesAnotherAccount(t *testing.T) {
	t.Parallel()
	d, k := withDrawer(t)
	b := d.tab()
	if got := b.arrive(b.press(b.open(d.stepUpLink(d.asked())), "another")); got.status != http.StatusOK || d.beginnings[0].Prompt != entra.SelectAccount || d.beginnings[0].Claims != wantsContext || len(k.kept) != 1 {
		t.Errorf("%d %+v", got.status, d.beginnings)
	}
}

// TestNothingIsKeptUnrecorded, nor of a sign-in that brings nothing, nor for an app that
// is gone.
func TestNothingIsKeptUnrecorded(t *testing.T) {
	t.Parallel()
	d, k := withDrawer(t)
	d.unrecorded = fault.New(fault.Unavailable, "the log is full")
	if got := d.tab().second(d.stepUpLink(d.asked())); got.status != http.StatusServiceUnavailable || len(k.kept)+len(k.told) != 0 {
		t.Errorf("unrecorded: %d %s", got.status, got.body)
	}
	d, k = withDrawer(t)
	d.tokens.Refresh = entra.RefreshToken{}
	if got := d.tab().second(d.stepUpLink(d.asked())); got.status != http.StatusServiceUnavailable || len(k.kept)+len(k.told)+len(d.events) != 0 {
		t.Errorf("nothing to keep: %d %s", got.status, got.body)
	}
	d, k = withDrawer(t)
	d.finish = &entra.TokenError{Class: entra.Blocked, Code: 53003}
	if got := d.tab().second(d.stepUpLink(d.asked())); got.status != http.StatusForbidden || !strings.Contains(got.body, "AADSTS53003") || len(k.kept)+len(d.events) != 0 {
		t.Errorf("blocked: %d %s", got.status, got.body)
	}
	d, k = withDrawer(t)
	k.fails = fault.New(fault.NotFound, "the connection was cut off meanwhile")
	if got := d.tab().second(d.stepUpLink(d.asked())); !got.has(http.StatusConflict, "not connected any more") || len(k.told) != 0 {
		t.Errorf("gone: %d %s", got.status, got.body)
	}
}

// TestPageNamesTheAppOfAConnection, as it may be shown, while there is one.
func TestPageNamesTheAppOfAConnection(t *testing.T) {
	t.Parallel()
	d, _ := withDrawer(t)
	u := d.asked()
	u.Connection, u.Place = tenants.NewGUID(), ""
	if got := d.tab().open(d.stepUpLink(u)); !got.has(http.StatusConflict, "not connected any more") {
		t.Errorf("%d %s", got.status, got.body)
	}
	d.connections = append(d.connections, connections.Connection{ID: u.Connection, Name: "The <b>editor"})
	if got := d.tab().open(d.stepUpLink(u)); !got.has(http.StatusOK, "The b editor") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestOtherWebsitesCannotBeginAStepUp(t *testing.T) {
	t.Parallel()
	d, _ := withDrawer(t)
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 303} {
		b := d.tab()
		on := b.open(d.stepUpLink(d.asked()))
		b.headers.Set("Sec-Fetch-Site", site)
		if got := b.press(on, "continue"); got.status != want {
			t.Errorf("from %s: %d", site, got.status)
		}
	}
	for origin, want := range map[string]int{"https://evil.example": 403, "null": 403, base: 303} { // of a browser that says no more
		b := d.tab()
		on := b.open(d.stepUpLink(d.asked()))
		b.headers.Set("Origin", origin)
		if got := b.press(on, "continue"); got.status != want {
			t.Errorf("from %s: %d", origin, got.status)
		}
	}
	d.full = fault.New(fault.Limited, "too many requests")
	b := d.tab()
	if got := b.press(b.open(d.stepUpLink(d.asked())), "continue"); got.status != http.StatusTooManyRequests {
		t.Errorf("too often: %d", got.status)
	}
}

// TestStepUpsAreNotOtherSignIns: what begins as one ends as that.
func TestStepUpsAreNotOtherSignIns(t *testing.T) {
	t.Parallel()
	d, k := withDrawer(t)
	b := d.tab()
	away := b.press(b.open(request(webID, webTo)), "continue")
	if got := b.arrive(away); !got.has(http.StatusOK, "Assistant") || len(k.kept) != 0 {
		t.Errorf("%d %s", got.status, got.body)
	}
	state := b.press(b.open(d.stepUpLink(d.asked())), "continue").query(t).Get("state")
	if got := b.post("/t/contoso/consent", map[string][]string{"step": {state}, "action": {"allow"}}); !got.has(http.StatusBadRequest, "cannot be used any more") || len(d.grants) != 0 {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, mode := range []tenants.AuthMode{tenants.Facade, tenants.Direct} {
		d.change("contoso", func(data *snapshot.Data) { data.Organization.Mode = mode })
		if got := d.tab().second(d.stepUpLink(d.asked())); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", mode, got.status, got.body)
		}
	}
}

// TestClaimsThatNoLinkCarries are said in words.
func TestClaimsThatNoLinkCarries(t *testing.T) {
	t.Parallel()
	d, _ := withDrawer(t)
	u := d.asked()
	u.Claims = `{"access_token":{"acrs":{"values":["` + strings.Repeat("c", 4<<10) + `"]}}}`
	if _, err := u.Link(d.snaps["contoso"].Key, d.clock()); fault.KindOf(err) != fault.Upstream || err == nil {
		t.Errorf("%v", err)
	}
}

// authorizationsRequest is what a link to a source says.
func authorizationsRequest(d *desk) authorizations.Request {
	return authorizations.Request{Person: d.person.OID, Source: tenants.NewGUID(), Credential: tenants.NewGUID()}
}
