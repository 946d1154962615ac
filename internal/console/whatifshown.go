package console

import (
	"maps"
	"slices"
	"time"

	"gatehouse/internal/asof"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/whatif"
)

// ConfigurationReplay is what a document would have done to calls on record.
type ConfigurationReplay struct {
	Since      time.Time      `json:"since" doc:"What was sealed from then on is replayed."`
	From       int64          `json:"from" doc:"Number of the first record that this answer is about."`
	To         int64          `json:"to" doc:"Number after the last one."`
	End        int64          `json:"end" doc:"Where the whole replay ends: the number after the last record that was sealed when it began."`
	SealedAt   *time.Time     `json:"sealedAt,omitempty" doc:"When that was sealed; only in the first answer."`
	Records    int64          `json:"records" doc:"How many records were read."`
	Calls      int64          `json:"calls" doc:"Of them, calls and people who did not get in: the sum of the four that follow."`
	Unchanged  int64          `json:"unchanged" doc:"Decided as they were."`
	Loses      int64          `json:"loses" doc:"Let through, and would have been refused."`
	Gains      int64          `json:"gains" doc:"Refused, and would have been let through."`
	CannotTell int64          `json:"cannotTell" doc:"Nobody can tell, because it depends on something that the log does not have."`
	Erased     int64          `json:"erased" doc:"Of those, how many are of people who have been erased."`
	Reasons    []ReplayReason `json:"reasons" doc:"Why nobody can tell, and of how many. A call may have several reasons."`
	Items      []ReplayRow    `json:"items" doc:"Whose calls of what would have been decided otherwise or may have been, the most calls first; at most 5,000."`
	Omitted    int64          `json:"omitted" doc:"How many calls are of none of the items, because there would be too many."`
	Remarks    []string       `json:"remarks" doc:"What holds of all of it."`
	NextCursor string         `json:"nextCursor,omitempty" doc:"Goes on with the rest of the log; absent when all of it was replayed. Rows that name the same are to be added up."`
}

// ReplayReason says why nobody can tell about some calls.
type ReplayReason struct {
	Reason whatif.Reason `json:"reason" enum:"arguments,membership,group,app_role,context,time,agent,client,issuer,sign_in,definition,then,altered,door,erased,unreadable" doc:"arguments: a condition looks at an argument that was not kept in clear. membership: it is not on record whether they were in a group that counted then. group: it depends on a group that counts only under the document. app_role, context: on app roles or authentication contexts of the token, which are not recorded. time: a condition or an assignment changed while the call was under way. agent: whether a guest came through an agent. client: by which entry of the AI apps it would have been known. issuer: whether the token was Entra's or Gatehouse's. sign_in: the document changes which tokens are accepted. definition: what a resource would have been read through. then: the record does not say whether the rules had let it through. altered: the record holds not all of what was sent. door: they did not get in, and what they would have called is not known. erased, unreadable: the record does not tell any more."`
	Calls  int64         `json:"calls" doc:"How many."`
}

// ReplayRow is what would have become of somebody's calls of one thing.
type ReplayRow struct {
	Person  tenants.GUID    `json:"person" format:"uuid" doc:"Object ID of who called."`
	Name    string          `json:"name" doc:"Display name; decides nothing."`
	Tool    string          `json:"tool" doc:"Permission name: of a tool its name, prompt: and the name of a prompt, resource: and a URI."`
	Change  whatif.Change   `json:"change" enum:"loses,gains,cannot_tell" doc:"What becomes of them."`
	Rule    *ReplayRule     `json:"rule,omitempty" doc:"What of the document decides so; absent if nobody can tell."`
	Reasons []whatif.Reason `json:"reasons,omitempty" doc:"Why nobody can tell."`
	Calls   int64           `json:"calls" doc:"How many."`
	Already int64           `json:"already" doc:"Of them, how many would be decided so now, without the document: what it changes had been changed before."`
	Last    time.Time       `json:"last" doc:"When the last of them was."`
}

// ReplayRule is what of a document decides.
type ReplayRule struct {
	Kind       whatif.RuleKind `json:"kind" enum:"allow,deny,condition,step_up,no_role,client_ceiling,scope_ceiling,toolset,not_served,guests,agents,apps,client" doc:"allow, deny: a permission does. condition: no condition of what would allow it holds. step_up: it takes a stronger sign-in. no_role: no role of theirs allows it. client_ceiling, scope_ceiling: it is beyond the maximum of the AI app or of the token's scopes. toolset: the endpoint's toolset does not have it. not_served: it is not switched on, or not approved. guests, agents, apps, client: they do not get in."`
	Role       string          `json:"role,omitempty" doc:"Tool role of the permission."`
	Permission int             `json:"permission,omitempty" doc:"Its position in the role, from 1."`
	Subject    string          `json:"subject,omitempty" doc:"To whom the role is assigned."`
}

// ConfigurationComparison is who could use more or less under a document.
type ConfigurationComparison struct {
	At         time.Time        `json:"at" doc:"What was known of people then is what it rests on."`
	Remarks    []string         `json:"remarks" doc:"What it cannot tell, and what holds of all of it."`
	Items      []ComparedAccess `json:"items" doc:"People for whom something differs, in order of their ids."`
	NextCursor string           `json:"nextCursor,omitempty" doc:"Goes on with more people; absent when all were looked at. A page may be empty and still have one."`
}

// ComparedAccess is what differs for one person.
type ComparedAccess struct {
	Person tenants.GUID         `json:"person" format:"uuid" doc:"Object ID of the person."`
	Name   string               `json:"name" doc:"Display name, where one is known; decides nothing."`
	Kind   string               `json:"kind" enum:"user,guest,agent,unknown" doc:"As their tokens said. unknown: they have shown none."`
	Tools  []ComparedAccessTool `json:"tools" doc:"What they could use more or less."`
}

// ComparedAccessTool is one tool that somebody could use more or less.
type ComparedAccessTool struct {
	Tool   string       `json:"tool" doc:"Permission name, as in the access report."`
	Effect string       `json:"effect" enum:"read,write,destructive," doc:"What running the tool does; empty for what is no tool."`
	Before asof.Verdict `json:"before" enum:"allowed,conditional,unknown,none" doc:"Now. The words are those of the access report; none: they cannot use it."`
	After  asof.Verdict `json:"after" enum:"allowed,conditional,unknown,none" doc:"Under the document."`
	Rules  []AccessRule `json:"rules" doc:"Each assignment that would give it; of what is lost, that gives it now."`
}

func replayOf(r Replayed) ConfigurationReplay {
	t := r.Tally
	out := ConfigurationReplay{
		From: r.Stretch.From, To: r.Next, End: r.Stretch.To, SealedAt: instant(r.Stretch.SealedAt), Records: t.Records, Calls: t.Calls, Unchanged: t.Unchanged,
		Loses: t.Loses, Gains: t.Gains, CannotTell: t.CannotTell, Erased: t.Erased, Reasons: []ReplayReason{}, Items: each(t.Rows, replayRow), Omitted: t.Omitted, Remarks: list(r.Remarks),
	}
	for _, why := range slices.Sorted(maps.Keys(t.Reasons)) {
		out.Reasons = append(out.Reasons, ReplayReason{why, t.Reasons[why]})
	}
	return out
}

func replayRow(r whatif.Row) ReplayRow {
	out := ReplayRow{Person: r.Person, Name: r.Name, Tool: r.Thing, Change: r.Change, Reasons: r.Why, Calls: r.Calls, Already: r.Already, Last: r.Last.UTC()}
	if r.Change != whatif.CannotTell {
		out.Rule = &ReplayRule{r.Rule.Kind, r.Rule.Role, r.Rule.Permission, r.Rule.Subject}
	}
	return out
}

func comparedOf(p ComparedPerson) ComparedAccess {
	out := ComparedAccess{Person: p.Person.OID, Name: p.Person.Name, Kind: p.Person.Kind.String()}
	if p.Person.Kind == authz.Nobody {
		out.Kind = "unknown"
	}
	for _, d := range p.Differences {
		out.Tools = append(out.Tools, ComparedAccessTool{d.Tool, d.Effect, d.Before, d.After, each(d.Rules, accessRule)})
	}
	return out
}
