// Package conditional decides what Conditional Access asks of a sign-in.
//
// It owns the meaning of a tenant's policies and nothing else: it keeps no
// state, reads no clock, knows no HTTP and no error codes. The authorization
// endpoint asks it which page to show, the token endpoint whether to refuse.
package conditional

import (
	"slices"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// Proof is what one sign-in has shown about the person and the device. Codes,
// refresh tokens, access tokens and browser sessions carry it along.
type Proof struct {
	At        time.Time // the person signed in
	MFA       time.Time // they passed a second factor; zero: not
	Compliant bool      // the device is compliant
	Contexts  []string  // authentication contexts that were asked for and satisfied
}

// Methods are the authentication methods of a sign-in as "amr" names them.
func (p Proof) Methods() []string {
	if p.MFA.IsZero() {
		return []string{"pwd"}
	}
	return []string{"pwd", "mfa"}
}

// Request is somebody who wants to reach a resource through a client.
type Request struct {
	Person   *directory.Person
	Client   string   // client id of the app the person uses
	Resource string   // client id of the API it reaches
	Contexts []string // authentication contexts asked for; one of them is enough
	Policies []string // policies asked for by id, whatever they apply to
	MFA      bool     // a second factor was asked for
	Proof    Proof
	Now      time.Time
}

// Demand is what is still missing.
type Demand int

// The demands, the gravest first.
const (
	Nothing Demand = iota
	Block          // no sign-in will do
	SignIn         // the sign-in is too old
	Enrol          // a second factor, and the person has to set one up first
	MFA            // a second factor
	Device         // a compliant device
)

// Decision is the answer to a Request.
type Decision struct {
	Demand   Demand
	Policies []string      // ids of the policies that make the demand; none: the request itself did
	Context  string        // the authentication context that makes it; empty: none
	Every    time.Duration // of SignIn: how old a sign-in may be
	Contexts []string      // authentication contexts the proof satisfies, of those asked for and held before
}

// Evaluate decides a request. Policies without an authentication context come
// first; of the contexts asked for, one that is satisfied is enough, as for any
// claim requested with several values (OpenID Connect Core §5.5.1). A context
// that no policy names is satisfied by any sign-in.
//
// A policy targets resources or an authentication context, never both, as in
// Entra (Microsoft's page "Conditional Access: Target resources"): Resources of a
// policy with an AuthContext do not count, it applies wherever its context is
// asked for.
func Evaluate(t *directory.Tenant, r Request) Decision {
	in := t.Closure(r.Person.ID)
	apply := func(context string) []seed.Policy {
		return slices.DeleteFunc(slices.Clone(t.Policies), func(p seed.Policy) bool {
			asked := context == "" && slices.Contains(r.Policies, p.ID) && r.concerns(p, in)
			return !asked && (p.AuthContext != context || !r.applies(p, in))
		})
	}
	decision := r.decide(apply(""))
	if decision.Demand != Nothing {
		return decision
	}
	if r.MFA && r.Proof.MFA.IsZero() {
		return Decision{Demand: r.factor()}
	}
	var unmet Decision
	for _, context := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(r.Contexts, r.Proof.Contexts)))) {
		missing := r.decide(apply(context))
		if missing.Demand == Nothing {
			decision.Contexts = append(decision.Contexts, context)
			continue
		}
		if unmet.Demand == Nothing && slices.Contains(r.Contexts, context) {
			unmet, unmet.Context = missing, context
		}
	}
	if unmet.Demand != Nothing && !slices.ContainsFunc(r.Contexts, func(c string) bool { return slices.Contains(decision.Contexts, c) }) {
		return unmet
	}
	return decision
}

// concerns tells whether a policy is about the person.
func (r Request) concerns(p seed.Policy, groups []string) bool {
	return len(p.Users) == 0 || slices.Contains(p.Users, r.Person.ID) ||
		slices.ContainsFunc(groups, func(id string) bool { return slices.Contains(p.Users, id) })
}

// applies tells whether all of a policy's conditions hold. Of one with an
// authentication context the resource is none.
func (r Request) applies(p seed.Policy, groups []string) bool {
	return r.concerns(p, groups) &&
		(len(p.Clients) == 0 || slices.Contains(p.Clients, r.Client)) &&
		(p.AuthContext != "" || len(p.Resources) == 0 || slices.Contains(p.Resources, r.Resource))
}

// decide finds the gravest demand of some policies that apply.
func (r Request) decide(policies []seed.Policy) Decision {
	var out Decision
	for _, p := range policies {
		demand := r.demand(p)
		switch {
		case demand == Nothing:
		case out.Demand == Nothing || demand < out.Demand:
			out = Decision{Demand: demand, Policies: []string{p.ID}, Every: p.Every}
		case demand == out.Demand:
			out.Policies = append(out.Policies, p.ID)
			out.Every = min(out.Every, p.Every)
		}
	}
	return out
}

// demand is what one policy that applies is missing.
func (r Request) demand(p seed.Policy) Demand {
	switch p.Require {
	case seed.RequireBlock:
		return Block
	case seed.RequireSignInFrequency:
		if r.Now.After(r.Proof.At.Add(p.Every)) {
			return SignIn
		}
	case seed.RequireMFA:
		if r.Proof.MFA.IsZero() {
			return r.factor()
		}
	case seed.RequireCompliantDevice:
		if !r.Proof.Compliant {
			return Device
		}
	}
	return Nothing
}

// factor is how the person gets at a second factor.
func (r Request) factor() Demand {
	if r.Person.MFA == "none" {
		return Enrol
	}
	return MFA
}
