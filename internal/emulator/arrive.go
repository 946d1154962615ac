package emulator

import (
	"net/http"
	"slices"

	"gatehouse/internal/emulator/conditional"
	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/journal"
)

// arrival is somebody who has signed in and met every policy.
type arrival struct {
	visitor
	client *directory.App // as the person's tenant has it
	ask    *ask
}

// fresh is a sign-in that happens now.
func (s *signIn) fresh(t *directory.Tenant, who *directory.Person) *visitor {
	return &visitor{t, who, s.signedIn(t, who)}
}

func (s *signIn) signedIn(t *directory.Tenant, who *directory.Person) signedIn {
	return signedIn{
		Tenant: t.ID, User: who.ID, Generation: who.Generation, SID: s.e.random.GUID(), Proof: conditional.Proof{At: s.now}, Used: s.now,
	}
}

// arrive finds out who signs in and whether they may. If it reports false the
// answer has been written: a page, or an error.
func (s *signIn) arrive(w http.ResponseWriter, r *http.Request) (*arrival, bool) {
	v, no := s.person(r)
	switch {
	case no != nil:
		s.stop(w, r, no)
		return nil, false
	case v == nil && s.silent():
		s.answerError(w, r, refuse(50058))
		return nil, false
	case v == nil:
		s.pickAccount(w)
		return nil, false
	}
	journal.Tenant(w, v.tenant.ID)
	at := &arrival{visitor: *v}
	if no = s.welcome(at); no != nil {
		s.stop(w, r, no)
		return nil, false
	}
	if at.ask, no = s.askedIn(at.tenant, at.client); no != nil {
		s.answerError(w, r, no)
		return nil, false
	}
	if no = s.assigned(at); no != nil {
		s.stop(w, r, no)
		return nil, false
	}
	if !s.admit(w, r, at) {
		return nil, false
	}
	at.in.Used = s.now
	s.browser = s.browser.with(at.in)
	s.e.writeBrowser(w, s.browser)
	return at, true
}

// welcome finds the client in the person's tenant and refuses accounts and apps
// that are switched off.
func (s *signIn) welcome(at *arrival) *refusal {
	if at.who.Disabled {
		return refuse(50057)
	}
	if at.who.Deleted {
		return refuse(50034, "{EUII Hidden}", at.tenant.Name)
	}
	client, no := s.clientIn(at.tenant, s.client.ID)
	if no != nil {
		return no
	}
	if client.Disabled {
		return refuse(7000112, client.ID, client.Name)
	}
	at.client = client
	return nil
}

// assigned refuses people whom the client or the resource does not know. An
// administrator who comes to agree needs no assignment.
func (s *signIn) assigned(at *arrival) *refusal {
	if s.journey.admin() {
		return nil
	}
	for _, side := range []*directory.App{at.client, at.ask.resource} {
		if no := assigned(at.tenant, side, at.who.ID); no != nil {
			return no
		}
	}
	return nil
}

// admit meets what Conditional Access demands, page by page. If it reports
// false the answer has been written.
func (s *signIn) admit(w http.ResponseWriter, r *http.Request, at *arrival) bool {
	for {
		d := conditional.Evaluate(at.tenant, s.wanted.request(at.who, at.client, at.ask, s.proof(at), s.now))
		switch {
		case d.Demand == conditional.Nothing:
			at.in.Proof.Contexts = d.Contexts
			return true
		case d.Demand == conditional.Device && s.journey == deviceAuth:
			s.e.errorPage(w, r, refuse(530033))
			return false
		case s.settle(d, at):
		case s.silent() || d.Demand == conditional.Block:
			s.stop(w, r, demanded(d, at.ask, at.in.Proof))
			return false
		default:
			s.demand(w, r, d, at)
			return false
		}
	}
}

// proof is what the sign-in has shown of what will use its outcome. The state of
// the machine with the browser says nothing about the device that waits for its
// code (Microsoft's page "Conditional Access: Grant").
func (s *signIn) proof(at *arrival) conditional.Proof {
	proof := at.in.Proof
	proof.Compliant = proof.Compliant && s.journey != deviceAuth
	return proof
}

// settle takes what the person has decided on the page for a demand.
func (s *signIn) settle(d conditional.Decision, at *arrival) bool {
	switch d.Demand {
	case conditional.SignIn:
		if s.picked { // picking is the emulator's form of typing a password
			at.in = s.signedIn(at.tenant, at.who)
		}
		return s.picked
	case conditional.MFA:
		approved := s.onPage(at, "mfa", "approve")
		if approved {
			at.in.Proof.MFA = s.now
		}
		return approved
	case conditional.Enrol:
		enrolled := s.onPage(at, "mfa", "enrol") && s.e.enrol(at.tenant.ID, at.who.ID) == nil
		if enrolled {
			at.in.Proof.MFA = s.now
		}
		return enrolled
	case conditional.Device:
		compliant := s.onPage(at, "device", "compliant")
		at.in.Proof.Compliant = compliant
		return compliant
	case conditional.Nothing, conditional.Block:
	}
	return false
}

// onPage tells whether a button of the page of that name was pressed, made for this
// very person and request. Without the page nobody decides anything: a client
// cannot approve by itself.
func (s *signIn) onPage(at *arrival, name, value string) bool {
	v, pages, ok := s.resumed()
	return ok && v.who.ID == at.who.ID && slices.Contains(pages, name) && s.posted.Get(name) == value
}

// enrol gives a person a second factor.
func (e *Emulator) enrol(tid, oid string) error {
	return e.directory.Change(tid, func(t *directory.Tenant) error {
		who := *t.People[oid]
		who.MFA = "registered"
		t.People[oid] = &who
		return nil
	})
}

// subject is what the page for a demand decides.
func subject(d conditional.Demand) string {
	if d == conditional.Device {
		return "device"
	}
	return "mfa"
}

// demand shows the page for a demand.
func (s *signIn) demand(w http.ResponseWriter, r *http.Request, d conditional.Decision, at *arrival) {
	p := page{App: at.client.Name, Username: at.who.Username, Action: s.action(), Carried: s.carryOn(w, at, subject(d.Demand))}
	switch {
	case d.Demand == conditional.SignIn:
		s.pickAccount(w)
	case d.Demand == conditional.Device && s.onPage(at, "device", "not"):
		s.e.errorPage(w, r, demanded(d, at.ask, at.in.Proof))
	case d.Demand == conditional.Device:
		p.Title = "Set up your device to get access"
		s.e.show(w, http.StatusOK, devicePage, p)
	case d.Demand == conditional.Enrol:
		p.Title = "More information required"
		s.e.show(w, http.StatusOK, enrolPage, p)
	default:
		p.Title = "Approve sign-in request"
		s.e.show(w, http.StatusOK, factorPage, p)
	}
}
