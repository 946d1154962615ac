package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authserver"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

const wantsMFA = `{"access_token":{"polids":{"essential":true,"values":["9ab03e19-ed42-4168-b6b7-7001fb3e933a"]}}}`

// mine is Alice with a token of Entra's in an AI app.
func (c *cabinet) mine() authz.Identity {
	return authz.Identity{Org: c.org.ID, TID: c.org.TID, OID: alice, Kind: authz.User, Delegated: true, Client: seed.VisualStudioCode, Session: "sid-1", TokenID: "uti-1"}
}

// TestPageIsForWhomItHelps: people, and where what comes of it has a place.
func TestPageIsForWhomItHelps(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	base := url.URL{Scheme: "https", Host: "gatehouse.example"}
	connection := tenants.NewGUID()
	for name, row := range map[string]struct {
		change func(*authz.Identity, *tenants.Organization)
		helps  bool
	}{
		"a person":                  {func(*authz.Identity, *tenants.Organization) {}, true},
		"a guest":                   {func(id *authz.Identity, _ *tenants.Organization) { id.Kind = authz.Guest }, true},
		"a token without a session": {func(id *authz.Identity, _ *tenants.Organization) { id.Session = "" }, true},
		"a token without a name":    {func(id *authz.Identity, _ *tenants.Organization) { id.Session, id.TokenID = "", "" }, false},
		"an application":            {func(id *authz.Identity, _ *tenants.Organization) { id.Kind, id.Delegated = authz.App, false }, false},
		"an agent for a person":     {func(id *authz.Identity, _ *tenants.Organization) { id.Kind = authz.Agent }, false},
		"groups from tokens only":   {func(_ *authz.Identity, o *tenants.Organization) { o.Connection.GroupSource = tenants.TokenOnly }, false},
		"the same with a token of ours": {func(id *authz.Identity, o *tenants.Organization) {
			id.Connection, o.Connection.GroupSource = connection, tenants.TokenOnly
		}, true},
		"an organization without a secret": {func(_ *authz.Identity, o *tenants.Organization) { o.Connection.Credential = tenants.Credential{} }, false},
	} {
		id, snap := c.mine(), &snapshot.Snapshot{Organization: c.org, Key: c.key}
		row.change(&id, &snap.Organization)
		link, err := stepUps{c.asking, &base}.StepUpLink(snap, authz.Actor(id), mcphost.StepUp{Claims: wantsMFA})
		if err != nil || strings.HasPrefix(link, "https://gatehouse.example/t/contoso/step-up?request=") != row.helps || (link == "") == row.helps {
			t.Errorf("%s: %q, %v", name, link, err)
		}
		if strings.Contains(link, alice.String()) || len(link) > 1200 {
			t.Errorf("%s: %s", name, link)
		}
	}
	much := mcphost.StepUp{Claims: `{"access_token":{"acrs":{"values":["` + strings.Repeat("c", 4<<10) + `"]}}}`}
	if link, err := (stepUps{c.asking, &base}).StepUpLink(&snapshot.Snapshot{Organization: c.org, Key: c.key}, authz.Actor(c.mine()), much); err != nil || link != "" {
		t.Errorf("claims that no link carries: %q, %v", link, err)
	}
}

// TestPlacesAreToldApart: those of other apps, sessions, and tokens without one.
func TestPlacesAreToldApart(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	places := map[string]string{}
	for name, change := range map[string]func(*authz.Identity){
		"the call":             func(*authz.Identity) {},
		"another app":          func(id *authz.Identity) { id.Client = "x" },
		"another session":      func(id *authz.Identity) { id.Session = "sid-2" },
		"no session":           func(id *authz.Identity) { id.Session = "" },
		"a token of that name": func(id *authz.Identity) { id.Session, id.TokenID = "", "sid-1" },
	} {
		id := c.mine()
		change(&id)
		at := provenPlace(id)
		if before, taken := places[at]; taken || at == "" {
			t.Errorf("%s is at the place of %s: %q", name, before, at)
		}
		places[at] = name
	}
	later := c.mine()
	later.TokenID = "uti-2"
	if places[provenPlace(later)] != "the call" {
		t.Error("a later token of the session has another place")
	}
}

// exchange asks for a token of Graph with a token of Alice's.
func (c *cabinet) exchangeAs(t *testing.T, id authz.Identity, assertion string) error {
	t.Helper()
	_, err := c.exchange(t.Context(), entra.Exchange{Organization: &c.org, Identity: id, Credential: c.view.Credential, Assertion: authz.NewAssertion(assertion)}, []string{"User.Read"})
	return err
}

// signedIn is a token of Alice's, and what her app registration is given with it.
func (c *cabinet) signedIn(t *testing.T, client, scope string) (access, refresh string) {
	t.Helper()
	form := url.Values{
		"grant_type": {"password"}, "client_id": {client}, "scope": {scope}, "username": {"alice@contoso.example"}, "password": {"pw"},
	}
	if client == registration {
		form.Set("client_secret", "client secret")
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.entra+"/"+directory+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	check(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	check(t, err)
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Why     string `json:"error_description"`
	}
	check(t, json.NewDecoder(resp.Body).Decode(&answer))
	if answer.Access == "" {
		t.Fatal(answer.Why)
	}
	return answer.Access, answer.Refresh
}

// TestExchangeGoesOnWithWhatWasProven: for the app and session in which it was, while
// Entra honors it, and with its successors.
func TestExchangeGoesOnWithWhatWasProven(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	access, _ := c.signedIn(t, seed.VisualStudioCode, c.org.Connection.QualifiedScope())
	_, refresh := c.signedIn(t, registration, "offline_access https://graph.microsoft.com/User.Read")
	check(t, c.emulator.SetPolicy(directory, seed.Policy{ID: "9ab03e19-ed42-4168-b6b7-7001fb3e933a", Name: "MFA", Require: seed.RequireMFA}))
	snap := &snapshot.Snapshot{Organization: c.org, Key: c.key}
	wanted := func(err error) bool {
		refused, ok := errors.AsType[*entra.TokenError](err)
		return ok && refused.Class == entra.Interaction && refused.Claims != ""
	}
	if err := c.exchangeAs(t, c.mine(), access); !wanted(err) {
		t.Fatalf("nothing is wanted: %v", err)
	}
	u := authserver.StepUp{Person: alice, Place: provenPlace(c.mine())}
	check(t, c.keepProof(t.Context(), snap, u, entra.NewRefreshToken(refresh)))
	if err := c.exchangeAs(t, c.mine(), access); !wanted(err) { // it has no second factor either
		t.Errorf("%v", err)
	}
	before := c.keptOf(t, alice)
	if len(before) != 1 || bytes.Contains(before[0].Ciphertext, []byte(refresh)) || strings.Contains(before[0].Resource, "sid-1") {
		t.Fatalf("%+v", before)
	}
	kept := c.provenBy(&c.org, c.mine())
	if got, err := kept.Take(t.Context()); err != nil || got.Reveal() != refresh {
		t.Errorf("%q, %v", got, err)
	}
	kept.Put(t.Context(), entra.NewRefreshToken("its successor"))
	if now := c.keptOf(t, alice)[0]; bytes.Equal(now.Ciphertext, before[0].Ciphertext) || !now.MadeAt.Equal(before[0].MadeAt) || !now.UsedAt.After(before[0].UsedAt) {
		t.Errorf("%+v, before %+v", now, before[0])
	}
	other := c.mine()
	other.Session = "sid-2"
	if got, err := c.provenBy(&c.org, other).Take(t.Context()); !errors.Is(err, errNothingProven) {
		t.Errorf("another session is given %q, %v", got, err)
	}
	if held := c.held(t); len(held) != 0 || before[0].TokenID != "" {
		t.Errorf("the worker goes on with it (%d), or the token %q seems to have left something for it", len(held), before[0].TokenID)
	}
}

// TestWhatEntraDoesNotHonorIsGivenUp: the person is led to the page again, in the words
// of the first refusal.
func TestWhatEntraDoesNotHonorIsGivenUp(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	access, _ := c.signedIn(t, seed.VisualStudioCode, c.org.Connection.QualifiedScope())
	check(t, c.emulator.SetPolicy(directory, seed.Policy{ID: "9ab03e19-ed42-4168-b6b7-7001fb3e933a", Name: "MFA", Require: seed.RequireMFA}))
	snap := &snapshot.Snapshot{Organization: c.org, Key: c.key}
	check(t, c.keepProof(t.Context(), snap, authserver.StepUp{Person: alice, Place: provenPlace(c.mine())}, entra.NewRefreshToken("of another world")))
	err := c.exchangeAs(t, c.mine(), access)
	if refused, ok := errors.AsType[*entra.TokenError](err); !ok || refused.Class != entra.Interaction || challengeIn(refused, entra.Exchange{}) != wantsMFA {
		t.Errorf("%v", err)
	}
	if left := c.keptOf(t, alice); len(left) != 0 {
		t.Errorf("it is still there: %+v", left)
	}
}

// TestOldProofDisownsNobody: Entra has just gone on with the person's newer sign-in.
func TestOldProofDisownsNobody(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	_, refresh := c.signedIn(t, registration, "offline_access https://graph.microsoft.com/User.Read")
	snap := &snapshot.Snapshot{Organization: c.org, Key: c.key}
	check(t, c.keepProof(t.Context(), snap, authserver.StepUp{Person: alice, Place: provenPlace(c.mine())}, entra.NewRefreshToken(refresh)))
	check(t, c.emulator.SetUser(directory, alice.String(), emulator.UserChange{Revoke: true}))
	c.emulator.Advance(2 * time.Second)
	access, _ := c.signedIn(t, seed.VisualStudioCode, c.org.Connection.QualifiedScope())
	check(t, c.emulator.SetPolicy(directory, seed.Policy{ID: "9ab03e19-ed42-4168-b6b7-7001fb3e933a", Name: "MFA", Require: seed.RequireMFA}))
	c.disowned = func(_ context.Context, d disownment) { t.Errorf("%s is disowned: %v", d.person, d.refusal) }
	err := c.exchangeAs(t, c.mine(), access)
	if refused, ok := errors.AsType[*entra.TokenError](err); !ok || refused.Class != entra.Interaction {
		t.Errorf("%v", err)
	}
	if left := c.keptOf(t, alice); len(left) != 0 {
		t.Errorf("the old proof is still there: %+v", left)
	}
}

// racing is a store in which a refresh of the worker's is quicker at first.
type racing struct {
	keptTokens
	times int
	with  []byte
}

func (r *racing) KeepEntra(ctx context.Context, by authz.Caller, id tenants.GUID, a connections.Answer) error {
	if r.times > 0 {
		r.times--
		quicker := connections.Answer{Shown: a.Shown, Entra: r.with}
		if err := r.keptTokens.KeepEntra(ctx, refreshing(by.Org()), id, quicker); err != nil {
			return err
		}
	}
	return r.keptTokens.KeepEntra(ctx, by, id, a)
}

// TestProofTakesThePlaceOfWhatAConnectionKeeps, also of what is put there meanwhile;
// not where the connection is another's, was cut off, or is gone.
func TestProofTakesThePlaceOfWhatAConnectionKeeps(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	snap := &snapshot.Snapshot{Organization: c.org, Key: c.key}
	connected := c.connect(t, "https://editor.example/client", []byte("weaker"), time.Now().Add(-time.Minute))
	c.kept = &racing{c.db, 2, []byte("successor of the weaker")}
	u := authserver.StepUp{Person: alice, Connection: connected.ID}
	check(t, c.keepProof(t.Context(), snap, u, entra.NewRefreshToken("stronger")))
	now, err := c.db.Connection(t.Context(), c.org.ID, connected.ID)
	check(t, err)
	if plain, err := c.key.Decrypt(connections.EntraLabel(connected.ID), now.Entra); err != nil || string(plain) != "stronger" {
		t.Errorf("%q, %v", plain, err)
	}
	if kept := c.keptOf(t, alice); len(kept) != 0 {
		t.Errorf("kept besides: %+v", kept)
	}
	c.kept = &racing{c.db, 100, []byte("successor of the weaker")}
	if err := c.keepProof(t.Context(), snap, u, entra.NewRefreshToken("stronger")); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("always too late: %v", err)
	}
	c.kept = c.db
	for name, wrong := range map[string]authserver.StepUp{
		"another's": {Person: tenants.NewGUID(), Connection: connected.ID}, "none": {Person: alice, Connection: tenants.NewGUID()},
	} {
		if err := c.keepProof(t.Context(), snap, wrong, entra.NewRefreshToken("stolen")); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	withdrawn := c.connect(t, "https://withdrawn.example/client", []byte("refused"), time.Now().Add(-time.Minute))
	check(t, c.db.KeepEntra(t.Context(), refreshing(c.org.ID), withdrawn.ID, connections.Answer{Shown: withdrawn.EntraAt}))
	if err := c.keepProof(t.Context(), snap, authserver.StepUp{Person: alice, Connection: withdrawn.ID}, entra.NewRefreshToken("revives")); fault.KindOf(err) != fault.NotFound {
		t.Errorf("withdrawn: %v", err)
	}
	if now, err := c.db.Connection(t.Context(), c.org.ID, withdrawn.ID); err != nil || !now.Withdrawn() {
		t.Errorf("what Entra has refused is good again: %v", err)
	}
	check(t, c.db.Revoke(t.Context(), authz.SystemCaller(c.org.ID, "test"), authz.CutOff(authz.RevokePerson, alice.String(), time.Now())))
	if err := c.keepProof(t.Context(), snap, u, entra.NewRefreshToken("late")); fault.KindOf(err) != fault.NotFound {
		t.Errorf("cut off: %v", err)
	}
	check(t, c.keepProof(t.Context(), snap, authserver.StepUp{Person: alice, Place: "step-up x"}, entra.NewRefreshToken("late")))
	if kept := c.keptOf(t, alice); len(kept) != 0 {
		t.Errorf("kept after a revocation: %+v", kept)
	}
}
