package authserver

import (
	"net/url"
	"strings"

	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// Registration is the app registration of Entra's that an organization's people sign
// in to here, as whoever looks after it needs to know it. The zero value is one of
// which nothing is known.
type Registration struct {
	ClientID tenants.GUID
	Callback string // the redirect URI that it has to have
	Shared   bool   // it is the platform's, which nobody of the organization can change
}

// RegistrationOf returns the app registration of an organization. The base is the
// public origin, without a path.
func RegistrationOf(base *url.URL, o *tenants.Organization) Registration {
	r := Registration{ClientID: o.Connection.ClientID, Shared: o.Connection.Model == tenants.SharedApp}
	// An app registration has room for 256 redirect URIs, so that one which everybody
	// shares has one for everybody.
	if r.Shared {
		r.Callback = base.JoinPath(SharedCallbackPath).String()
	} else {
		r.Callback = base.JoinPath("t", o.Slug.String(), "callback").String()
	}
	return r
}

// registrationOf is the app registration of an organization, or of nobody known.
func (s *Server) registrationOf(snap *snapshot.Snapshot) Registration {
	if snap == nil {
		return Registration{}
	}
	return RegistrationOf(s.Base, &snap.Organization)
}

// fill puts what is known of the registration into a text.
func (r Registration) fill(text string) string {
	app, callback := "Gatehouse's app", "the address of Gatehouse with /callback at its end"
	if !r.ClientID.IsZero() {
		app = "the app with the ID " + r.ClientID.String()
	}
	if r.Callback != "" {
		callback = r.Callback
	}
	return strings.NewReplacer("{app}", app, "{callback}", callback).Replace(text)
}

// remedy is what helps where the registration is this one.
func (e explanation) remedyAt(r Registration) string {
	if r.Shared && e.shared != "" {
		return r.fill(e.shared)
	}
	return r.fill(e.remedy)
}
