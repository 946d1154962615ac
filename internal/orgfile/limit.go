package orgfile

import (
	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

// Limit is what the organization allows of calls; its name is its key.
type Limit struct {
	Name          string               `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" example:"pipeline" doc:"Name of the limit, which callers who reach it are told: 1 to 32 lowercase letters, digits and inner hyphens."`
	Per           tenants.LimitSubject `json:"per" enum:"caller,client,tool" doc:"What is counted apart: each caller (a person, or an application on its own behalf), each client over all its people, or each tool over all its callers."`
	Client        string               `json:"client,omitempty" maxLength:"2000" example:"https://client.example/id.json" doc:"With per client: the one client it is for. Left out: every client by itself."`
	Tool          string               `json:"tool,omitempty" maxLength:"512" example:"payroll_*" doc:"With per tool: permission name of what it is for, or a pattern of such names, as in permissions. Each is counted by itself."`
	Rate          *Rate                `json:"rate,omitempty" doc:"How many calls may be made in a short time. Left out: callsPerDay says how many."`
	CallsPerDay   int                  `json:"callsPerDay,omitempty" minimum:"1" maximum:"1000000000" doc:"How many calls may be made from midnight to midnight UTC. Left out: only the rate says how many."`
	WhenUncounted tenants.Admission    `json:"whenUncounted,omitempty" enum:"admit,refuse" doc:"What happens to calls while replicas cannot tell each other what they have let in. Left out: admit, and each counts for itself."`
}

// Rate is how many calls may be made in a short time.
type Rate struct {
	Calls int                   `json:"calls" minimum:"1" maximum:"1000000" doc:"So many calls on average."`
	Every tenants.LimitInterval `json:"every" enum:"second,minute" doc:"In what the calls are counted."`
	Burst int                   `json:"burst,omitempty" minimum:"1" maximum:"1000000" doc:"So many of them at once. Left out: all of them."`
}

// limit is the entry as the organization has it.
func (l Limit) limit() tenants.Limit {
	out := tenants.Limit{Name: l.Name, Per: l.Per, Client: l.Client, Tool: l.Tool, PerDay: int64(l.CallsPerDay), Uncounted: l.WhenUncounted}
	if l.Rate != nil {
		out.Rate = tenants.LimitRate(*l.Rate)
	}
	return access.CanonicalLimit(out)
}

func exportLimit(l tenants.Limit) Limit {
	out := Limit{Name: l.Name, Per: l.Per, Client: l.Client, Tool: l.Tool, CallsPerDay: int(l.PerDay), WhenUncounted: l.Uncounted}
	if l.Rate != (tenants.LimitRate{}) {
		rate := Rate(l.Rate)
		out.Rate = &rate
	}
	return out
}

// filledLimits returns limits with everything that they leave out.
func filledLimits(list []Limit) []Limit {
	if list == nil {
		return nil
	}
	out := make([]Limit, len(list))
	for i, l := range list {
		out[i] = exportLimit(l.limit())
	}
	return out
}

func (a *applier) limits() {
	c := &a.state.Access
	reconcile(a, list[Limit]{
		at: "limits", was: a.was.Limits, wanted: a.wanted.Limits,
		key:    func(l Limit) string { return l.Name },
		remove: func(l Limit) error { return c.RemoveLimit(l.Name) },
		put:    func(l Limit) error { return c.PutLimit(l.limit()) },
	})
}
