package emulator

import (
	"net/http"

	"gatehouse/internal/emulator/directory"
)

// proceed goes on once the person has arrived: consent, then the answer.
func (s *signIn) proceed(w http.ResponseWriter, r *http.Request, at *arrival) {
	if s.journey == deviceAuth && !s.confirmed(w, r, at) {
		return
	}
	if s.journey == authorizeV1 && s.prompt("admin_consent") {
		if _, ok := s.administered(w, r, at); ok {
			s.answer(w, r, at)
		}
		return
	}
	if s.consented(w, r, at) {
		s.answer(w, r, at)
	}
}

// consented reports whether the answer may be given; otherwise it has been
// written: the consent page, or the person's no.
func (s *signIn) consented(w http.ResponseWriter, r *http.Request, at *arrival) bool {
	_, agreed := agreed(at.tenant, at.client, at.ask, at.who.ID)
	switch {
	case agreed && !s.prompt("consent"):
		return true
	case s.silent():
		s.stop(w, r, refuse(65001, at.client.ID, at.client.Name))
		return false
	case at.tenant.Settings.UserConsent == "disabled" && !mayConsentForAll(at.who):
		s.needApproval(w, r, at)
		return false
	case s.onPage(at, "consent", "accept"):
		return s.accept(w, r, at)
	case s.onPage(at, "consent", "cancel"):
		s.answerError(w, r, refuse(65004))
		return false
	}
	s.e.show(w, http.StatusOK, consentPage, page{
		Title: "Permissions requested", App: at.client.Name, Username: at.who.Username, Resource: at.ask.resource.Name,
		Scopes: missing(at.tenant, at.client, at.ask, at.who.ID), Action: s.action(), Carried: s.carryOn(w, at, s.after("consent")...),
	})
	return false
}

// after lists what is decided with a page that comes once the person has arrived.
// What somebody with a device has confirmed before goes along.
func (s *signIn) after(page string) []string {
	if s.journey == deviceAuth {
		return []string{page, "confirm"}
	}
	return []string{page}
}

// accept records a person's agreement and sees the tenant with it.
func (s *signIn) accept(w http.ResponseWriter, r *http.Request, at *arrival) bool {
	if err := s.e.consent(at.tenant, at.who.ID, at.client, at.ask); err != nil {
		s.e.errorPage(w, r, refuse(90033))
		return false
	}
	at.reload(s.e.world())
	return true
}

// reload looks at the tenant again after a change to it.
func (at *arrival) reload(world *directory.World) {
	if t, ok := world.Find(at.tenant.ID); ok {
		at.tenant = t
		at.client = t.Apps[at.client.ID]
	}
}

// needApproval shows the page of people who may not agree by themselves, or
// follows what they have pressed on it: back to the client with an error.
// Signing in with an administrator's account is pressed as "switch".
func (s *signIn) needApproval(w http.ResponseWriter, r *http.Request, at *arrival) {
	if s.onPage(at, "approval", "return") {
		s.answerError(w, r, refuse(90094, at.tenant.Name, at.client.Name, at.tenant.Name))
		return
	}
	s.e.show(w, http.StatusOK, approvalPage, page{
		Title: "Need admin approval", App: at.client.Name, Username: at.who.Username, Action: s.action(), Carried: s.carryOn(w, at, s.after("approval")...),
	})
}
