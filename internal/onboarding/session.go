package onboarding

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// Session is who is signed in to the console, from the claims of a validated ID
// token. Its tenant is the one that signed; nothing a person types can change it.
type Session struct {
	TID       tenants.TID
	OID       tenants.GUID
	Name      string         // display only
	Username  string         // display only
	Guest     bool           // the account belongs to another directory ("acct" 1, or an "idp" that is not the tenant)
	Roles     []tenants.GUID // "wids": template ids of active directory roles
	RolesTold bool           // the token had "wids" at all
	SignedIn  time.Time      // when the token was got
}

// Applicant is somebody who claims or recovers an organization: a session, and
// Microsoft Graph as that person.
type Applicant struct {
	Session    Session
	Graph      *graph.Client
	As         graph.Asking
	AsHolder   graph.Asking // likewise, for the roles they hold, which takes a consent of its own; zero: As
	AsEligible graph.Asking // likewise, for the roles they could activate; zero: As
}

func (a Applicant) holder() graph.Asking {
	if a.AsHolder.Token == nil {
		return a.As
	}
	return a.AsHolder
}

func (a Applicant) eligible() graph.Asking {
	if a.AsEligible.Token == nil {
		return a.As
	}
	return a.AsEligible
}

// Acceptable refuses whoever cannot speak for a directory whatever roles they
// hold: personal accounts, whose tenant belongs to nobody, and guests, whose home
// is another directory.
func (s Session) Acceptable() error {
	switch {
	case s.TID.IsZero() || s.OID.IsZero():
		return fault.New(fault.Unauthenticated, "sign in with your work or school account first")
	case s.TID.Consumer():
		return fault.New(fault.Forbidden, "personal Microsoft accounts belong to no organization; sign in with your work or school account")
	case s.Guest:
		return fault.New(fault.Forbidden, "you are a guest in this directory; an administrator whose account belongs to it has to do this")
	}
	return nil
}
