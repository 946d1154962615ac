package emulator

import "gatehouse/internal/emulator/directory"

// Facets: kinds of actors and subjects, in lists whose order means nothing and
// whose unknown values readers skip (Microsoft's page "Token claims reference
// for agent IDs"). The numbers beside 11 and 13 are those of its sample token.
const (
	actorAgent   = "3 9 11" // "11": an agent identity acts
	subjectAgent = "9 3 11" // "11": an agent identity is acted for
	subjectUser  = "13"     // an agent's user account is acted for
	agentTenant  = "3 9"
)

// Relations of a subject to the tenant ("xms_idrel").
const (
	relationMember  = "1"
	relationGuest   = "5"
	relationService = "7"
)

// workload adds what tokens say of agents, of managed identities and of exchange
// tokens, beyond what every app's token says.
func (i issue) workload(claims map[string]any) {
	if i.who == nil && i.ask.resource.ID == exchangeID {
		claims["idtyp"] = "app"
	}
	if i.path != "" {
		claims["sub"] = exchangeSubject(i.tenant.ID, i.client.ID, i.path)
	}
	if i.identity != nil {
		claims["idtyp"] = "app"
		claims["xms_idrel"] = relationService
		if i.identity.ResourceID != "" {
			claims["xms_mirid"] = i.identity.ResourceID
		}
	}
	if i.who != nil && i.who.Agent != "" {
		// Apps that act for the agent's user carry the subject's facet on.
		claims["xms_sub_fct"] = subjectUser
	}
	if i.client.Agent != "" {
		i.agent(claims)
	}
}

// agent adds the claims of a token an agent identity asked for.
func (i issue) agent(claims map[string]any) {
	claims["xms_par_app_azp"] = i.client.Agent
	claims["xms_act_fct"] = actorAgent
	claims["xms_tnt_fct"] = agentTenant
	if i.who == nil {
		claims["idtyp"] = "app"
		claims["xms_idrel"] = relationService
		claims["xms_sub_fct"] = subjectAgent
		return
	}
	claims["idtyp"] = "user"
	claims["xms_idrel"] = relationMember
	if !i.who.Member() {
		claims["xms_idrel"] = relationGuest
	}
}

// principal is who application permissions are given to: a managed identity by
// its object id, an app by its client id.
func (i issue) principal() string {
	if i.identity != nil {
		return i.identity.Principal
	}
	return i.client.ID
}

// agentic applies the rules of agents to a token an app asks for itself. A
// blueprint gets nothing but exchange tokens, and only those can name a path.
func (x *tokenRequest) agentic(a *ask) *refusal {
	if a.resource.ID == exchangeID {
		return nil
	}
	if blueprint(x.tenant, x.client.ID) {
		return refuse(82001, x.client.ID, a.resource.ID)
	}
	if x.form.Get("fmi_path") != "" {
		return refuse(9002313, "fmi_path goes with the scope "+exchangeURI+"/.default only.")
	}
	return nil
}

// blueprint reports whether an app has agent identities.
func blueprint(t *directory.Tenant, id string) bool {
	for _, a := range t.Apps {
		if a.Agent == id {
			return true
		}
	}
	return false
}
