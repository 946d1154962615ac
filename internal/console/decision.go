package console

import (
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Decision is the answer with everything that led to it: all of an
// authz.Explanation, in its JSON form.
type Decision struct {
	Verdict       string          `json:"verdict" enum:"hidden,allowed,needs_scope,conditional,needs_step_up,refused" doc:"hidden: to the person, the tool does not exist. conditional: it depends on arguments that the question does not give. refused: listed, and this call is not allowed."`
	Reasons       []string        `json:"reasons" doc:"The whole answer in words."`
	Remarks       []string        `json:"remarks" doc:"What else matters: refusals before any tool is considered, and why groups are not known."`
	Tool          string          `json:"tool" doc:"That of the question."`
	Through       string          `json:"through,omitempty" doc:"Permission name of the resource template that makes the resource of the question; absent: it has a definition of its own, or is no resource."`
	Known         bool            `json:"known" doc:"The organization has switched the tool on. One that is not is hidden from everybody."`
	At            time.Time       `json:"at" doc:"The moment that the answer is about: assignments that are over count as ended."`
	Arguments     bool            `json:"arguments" doc:"The verdict is about the arguments of the question; otherwise about any."`
	Caller        DecisionCaller  `json:"caller" doc:"The person of the question, as the rules see them."`
	Grants        []DecisionGrant `json:"grants" doc:"What the person's roles say about the tool."`
	Ended         []DecisionGrant `json:"ended" doc:"What roles say about it that only assignments gave which are over."`
	ClientCeiling *DecisionLimit  `json:"clientCeiling,omitempty" doc:"The client's maximum permissions; absent: it has none."`
	ScopeCeilings []DecisionLimit `json:"scopeCeilings" doc:"One for each scope of the token."`
	Scopes        []string        `json:"scopes,omitempty" doc:"Of needs_scope: the scopes with maximum permissions that would do."`
	StepUp        []string        `json:"stepUp,omitempty" doc:"Of needs_step_up: the authentication contexts any of which would do."`
	Groups        []DecisionGroup `json:"groups" doc:"Every group that decides anything here."`
}

// DecisionCaller is whom a decision is about.
type DecisionCaller struct {
	Name         string       `json:"name" doc:"Display name, where it is known."`
	OID          tenants.GUID `json:"oid" format:"uuid" doc:"Object ID of the person."`
	Kind         string       `json:"kind" enum:"user,guest" doc:"What a condition sees as caller.kind. user: a person of the directory who is not a guest."`
	Client       string       `json:"client" doc:"That of the question."`
	Roles        []string     `json:"roles" doc:"Names of the tool roles that they have."`
	AuthContexts []string     `json:"authenticationContexts" doc:"Those of the question."`
}

// DecisionGrant is one permission of one role that matches the tool.
type DecisionGrant struct {
	Role                  string        `json:"role" doc:"Name of the tool role."`
	Permission            int           `json:"permission" doc:"Position in the role, from 1."`
	Effect                authz.Effect  `json:"effect" enum:"allow,deny" doc:"Deny wins over every allow, in whichever role it stands."`
	Patterns              []string      `json:"patterns" doc:"Those that match the tool."`
	Condition             string        `json:"condition,omitempty" doc:"CEL; absent: none."`
	Result                authz.Result  `json:"result" enum:"holds,does_not_hold,fails,depends" doc:"What the condition comes to; without one it holds. fails: an allow does not hold, a deny does."`
	Reason                string        `json:"reason,omitempty" doc:"Why it fails."`
	AuthenticationContext string        `json:"authenticationContext,omitempty" doc:"Needed by the permission; absent: none."`
	Satisfied             bool          `json:"satisfied" doc:"The token has the authentication context, if one is needed."`
	Via                   []DecisionVia `json:"via" doc:"The assignments through which the person has, or had, the role."`
}

// DecisionVia is one assignment of a role.
type DecisionVia struct {
	Assignment tenants.GUID      `json:"assignment" format:"uuid" doc:"Id of the assignment."`
	Kind       authz.SubjectKind `json:"kind" enum:"group,app_role,person,client,everybody,every_guest,every_app" doc:"everybody: every person who is not a guest."`
	Value      string            `json:"value,omitempty" doc:"Object id of a group or person, value of an app role, or client id. Nothing for everybody, every_guest and every_app."`
	Name       string            `json:"name,omitempty" doc:"Display name of the subject."`
	EndsAt     *time.Time        `json:"endsAt,omitempty" doc:"Absent: no end."`
}

// DecisionLimit is a maximum as it bears on the tool.
type DecisionLimit struct {
	Of       string   `json:"of" doc:"The client or the scope."`
	Patterns []string `json:"patterns,omitempty" doc:"Absent: no maximum is set for it."`
	Permits  bool     `json:"permits" doc:"It lets the tool through."`
}

// DecisionGroup is what is known of the person and one group.
type DecisionGroup struct {
	ID         tenants.GUID `json:"id" format:"uuid" doc:"Object ID of the group."`
	Name       string       `json:"name,omitempty" doc:"Display name, where an assignment has it."`
	Answer     string       `json:"answer" enum:"unknown,not_member,member" doc:"Whether the person is a member. unknown gives no role."`
	Source     authz.Source `json:"source" enum:"none,token,graph" doc:"Where the answer is from."`
	At         time.Time    `json:"at" doc:"When the source was asked."`
	AgeSeconds int64        `json:"ageSeconds" doc:"How old the answer is."`
}

func decisionOf(e Explained) Decision {
	d := Decision{
		Verdict: e.Verdict.String(), Reasons: strings.Split(strings.TrimSpace(e.Text()), "\n"), Remarks: list(e.Remarks),
		Tool: e.Tool, Through: e.Through, Known: e.Known, At: e.At, Arguments: e.Arguments,
		Caller: DecisionCaller{e.Caller.Name, e.Caller.OID, e.Caller.Kind, e.Caller.Client, list(e.Caller.Roles), list(e.Caller.AuthContexts)},
		Grants: each(e.Grants, decidingGrant), Ended: each(e.Ended, decidingGrant), ScopeCeilings: each(e.ScopeCeilings, limitOf),
		Scopes: e.Scopes, StepUp: e.StepUp, Groups: each(e.Groups, decidingGroup),
	}
	if e.ClientCeiling != nil {
		l := limitOf(*e.ClientCeiling)
		d.ClientCeiling = &l
	}
	return d
}

func decidingGrant(g authz.Grant) DecisionGrant {
	return DecisionGrant{
		g.Role, g.Permission, g.Effect, list(g.Patterns), g.Condition, g.Result, g.Reason, g.AuthenticationContext, g.Satisfied,
		each(g.Via, func(v authz.Via) DecisionVia { return DecisionVia(v) }),
	}
}

func limitOf(l authz.Limit) DecisionLimit { return DecisionLimit(l) }

func decidingGroup(f authz.GroupFact) DecisionGroup {
	answer, err := f.Answer.MarshalText()
	if err != nil {
		answer = nil // there is no such answer
	}
	return DecisionGroup{f.ID, f.Name, string(answer), f.Source, f.At, f.AgeSeconds}
}
