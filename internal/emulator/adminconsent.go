package emulator

import (
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// Directory roles whose holders can agree for everybody, by template id.
const (
	globalAdministrator         = "62e90394-69f5-4237-9190-012177145e10"
	privilegedRoleAdministrator = "e8611ab8-c189-46e8-94e1-60213ab1f814"
	applicationAdministrator    = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
	cloudAppAdministrator       = "158c047a-c907-4556-b7ef-446551a6b5f7"
)

// holds tells whether a person has one of some directory roles, active: a role
// that could be activated does not count.
func holds(who *directory.Person, roles ...string) bool {
	return slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(who.DirectoryRoles, role) })
}

// mayConsentForAll tells whether a person may agree for everybody at all.
func mayConsentForAll(who *directory.Person) bool {
	return holds(who, globalAdministrator, privilegedRoleAdministrator, applicationAdministrator, cloudAppAdministrator)
}

// administer serves the admin consent endpoints. Their callback carries no code
// and no signature: anybody can send a browser to the reply URL with the same
// parameters, so a client must not believe the tenant in it (Microsoft warns of
// it at the endpoint's page).
func (s *signIn) administer(w http.ResponseWriter, r *http.Request, at *arrival) {
	agreed, ok := s.administered(w, r, at)
	if !ok {
		return
	}
	values := []field{{"admin_consent", "True"}, {"tenant", at.tenant.ID}}
	if s.journey == adminConsentV2 {
		values = append(values, field{"scope", agreed.echo(at.client.ID, s.form.Get("scope"))})
	}
	s.send(w, r, s.withState(values))
}

// administered reports whether an administrator has agreed for everybody, and
// to what; otherwise the answer has been written.
func (s *signIn) administered(w http.ResponseWriter, r *http.Request, at *arrival) (*plan, bool) {
	plan, no := s.e.plan(at, s.staticScope())
	switch {
	case no != nil:
		s.answerError(w, r, no)
	case !plan.grantable(at.who):
		s.needApproval(w, r, at)
	case s.onPage(at, "consent", "cancel"):
		s.answerError(w, r, s.declined())
	case s.onPage(at, "consent", "accept"):
		if err := s.e.carryOut(at.tenant.ID, plan); err != nil {
			s.e.errorPage(w, r, refuse(90033))
			return nil, false
		}
		at.reload(s.e.world())
		return plan, true
	default:
		s.e.show(w, http.StatusOK, adminPage, page{
			Title: "Permissions requested", App: at.client.Name, Username: at.who.Username, Tenant: at.tenant.Name,
			Asked: plan.lines(), Action: s.action(), Carried: s.carryOn(w, at, "consent"),
		})
	}
	return nil, false
}

// staticScope is what is to be agreed to: the scope parameter of v2; v1 knows
// only everything the app declares to need.
func (s *signIn) staticScope() string {
	if s.journey == adminConsentV2 {
		return s.form.Get("scope")
	}
	return ".default"
}

// declined is an administrator's no, in the words of the endpoint's page.
func (s *signIn) declined() *refusal {
	no := refuse(65004)
	if s.journey.admin() {
		no.kind, no.text = "consent_required", "The resource owner or authorization server denied the request."
	}
	return no
}

// plan is what an administrator is asked to agree to.
type plan struct {
	entries []entry
	install []*directory.App // apps that get a service principal in the tenant with it
}

// entry is what one client gets at one resource.
type entry struct {
	client   string
	resource *directory.App
	scopes   []string
	roles    []string // application permissions
}

// grantable tells whether a person may agree to the whole plan. Application
// permissions of Microsoft Graph are beyond the two application administrators
// (Microsoft, "Grant tenant-wide admin consent").
func (p *plan) grantable(who *directory.Person) bool {
	if holds(who, globalAdministrator, privilegedRoleAdministrator) {
		return true
	}
	return mayConsentForAll(who) && !slices.ContainsFunc(p.entries, func(e entry) bool {
		return e.resource.ID == seed.MicrosoftGraph && len(e.roles) > 0
	})
}

// echo is the scope member of the callback: what was asked, and before it what
// .default came to.
func (p *plan) echo(client, asked string) string {
	var out []string
	for _, e := range p.entries {
		if e.client != client || len(e.resource.IdentifierURIs) == 0 || !slices.ContainsFunc(strings.Fields(asked), isDefault) {
			continue
		}
		for _, scope := range e.scopes {
			out = append(out, e.resource.IdentifierURIs[0]+"/"+scope)
		}
	}
	return strings.Join(append(out, strings.Fields(asked)...), " ")
}

// lines are the plan as its page shows it.
func (p *plan) lines() []consentLine {
	var out []consentLine
	for _, e := range p.entries {
		out = append(out, consentLine{Resource: e.resource.Name, Scopes: e.scopes, Roles: e.roles})
	}
	return out
}

// isDefault tells whether a scope means everything the app declares to need.
func isDefault(scope string) bool {
	return scope == ".default" || strings.HasSuffix(scope, "/.default")
}
