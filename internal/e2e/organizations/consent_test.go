package organizations_test

import (
	"net/http"
	"net/url"
	"testing"

	"gatehouse/internal/demo"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// atConsent is Ada's organization with the shared app, where consent is next.
func atConsent(t *testing.T) *adatum {
	t.Helper()
	ada := start(t, withShared(t, tenants.ClientSecret)).claim(t)
	ada.put(at("adatum", "connection"), ada.shared()).want(http.StatusOK)
	return ada
}

// TestForgedConsentIsNotBelieved brings an answer that Entra has not given, with
// everything that a browser could know.
func TestForgedConsentIsNotBelieved(t *testing.T) {
	t.Parallel()
	ada := atConsent(t)
	forged := url.Values{"admin_consent": {"True"}, "tenant": {demo.Adatum().TID.String()}, "state": {queryOf(t, ada.consentLink()).Get("state")}, "scope": {"User.Read"}}
	ada.send(http.MethodGet, "/auth/consent?"+forged.Encode(), "").want(http.StatusSeeOther) // it is a hint to look
	ada.stands(onboarding.ConsentStep)
	if a := ada.ask(http.MethodPost, at("adatum", "activate"), nil); a.status != http.StatusConflict {
		t.Errorf("the organization begins to serve: %d %s", a.status, a.body)
	}
	ada.consent().want(http.StatusSeeOther) // the real one is believed
	if step := ada.step(); step == string(onboarding.ConsentStep) {
		t.Error("the real answer is not taken")
	}
}

// TestConsentOfAnotherTenantIsNotBelieved: the answer names a tenant that has
// consented, and it is not the one signed in to.
func TestConsentOfAnotherTenantIsNotBelieved(t *testing.T) {
	t.Parallel()
	ada := atConsent(t)
	away := ada.arrive(ada.consentLink())
	query := away.URL.Query()
	query.Set("tenant", demo.Platform().TID.String())
	away.URL.RawQuery = query.Encode()
	if a := ada.deliver(away); a.status < 400 {
		t.Errorf("the answer is taken: %d %v", a.status, a.header)
	}
}

func TestConsentCountsOnce(t *testing.T) {
	t.Parallel()
	ada := atConsent(t)
	away := ada.arrive(ada.consentLink())
	ada.deliver(away).want(http.StatusSeeOther)
	if a := ada.deliver(away); a.status < 400 {
		t.Errorf("the replay is taken: %d %v", a.status, a.header)
	}
}

// TestConsentBelongsToItsSession brings one session's answer with another: that
// of somebody else, that of nobody, and a second one of the same person.
func TestConsentBelongsToItsSession(t *testing.T) {
	t.Parallel()
	ada := atConsent(t)
	for who, other := range map[string]*client{
		"somebody else": ada.k.operator(t), "nobody": ada.k.visit(t, demo.Adatum().Admin.OID), "the same person again": ada.k.signedIn(t, demo.Adatum().Admin.OID),
	} {
		if a := other.deliver(ada.arrive(ada.consentLink())); a.status != http.StatusForbidden && a.status != http.StatusUnauthorized {
			t.Errorf("the answer is taken from %s: %d %v", who, a.status, a.header)
		}
	}
}
