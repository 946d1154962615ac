package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"gatehouse/internal/emulator/conditional"
	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// SetPolicy adds a Conditional Access policy to a tenant, named by id or domain,
// or replaces the one with its id. It counts from the next request on.
func (e *Emulator) SetPolicy(tid string, p seed.Policy) error {
	return e.directory.Change(tid, func(t *directory.Tenant) error {
		err := seed.CheckPolicy(p, seed.Directory{
			Principal: func(id string) bool { return t.People[id] != nil || t.Groups[id] != nil },
			App:       func(id string) bool { return t.Apps[id] != nil },
		})
		if err != nil {
			return err
		}
		for i, old := range t.Policies {
			if old.ID == p.ID {
				t.Policies[i] = p
				return nil
			}
		}
		t.Policies = append(t.Policies, p)
		return nil
	})
}

// RemovePolicy takes a Conditional Access policy away. One that is not there is
// an error.
func (e *Emulator) RemovePolicy(tid, id string) error {
	return e.directory.Change(tid, func(t *directory.Tenant) error {
		left := slices.DeleteFunc(slices.Clone(t.Policies), func(p seed.Policy) bool { return p.ID == id })
		if len(left) == len(t.Policies) {
			return directory.Missing("rule.id", id, "give the id of a policy of tenant "+t.Name)
		}
		t.Policies = left
		return nil
	})
}

// rule is a policy as the control route takes it; its members are those of
// seed.Policy.
type rule struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Users       []string `json:"users"`
	Clients     []string `json:"clients"`
	Resources   []string `json:"resources"`
	AuthContext string   `json:"authContext"`
	Require     string   `json:"require"`
	Every       string   `json:"every"`
}

func (r rule) policy() (seed.Policy, error) {
	var every time.Duration
	if r.Every != "" {
		var err error
		if every, err = time.ParseDuration(r.Every); err != nil {
			return seed.Policy{}, fmt.Errorf("every %q is not a duration: send one such as 1h", reply.Clip(r.Every))
		}
	}
	return seed.Policy{
		ID: r.ID, Name: r.Name, Users: r.Users, Clients: r.Clients, Resources: r.Resources,
		AuthContext: r.AuthContext, Require: r.Require, Every: every,
	}, nil
}

func (e *Emulator) controlPolicy(_ *http.Request, body struct {
	Tenant string `json:"tid"`
	Rule   rule   `json:"rule"`
	Remove bool   `json:"remove"`
},
) error {
	if body.Tenant == "" || body.Rule.ID == "" {
		return errors.New("tid and rule.id are required: name the tenant and give the rule a GUID")
	}
	if body.Remove {
		return e.RemovePolicy(body.Tenant, body.Rule.ID)
	}
	p, err := body.Rule.policy()
	if err != nil {
		return err
	}
	return e.SetPolicy(body.Tenant, p)
}

// demanded is how the token endpoint refuses what Conditional Access does not
// let pass; nil lets pass. What a person can still do something about comes with
// the claims a new authorization request has to ask for.
func demanded(d conditional.Decision, a *ask, proof conditional.Proof) *refusal {
	var no *refusal
	switch d.Demand {
	case conditional.Nothing:
		return nil
	case conditional.Block:
		return refuse(53003)
	case conditional.SignIn:
		return refuse(70043, isoTime(proof.At), int(d.Every.Seconds()))
	case conditional.Enrol:
		no = refuse(50079, a.resource.ID)
	case conditional.Device:
		no = refuse(53000)
	case conditional.MFA:
		no = refuse(50076, a.resource.ID)
	}
	no.claims = challenge(d)
	return no
}

// challenge is the claims parameter that asks for what is missing: an
// authentication context by its name, policies by their ids (the shape is
// Entra's).
func challenge(d conditional.Decision) string {
	type asked struct {
		Essential bool     `json:"essential"`
		Value     string   `json:"value,omitempty"`
		Values    []string `json:"values,omitempty"`
	}
	name, claim := "polids", asked{Essential: true, Values: d.Policies}
	switch {
	case d.Context != "":
		name, claim = "acrs", asked{Essential: true, Value: d.Context}
	case len(d.Policies) == 0:
		name, claim = "amr", asked{Essential: true, Values: []string{"mfa"}}
	}
	text, err := json.Marshal(map[string]any{"access_token": map[string]asked{name: claim}})
	if err != nil { // strings always encode
		return ""
	}
	return string(text)
}

// inherited is the proof an assertion stands on: what its sign-in has shown, or
// for a token that was not issued by this endpoint a sign-in and nothing more.
func (x *tokenRequest) inherited(p *keyring.Presented) conditional.Proof {
	var of inheritance
	if x.e.sealer.Open(sealedInheritance, p.Text("aio"), &of) {
		return of.Proof
	}
	return conditional.Proof{At: p.At("iat")}
}
