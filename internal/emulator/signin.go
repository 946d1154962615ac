package emulator

import (
	"net/http"
	"slices"
	"strings"
)

// accountLimit is how many people the account picker shows; the others are
// reached by typing their username.
const accountLimit = 50

// choice is one button of the account picker.
type choice struct {
	Value, Name, Username, Tenant string
	Guest, Hinted                 bool
}

// pickAccount shows the people who may sign in, the hinted one first.
func (s *signIn) pickAccount(w http.ResponseWriter) {
	hint := strings.ToLower(s.form.Get("login_hint"))
	var people []choice
	for _, t := range s.tenants {
		for _, oid := range t.order {
			p := t.people[oid]
			if p.deleted || !s.mayPick(p) {
				continue
			}
			people = append(people, choice{
				Value: p.ID, Name: p.Name, Username: p.Username, Tenant: t.name, Guest: !p.member(),
				Hinted: hint != "" && hint == strings.ToLower(p.Username),
			})
		}
	}
	slices.SortStableFunc(people, func(a, b choice) int { return rank(a) - rank(b) })
	s.e.show(w, http.StatusOK, pickerPage, page{
		Title: "Pick an account", App: s.client.Name, Action: s.action(), Carried: s.carry(""),
		People: people[:min(len(people), accountLimit)], More: len(people) > accountLimit,
	})
}

// mayPick keeps guests to the tenant they are invited to: at common and
// organizations people sign in at home.
func (s *signIn) mayPick(p *person) bool { return p.member() || s.single() }

func (s *signIn) single() bool { return s.segment != "common" && s.segment != "organizations" }

func rank(c choice) int {
	if c.Hinted {
		return 0
	}
	return 1
}

// account finds the person picked, by object id or username.
func (s *signIn) account() (*tenant, *person, *refusal) {
	picked := s.form.Get("account")
	for _, t := range s.tenants {
		id := picked
		if byName, ok := t.usernames[strings.ToLower(picked)]; ok {
			id = byName
		}
		if p, ok := t.people[id]; ok && !p.deleted && s.mayPick(p) {
			if p.Disabled {
				return nil, nil, refuse(50057)
			}
			return t, p, nil
		}
	}
	return nil, nil, refuse(50034, "{EUII Hidden}", s.tenants[0].name)
}

// proceed goes on once the person has been picked.
func (s *signIn) proceed(w http.ResponseWriter, r *http.Request) {
	t, who, no := s.account()
	if no != nil {
		s.e.errorPage(w, r, no)
		return
	}
	noteTenant(w, t)
	client := t.apps[s.client.ID]
	a, no := t.ask(client, s.form.Get("scope"))
	if no != nil {
		s.answerError(w, r, no)
		return
	}
	for _, side := range []*app{client, a.resource} {
		if no = t.assigned(side, who.ID); no != nil {
			s.e.errorPage(w, r, no)
			return
		}
	}
	if !s.consented(w, r, t, who, a) {
		return
	}
	s.answerCode(w, r, t, who)
}

// consented reports whether the code may be issued; otherwise the answer has
// been written: the consent page, or the person's no.
func (s *signIn) consented(w http.ResponseWriter, r *http.Request, t *tenant, who *person, a *ask) bool {
	client := t.apps[s.client.ID]
	_, agreed := t.agreed(client, a, who.ID)
	if agreed && !s.prompt("consent") {
		return true
	}
	switch s.form.Get("consent") {
	case "accept":
		if err := s.e.consent(t.id, who.ID, client, a); err != nil {
			s.e.errorPage(w, r, refuse(90033))
			return false
		}
		return true
	case "cancel":
		s.answerError(w, r, refuse(65004))
		return false
	}
	s.e.show(w, http.StatusOK, consentPage, page{
		Title: "Permissions requested", App: client.Name, Username: who.Username, Resource: a.resource.Name,
		Scopes: t.missing(client, a, who.ID), Action: s.action(), Carried: s.carry(who.ID),
	})
	return false
}

// action is where the pages' forms go.
func (s *signIn) action() string { return "/" + s.segment + "/oauth2/v2.0/authorize" }

// carry lists the request's parameters, and the account once it is picked.
func (s *signIn) carry(account string) []field {
	var out []field
	for _, name := range carried {
		if value := s.form.Get(name); value != "" {
			out = append(out, field{name, value})
		}
	}
	if account != "" {
		out = append(out, field{"account", account})
	}
	return out
}
