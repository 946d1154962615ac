package entra_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const (
	userRead   = "https://graph.microsoft.com/User.Read"
	groupsRead = "https://graph.microsoft.com/GroupMember.Read.All"
	assertion  = "inbound-token-that-must-stay-secret"
	secret     = "client-secret-that-must-stay-secret"
)

func exchangeOf(changes ...func(*entra.Exchange)) entra.Exchange {
	org := contoso()
	x := entra.Exchange{
		Organization: &org, Authority: entra.AuthorityOf(tenants.PublicCloud),
		Identity:  authz.Identity{Org: org.ID, TID: org.TID, OID: alice, Kind: authz.User, Delegated: true},
		Assertion: authz.NewAssertion(assertion), Credential: must(entra.SecretCredential(entra.NewSecret(secret))),
		Scopes: []string{userRead},
	}
	for _, change := range changes {
		change(&x)
	}
	return x
}

func wantAccess(t *testing.T, c *entra.TokenClient, x entra.Exchange) string {
	t.Helper()
	got, err := c.OnBehalfOf(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	return got.Reveal()
}

func wantError(t *testing.T, c *entra.TokenClient, x entra.Exchange, class entra.ErrorClass) entra.TokenError {
	t.Helper()
	got, err := c.OnBehalfOf(t.Context(), x)
	e, is := errors.AsType[*entra.TokenError](err)
	if !is || e.Class != class || got.Reveal() != "" {
		t.Fatalf("got %v, want class %s", err, class)
	}
	for _, s := range []string{assertion, secret} {
		if strings.Contains(err.Error(), s) {
			t.Errorf("the error tells a secret: %v", err)
		}
	}
	return *e
}

func TestExchangeAsksTheTenantsOwnEndpoint(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	got, err := c.OnBehalfOf(t.Context(), exchangeOf(func(x *entra.Exchange) { x.Scopes = []string{userRead, groupsRead, userRead} }))
	if err != nil || got.Reveal() != "token-1" || !got.ExpiresAt.Equal(began.Add(time.Hour)) {
		t.Fatalf("%s until %s, %v", got.Reveal(), got.ExpiresAt, err)
	}
	if e.urls[0] != login+contosoTID.String()+"/oauth2/v2.0/token" {
		t.Errorf("asked %s", e.urls[0])
	}
	want := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "requested_token_use": {"on_behalf_of"}, "client_id": {apiClient.String()},
		"client_secret": {secret}, "assertion": {assertion}, "scope": {groupsRead + " " + userRead}, "claims": {`{"access_token":{"xms_cc":{"values":["cp1"]}}}`},
	}
	if e.forms[0].Encode() != want.Encode() {
		t.Errorf("sent %v\nwant %v", e.forms[0], want)
	}
}

func TestTokenIsHeldForTheSameExchangeOnly(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	first := wantAccess(t, c, exchangeOf())
	if again := wantAccess(t, c, exchangeOf()); again != first || e.asked() != 1 {
		t.Errorf("%s, then %s with %d requests", first, again, e.asked())
	}
	other := contoso()
	other.ID, other.TID = tenants.NewID(), fabrikamTID
	for name, change := range map[string]func(*entra.Exchange){
		"another assertion": func(x *entra.Exchange) { x.Assertion = authz.NewAssertion("other") },
		"another scope":     func(x *entra.Exchange) { x.Scopes = []string{groupsRead} },
		"another person":    func(x *entra.Exchange) { x.Identity.OID = tenants.NewGUID() },
		"another app": func(x *entra.Exchange) {
			org := contoso()
			org.Connection.ClientID = tenants.NewGUID()
			x.Organization = &org
		},
		"another organization": func(x *entra.Exchange) {
			x.Organization, x.Identity.Org, x.Identity.TID = &other, other.ID, other.TID
		},
		"a challenge": func(x *entra.Exchange) { x.Challenge = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}` },
	} {
		before := e.asked()
		if got := wantAccess(t, c, exchangeOf(change)); got == first || e.asked() != before+1 {
			t.Errorf("%s: got %s with %d requests", name, got, e.asked()-before)
		}
	}
}

// TestRefusedTokenIsReplacedOnceItIsAMinuteOld: so soon there is no other, and
// Entra takes whoever goes on asking for a loop.
func TestRefusedTokenIsReplacedOnceItIsAMinuteOld(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	refused := func(token string) func(*entra.Exchange) { return func(x *entra.Exchange) { x.Refused = token } }
	for _, step := range []struct {
		after   time.Duration
		refused string
		want    string
	}{
		{0, "", "token-1"},
		{59 * time.Second, "token-1", "token-1"},
		{time.Second, "token-0", "token-1"}, // another one than is held
		{0, "token-1", "token-2"},
		{0, "token-1", "token-2"}, // somebody who hears of the first only now
		{0, "", "token-2"},
	} {
		e.advance(step.after)
		if got := wantAccess(t, c, exchangeOf(refused(step.refused))); got != step.want {
			t.Fatalf("%+v: got %s", step, got)
		}
	}
}

func TestChallengeIsAskedWithOnceAMinute(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	const c1, c2 = `{"access_token":{"acrs":{"value":"c1"}}}`, `{"access_token":{"acrs":{"value":"c2"}}}`
	for _, step := range []struct {
		after     time.Duration
		challenge string
		want      string
	}{
		{0, "", "token-1"},
		{0, c1, "token-2"},
		{0, "", "token-2"}, // it shows more than the one before
		{59 * time.Second, c1, "token-2"},
		{0, c2, "token-3"},
		{time.Minute, c2, "token-4"},
	} {
		e.advance(step.after)
		if got := wantAccess(t, c, exchangeOf(func(x *entra.Exchange) { x.Challenge = step.challenge })); got != step.want {
			t.Fatalf("%+v: got %s", step, got)
		}
	}
}

func TestTokenIsGivenUpBeforeItExpires(t *testing.T) {
	t.Parallel()
	for life, use := range map[int]time.Duration{3600: 55 * time.Minute, 600: 5 * time.Minute, 240: 2 * time.Minute} {
		e := newEndpoint()
		e.answer = func(n int, _ url.Values) (*egress.Response, error) {
			return ok(fmt.Sprintf(`{"token_type":"bearer","expires_in":%d,"access_token":"token-%d"}`, life, n)), nil
		}
		c := entra.NewTokenClient(e, e.clock)
		wantAccess(t, c, exchangeOf())
		e.advance(use - time.Second)
		wantAccess(t, c, exchangeOf())
		if e.asked() != 1 {
			t.Errorf("life %d s: asked again before %s", life, use)
		}
		e.advance(time.Second)
		if wantAccess(t, c, exchangeOf()) != "token-2" {
			t.Errorf("life %d s: still used after %s", life, use)
		}
	}
}

func TestManyWhoWantTheSameShareOneExchange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint()
		e.gate = make(chan struct{})
		c := entra.NewTokenClient(e, e.clock)
		ctx, giveUp := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.OnBehalfOf(ctx, exchangeOf()); !errors.Is(err, context.Canceled) {
				t.Errorf("impatient: %v", err)
			}
		})
		synctest.Wait()
		for range 9 {
			wg.Go(func() {
				if got, err := c.OnBehalfOf(t.Context(), exchangeOf()); err != nil || got.Reveal() != "token-1" {
					t.Errorf("%s, %v", got.Reveal(), err)
				}
			})
		}
		synctest.Wait()
		giveUp()
		synctest.Wait()
		close(e.gate)
		wg.Wait()
		if e.asked() != 1 {
			t.Errorf("%d requests", e.asked())
		}
	})
}

func TestPurgeForgetsOnePersonAndWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	bob := func(x *entra.Exchange) { x.Identity.OID = tenants.MustGUID("b0b00000-0000-4000-8000-000000000001") }
	wantAccess(t, c, exchangeOf())
	wantAccess(t, c, exchangeOf(bob))
	c.Purge(contoso().ID, alice)
	if wantAccess(t, c, exchangeOf(bob)) != "token-2" || e.asked() != 2 {
		t.Error("bob's token was forgotten too")
	}
	give := e.answer
	e.answer = func(n int, f url.Values) (*egress.Response, error) {
		c.Purge(contoso().ID, alice) // while the exchange is under way
		return give(n, f)
	}
	if wantAccess(t, c, exchangeOf()) != "token-3" || wantAccess(t, c, exchangeOf()) != "token-4" {
		t.Error("a token asked for before the purge was held after it")
	}
}

func TestErrorsAreClassed(t *testing.T) {
	t.Parallel()
	envelope := func(err, more string) string {
		return `{"error":"` + err + `","error_description":"AADSTS50076: alice@contoso.example has to …","error_codes":[50076],"timestamp":"2026-08-13 21:24:29Z","trace_id":"t-1","correlation_id":"c-1"` + more + `}`
	}
	claims := `,"claims":"{\"access_token\":{\"polids\":{\"essential\":true}}}"`
	for name, row := range map[string]struct {
		status int
		body   string
		class  entra.ErrorClass
		kind   fault.Kind
	}{
		"second factor":               {400, envelope("interaction_required", claims), entra.Interaction, fault.Unauthenticated},
		"second factor as a grant":    {400, envelope("invalid_grant", claims), entra.Interaction, fault.Unauthenticated},
		"basic action":                {400, envelope("invalid_grant", `,"suberror":"basic_action"`), entra.Interaction, fault.Unauthenticated},
		"consent":                     {400, envelope("invalid_grant", `,"suberror":"consent_required"`), entra.Consent, fault.Forbidden},
		"consent with claims":         {400, envelope("interaction_required", `,"suberror":"consent_required"`+claims), entra.Consent, fault.Forbidden},
		"expired assertion":           {400, envelope("invalid_grant", ""), entra.Reauth, fault.Unauthenticated},
		"password changed":            {400, envelope("invalid_grant", `,"suberror":"bad_token"`), entra.Reauth, fault.Unauthenticated},
		"blocked by policy":           {400, envelope("interaction_required", `,"suberror":"message_only"`+claims), entra.Blocked, fault.Forbidden},
		"access denied":               {400, envelope("access_denied", ""), entra.Blocked, fault.Forbidden},
		"wrong secret":                {401, envelope("invalid_client", ""), entra.Misconfigured, fault.Upstream},
		"unknown app":                 {400, envelope("unauthorized_client", ""), entra.Misconfigured, fault.Upstream},
		"unknown resource":            {400, envelope("invalid_resource", ""), entra.Misconfigured, fault.Upstream},
		"bad scope":                   {400, envelope("invalid_scope", ""), entra.Misconfigured, fault.Upstream},
		"throttled":                   {429, `{}`, entra.Throttled, fault.Limited},
		"down":                        {503, `<html>`, entra.Transient, fault.Unavailable},
		"busy":                        {400, envelope("temporarily_unavailable", ""), entra.Transient, fault.Unavailable},
		"a proxy's page":              {200, `<html>`, entra.Transient, fault.Unavailable},
		"a redirect":                  {302, ``, entra.Transient, fault.Unavailable},
		"no token":                    {200, `{"token_type":"Bearer","expires_in":3600}`, entra.Transient, fault.Unavailable},
		"no life":                     {200, `{"token_type":"Bearer","access_token":"x"}`, entra.Transient, fault.Unavailable},
		"no life left":                {200, `{"token_type":"Bearer","access_token":"x","expires_in":0}`, entra.Transient, fault.Unavailable},
		"a life without end":          {200, `{"token_type":"Bearer","access_token":"x","expires_in":9223372036854775807}`, entra.Transient, fault.Unavailable},
		"a token of another kind":     {200, `{"token_type":"pop","access_token":"x","expires_in":3600}`, entra.Transient, fault.Unavailable},
		"an error with a good status": {200, envelope("invalid_grant", `,"access_token":"x","expires_in":3600,"token_type":"Bearer"`), entra.Reauth, fault.Unauthenticated},
		"a token with another status": {202, `{"token_type":"Bearer","access_token":"x","expires_in":3600}`, entra.Transient, fault.Unavailable},
		"an error of another time":    {400, envelope("quantum_flux", ""), entra.Transient, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint()
			e.answer = refusing(row.status, row.body)
			c := entra.NewTokenClient(e, e.clock)
			got := wantError(t, c, exchangeOf(), row.class)
			if fault.KindOf(&got) != row.kind || strings.Contains(got.Error()+fault.Public(&got), "alice") {
				t.Errorf("fault %s: %v, public %q", fault.KindOf(&got), &got, fault.Public(&got))
			}
			if strings.HasPrefix(row.body, `{"error"`) {
				if got.TraceID != "t-1" || got.CorrelationID != "c-1" || got.Code != 50076 || !strings.Contains(fault.Public(&got), "AADSTS50076") {
					t.Errorf("diagnostics %+v", got)
				}
			}
			if has := got.Claims != ""; has != strings.Contains(row.body, "polids") {
				t.Errorf("claims %q", got.Claims)
			}
			if _, err := c.OnBehalfOf(t.Context(), exchangeOf()); err == nil {
				t.Error("a failure was held as a token")
			}
		})
	}
}

func TestUnreachableEndpointIsTransient(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	e.answer = func(int, url.Values) (*egress.Response, error) { return nil, errors.New("connection refused") }
	got := wantError(t, entra.NewTokenClient(e, e.clock), exchangeOf(), entra.Transient)
	if fault.KindOf(&got) != fault.Unavailable || strings.Contains(fault.Public(&got), "refused") {
		t.Errorf("%s %q", fault.KindOf(&got), fault.Public(&got))
	}
}

func TestHostileDiagnosticsStayHarmless(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	long := strings.Repeat("x", 10_000)
	e.answer = refusing(400, `{"error":"invalid_grant\n\"`+long+`","suberror":"`+long+`","trace_id":"`+long+`","correlation_id":"\u0000","claims":"{not json","error_codes":[1]}`)
	got := wantError(t, entra.NewTokenClient(e, e.clock), exchangeOf(), entra.Transient)
	if text := got.Error(); len(text) > 500 || strings.ContainsAny(text, "\n\x00") || got.Claims != "" {
		t.Errorf("%d bytes: %.600q", len(text), text)
	}
}

func TestRetryAfterSilencesTheWholeApp(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		status int
		header []string
		wait   time.Duration
	}{
		"seconds":           {429, []string{"Retry-After", "30"}, 30 * time.Second},
		"a date":            {503, []string{"Retry-After", began.Add(40 * time.Second).UTC().Format(http.TimeFormat)}, 40 * time.Second},
		"none":              {429, nil, 5 * time.Second},
		"nonsense":          {429, []string{"Retry-After", "soon"}, 5 * time.Second},
		"longer than a day": {429, []string{"Retry-After", "4000000000"}, 5 * time.Minute},
		"in the past":       {429, []string{"Retry-After", began.Add(-time.Hour).UTC().Format(http.TimeFormat)}, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEndpoint()
			give := e.answer
			e.answer = refusing(row.status, `{}`, row.header...)
			c := entra.NewTokenClient(e, e.clock)
			_, err := c.OnBehalfOf(t.Context(), exchangeOf())
			if fault.RetryAfter(err) != row.wait {
				t.Errorf("retry after %s, want %s", fault.RetryAfter(err), row.wait)
			}
			e.answer = give
			other := func(x *entra.Exchange) { x.Identity.OID = tenants.NewGUID() }
			e.advance(row.wait - time.Second)
			if got := wantError(t, c, exchangeOf(other), entra.Throttled); got.RetryAfter != time.Second || e.asked() != 1 {
				t.Errorf("%d requests, retry after %s", e.asked(), got.RetryAfter)
			}
			e.advance(time.Second)
			wantAccess(t, c, exchangeOf(other))
		})
	}
}

func TestHeldTokenIsGivenOutDuringSilence(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	wantAccess(t, c, exchangeOf())
	e.answer = refusing(429, `{}`)
	wantError(t, c, exchangeOf(func(x *entra.Exchange) { x.Identity.OID = tenants.NewGUID() }), entra.Throttled)
	wantAccess(t, c, exchangeOf())
	elsewhere := contoso()
	elsewhere.ID, elsewhere.TID = tenants.NewID(), fabrikamTID
	e.answer = newEndpoint().answer
	wantAccess(t, c, exchangeOf(func(x *entra.Exchange) {
		x.Organization, x.Identity.Org, x.Identity.TID = &elsewhere, elsewhere.ID, elsewhere.TID
	}))
}

func TestReauthForgetsThePerson(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	wantAccess(t, c, exchangeOf())
	give := e.answer
	e.answer = refusing(400, `{"error":"invalid_grant","error_codes":[50173]}`)
	wantError(t, c, exchangeOf(func(x *entra.Exchange) { x.Scopes = []string{groupsRead} }), entra.Reauth)
	e.answer = give
	if wantAccess(t, c, exchangeOf()) == "token-1" {
		t.Error("a token of somebody whose sign-in was withdrawn is still given out")
	}
}

func TestChallengeReplacesTheHeldToken(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	wantAccess(t, c, exchangeOf())
	challenged := func(x *entra.Exchange) {
		x.Challenge = `{"access_token":{"nbf":{"essential":true,"value":"1702682181"},"xms_cc":{"values":["x"]}},"id_token":{"acr":null}}`
	}
	if wantAccess(t, c, exchangeOf(challenged)) != "token-2" {
		t.Error("a challenge was answered from the cache")
	}
	var sent map[string]map[string]any
	if err := json.Unmarshal([]byte(e.forms[1].Get("claims")), &sent); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(sent); got != "map[access_token:map[nbf:map[essential:true value:1702682181] xms_cc:map[values:[cp1]]] id_token:map[acr:<nil>]]" {
		t.Errorf("claims %s", got)
	}
	if wantAccess(t, c, exchangeOf()) != "token-2" {
		t.Error("the token that satisfies the challenge is not the one held")
	}
	e.advance(time.Minute)
	give := e.answer
	e.answer = refusing(503, "")
	wantError(t, c, exchangeOf(challenged), entra.Transient)
	e.answer = give
	if wantAccess(t, c, exchangeOf()) != "token-4" {
		t.Error("a token the resource objected to is given out again")
	}
	for _, bad := range []string{"x", "[]", "null", `{"access_token":1}`, `{"x":"` + strings.Repeat("x", 9000) + `"}`} {
		if _, err := c.OnBehalfOf(t.Context(), exchangeOf(func(x *entra.Exchange) { x.Challenge = bad })); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("challenge %.20s: %v", bad, err)
		}
	}
}

func TestOnlyPersonsOfTheOrganizationAreExchangedFor(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	for name, change := range map[string]func(*entra.Exchange){
		"no credential":           func(x *entra.Exchange) { x.Credential = nil },
		"app-only":                func(x *entra.Exchange) { x.Identity.Delegated = false },
		"of another organization": func(x *entra.Exchange) { x.Identity.Org = tenants.NewID() },
		"of another tenant":       func(x *entra.Exchange) { x.Identity.TID = fabrikamTID },
		"no scope":                func(x *entra.Exchange) { x.Scopes = nil },
		"a bare scope":            func(x *entra.Exchange) { x.Scopes = []string{"User.Read"} },
		"two scopes in one":       func(x *entra.Exchange) { x.Scopes = []string{userRead + " " + groupsRead} },
	} {
		if _, err := c.OnBehalfOf(t.Context(), exchangeOf(change)); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := c.OnBehalfOf(t.Context(), exchangeOf(func(x *entra.Exchange) {
		x.Credential = failing{fault.New(fault.NotFound, "no secret")}
	}))
	if err == nil || fault.KindOf(err) != fault.NotFound {
		t.Errorf("with a credential that fails: %v", err)
	}
	if e.asked() != 0 {
		t.Errorf("%d requests", e.asked())
	}
}

func TestAccessTokenPrintsAsDots(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	got, err := entra.NewTokenClient(e, e.clock).OnBehalfOf(t.Context(), exchangeOf())
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).LogAttrs(t.Context(), slog.LevelInfo, "x", slog.Any("token", got), slog.Any("both", []any{got}))
	encoded := string(must(json.Marshal(got)))
	for _, text := range []string{fmt.Sprint(got), fmt.Sprintf("%v %+v %#v %s %q", got, got, got, got, got), encoded, log.String()} {
		if strings.Contains(text, "token-1") {
			t.Errorf("printed: %s", text)
		}
	}
}

func TestOrganizationKeepsToItsShareOfTheCache(t *testing.T) {
	t.Parallel()
	e := newEndpoint()
	c := entra.NewTokenClient(e, e.clock)
	mine := contoso()
	mine.ID = tenants.NewID()
	small := exchangeOf(func(x *entra.Exchange) { x.Organization, x.Identity.Org = &mine, mine.ID })
	first := wantAccess(t, c, small)
	crowd := exchangeOf()
	for range entra.AccessShareForTest + 500 {
		crowd.Identity.OID = tenants.NewGUID()
		wantAccess(t, c, crowd)
	}
	if held := c.HeldForTest(crowd.Organization.ID); held != entra.AccessShareForTest {
		t.Errorf("%d tokens held for one organization, its share is %d", held, entra.AccessShareForTest)
	}
	if wantAccess(t, c, small) != first {
		t.Error("a crowd in one organization pushed another's token out")
	}
	e.advance(2 * time.Hour)
	for range 600 {
		crowd.Identity.OID = tenants.NewGUID()
		wantAccess(t, c, crowd)
	}
	if held := c.HeldForTest(crowd.Organization.ID); held > entra.AccessShareForTest/2 {
		t.Errorf("%d tokens are held, nearly all expired", held)
	}
}

// TestRealClientNeitherFollowsNorTrustsRedirects goes through egress: a redirect
// of the token endpoint must not carry the secret to another host.
func TestRealClientNeitherFollowsNorTrustsRedirects(t *testing.T) {
	t.Parallel()
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host was asked") }))
	t.Cleanup(thief.Close)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/keys") {
			_, _ = w.Write(must(jsonKeys(jwk("k1", "contoso", "http://"+r.Host+"/{tenantid}/v2.0"))))
			return
		}
		http.Redirect(w, r, thief.URL, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(srv.Close)
	client := must(egress.New(egress.Options{Loopback: egress.AllowLoopback, Timeout: 5 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer("")}))
	t.Cleanup(client.Close)
	in := must(entra.LoopbackAuthority(srv.URL, srv.URL))
	clock := func() time.Time { return began }
	wantError(t, entra.NewTokenClient(client, clock), exchangeOf(func(x *entra.Exchange) { x.Authority = in }), entra.Transient)
	a := must(entra.NewAcceptance(contoso(), nil, []tenants.Client{{ID: vscode}}, in))
	wantToken(t, entra.NewVerifier(entra.NewKeySets(client, clock), clock), a, token(object{"iss": in.V2Issuer(contosoTID)}))
}
