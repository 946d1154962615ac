package authz

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Text returns the explanation for people: one sentence a line, the verdict
// first.
func (e Explanation) Text() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("%s", e.verdict())
	if !e.Known {
		say("The organization serves nothing of this name: it is not switched on, or not approved.")
	}
	if e.Through != "" {
		say("It is read through %s, which has to be allowed; a deny of either holds.", e.Through)
	}
	for _, g := range e.Grants {
		g.say(say, "")
	}
	for _, g := range e.Ended {
		g.say(say, "No longer: ")
	}
	if len(e.Grants) == 0 {
		say("No role they hold says anything about %s.", e.Tool)
	}
	if e.ClientCeiling != nil {
		say("The ceiling of client %s %s.", e.ClientCeiling.Of, e.ClientCeiling.bearing())
	}
	for _, l := range e.ScopeCeilings {
		say("The scope %s %s.", l.Of, l.bearing())
	}
	for _, g := range e.Groups {
		say("%s", g.sentence())
	}
	return b.String()
}

func (e Explanation) verdict() string {
	who := e.Caller.Name
	if who == "" {
		who = e.Caller.OID.String()
	}
	switch e.Verdict {
	case Allowed:
		return fmt.Sprintf("%s may call %s%s.", who, e.Tool, e.given())
	case NeedsScope:
		if len(e.Scopes) == 0 {
			return fmt.Sprintf("%s's roles allow %s, but the scopes of the token do not.", who, e.Tool)
		}
		return fmt.Sprintf("%s's roles allow %s, but the scopes of the token do not; these would: %s.", who, e.Tool, strings.Join(e.Scopes, ", "))
	case Conditional:
		return fmt.Sprintf("%s sees %s, and its arguments decide whether a call is allowed.", who, e.Tool)
	case NeedsStepUp:
		return fmt.Sprintf("%s may call %s%s only after signing in with authentication context %s.", who, e.Tool, e.given(), strings.Join(e.StepUp, " or "))
	case Refused:
		return fmt.Sprintf("%s sees %s, but may not call it%s.", who, e.Tool, e.given())
	case Hidden:
	}
	return fmt.Sprintf("%s may not call %s and does not see it.", who, e.Tool)
}

func (e Explanation) given() string {
	if !e.Arguments {
		return ""
	}
	return " with these arguments"
}

var verbs = map[Effect]string{Allow: "allows", Deny: "denies"}

func (g Grant) say(say func(string, ...any), prefix string) {
	say("%sRole %s %s %s (permission %d), through %s.", prefix, strconv.Quote(g.Role), verbs[g.Effect], strings.Join(g.Patterns, ", "), g.Permission, vias(g.Via))
	if g.Condition != "" {
		say("%sIts condition `%s` %s.", prefix, strings.Join(strings.Fields(g.Condition), " "), g.outcome())
	}
	if g.AuthenticationContext != "" {
		say("%sIt needs authentication context %s, which the token %s.", prefix, g.AuthenticationContext, map[bool]string{true: "has", false: "lacks"}[g.Satisfied])
	}
}

func (g Grant) outcome() string {
	switch g.Result {
	case Holds:
		return "holds"
	case DoesNotHold:
		return "does not hold"
	case Depends:
		return "depends on the arguments"
	case Fails:
	}
	return fmt.Sprintf("cannot be decided (%s), so the %s %s", g.Reason, g.Effect, map[bool]string{true: "applies", false: "does not apply"}[g.Effect == Deny])
}

func vias(list []Via) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = v.String()
	}
	return strings.Join(texts, " and ")
}

// String names an assignment's subject and its end.
func (v Via) String() string {
	text := v.subject()
	if v.EndsAt != nil {
		text += " until " + v.EndsAt.UTC().Format(time.RFC3339)
	}
	return text
}

func (v Via) subject() string {
	switch v.Kind {
	case SubjectEverybody:
		return "everybody"
	case SubjectEveryGuest:
		return "every guest"
	case SubjectEveryApp:
		return "every app"
	case SubjectAppRole:
		return "app role " + v.Value
	case SubjectGroup, SubjectPerson, SubjectClient:
	}
	if v.Name == "" {
		return string(v.Kind) + " " + v.Value
	}
	return fmt.Sprintf("%s %s (%s)", v.Kind, v.Name, v.Value)
}

func (l Limit) bearing() string {
	verb := map[bool]string{true: "permits", false: "does not permit"}[l.Permits]
	if l.Patterns == nil {
		return map[bool]string{true: "permits every tool", false: "is not known and permits nothing"}[l.Permits]
	}
	return fmt.Sprintf("%s it (%s)", verb, strings.Join(l.Patterns, ", "))
}

func (f GroupFact) sentence() string {
	name := f.ID.String()
	if f.Name != "" {
		name = fmt.Sprintf("%s (%s)", f.Name, f.ID)
	}
	switch f.Answer {
	case Member:
		return fmt.Sprintf("They are a member of group %s, says %s.", name, f.origin())
	case NotMember:
		return fmt.Sprintf("They are not a member of group %s, says %s.", name, f.origin())
	case Unknown:
	}
	return fmt.Sprintf("Whether they are a member of group %s is not known.", name)
}

func (f GroupFact) origin() string {
	switch f.Source {
	case SourceToken:
		return fmt.Sprintf("the token, %d seconds ago", f.AgeSeconds)
	case SourceGraph:
		return fmt.Sprintf("Microsoft Graph, %d seconds ago", f.AgeSeconds)
	case SourceNone:
	}
	return "nobody"
}
