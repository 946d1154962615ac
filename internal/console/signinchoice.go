package console

import (
	"fmt"

	"gatehouse/internal/tenants"
)

// SignInChoice is one of the two that admins choose from, and what Entra makes of it.
type SignInChoice struct {
	Name      string `json:"name" enum:"gatehouse,entra" doc:"gatehouse: the mode brokered. entra: the modes facade and direct."`
	Title     string `json:"title" doc:"Gatehouse signs people in, or Entra signs people in."`
	EntraSees string `json:"entraSees" doc:"What Entra's sign-in logs and Conditional Access see of it, and where AI apps are governed."`
}

// The choices' names and titles.
const (
	byGatehouse      = "gatehouse"
	byEntra          = "entra"
	byGatehouseTitle = "Gatehouse signs people in"
	byEntraTitle     = "Entra signs people in"
)

// What Entra sees, in the words of the API and of docs/entra.md. Of the first, %s is
// Gatehouse's app registration.
const (
	seesGatehouse = "Entra's sign-in logs and Conditional Access see %s, whichever AI app is used. " +
		"A policy that targets the registration of an AI app decides nothing here; target Gatehouse's, and govern AI apps in the list of clients. Gatehouse's log names the AI app of every call."
	seesClients = "Entra's sign-in logs and Conditional Access see the app registration of each AI app, and a policy that targets it decides."
	seesBoth    = " Of tokens that AI apps and applications got from Entra themselves, which this organization accepts, they see the app registration of each."
)

// choiceOf is what an organization has chosen.
func choiceOf(o tenants.Organization) SignInChoice {
	if o.Mode != tenants.Brokered {
		return SignInChoice{byEntra, byEntraTitle, seesClients}
	}
	c := SignInChoice{byGatehouse, byGatehouseTitle, fmt.Sprintf(seesGatehouse, registrationOf(o.Connection))}
	if o.AcceptEntraTokens {
		c.EntraSees += seesBoth
	}
	return c
}

// registrationOf names Gatehouse's app registration as admins find it in Entra.
func registrationOf(c tenants.Connection) string {
	switch {
	case c.ClientID.IsZero():
		return "Gatehouse's app registration"
	case c.Model == tenants.SharedApp:
		return fmt.Sprintf("Gatehouse's app registration (%s, which other organizations share)", c.ClientID)
	}
	return fmt.Sprintf("Gatehouse's app registration (%s, in your directory)", c.ClientID)
}
