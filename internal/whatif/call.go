package whatif

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// verdict is what became of a call as far as rules decide it.
type verdict uint8

const (
	unclear verdict = iota
	through         // the rules let it through, whatever came of it
	refused
)

// sort is what a record is to a replay.
type sort uint8

const (
	another    sort = iota // of no call, or of a part of one
	ofCall                 // how a call ended
	turnedAway             // somebody did not get in, and nobody knows what they would have called
	erased                 // what decides has been erased
	unreadable             // it is not as it was stored
)

// Call is what a record says that decides about a call.
type call struct {
	at, began time.Time
	oid       tenants.GUID
	name      string // display only
	kind      authz.Kind
	delegated bool
	client    string
	scopes    []string
	roles     []string
	rolesKnow bool // roles are all that the caller had
	policy    int64
	answered  time.Time // when whoever knew of their groups was asked, at the earliest
	toolset   string    // of the endpoint; empty: the organization's
	thing     string    // permission name; of a resource that is read: of its URI
	uri       string    // of a resource that is read
	followsUp bool      // it asks about a call that was allowed
	altered   bool      // what it names is not what was sent
	then      verdict
	reason    string
	kept      string // arguments in clear, as the record has them
}

// deciding are the fields without which nothing can be said of a call.
var deciding = []string{
	"actor_delegated", "actor_kind", "actor_oid", "arguments_kept", "at", "client", "duration_us", "effect", "endpoint", "kind", "membership_age_s", "method",
	"outcome", "phase", "policy", "reason", "roles", "scopes", "target", "tool",
}

// read returns the call that a record is about.
func read(r proof.Record) (c call, s sort) {
	if len(r.Fields) == 0 {
		return c, unreadable
	}
	values := make(map[string][]byte, len(r.Fields))
	gone := false
	for _, f := range r.Fields {
		values[f.Name] = f.Value
		gone = gone || f.Value == nil && slices.Contains(deciding, f.Name)
	}
	f := fields{values: values}
	switch kind, phase := audit.Kind(f.text("kind")), f.text("phase"); {
	case kind == audit.RefusedRequest:
		s = turnedAway
	case phase != string(audit.Result):
		return c, another
	case kind == audit.ToolCall, kind == audit.ResourceRead, kind == audit.PromptGet:
		s = ofCall
	default:
		return c, another
	}
	if gone {
		return c, erased
	}
	f.caller(&c)
	if s == ofCall && !f.thing(&c) {
		return c, another
	}
	c.then, c.reason = f.then(), f.text("reason")
	if f.bad {
		return c, unreadable
	}
	return c, s
}

// fields reads the values of a record.
type fields struct {
	values map[string][]byte
	bad    bool
}

func (f *fields) into(name string, p any) {
	if v := f.values[name]; v != nil && json.Unmarshal(v, p) != nil {
		f.bad = true
	}
}

func (f *fields) text(name string) (s string) { f.into(name, &s); return s }

func (f *fields) list(name string) (l []string) { f.into(name, &l); return l }

func (f *fields) number(name string) (n int64) { f.into(name, &n); return n }

func (f *fields) caller(c *call) {
	f.into("at", &c.at)
	f.into("actor_oid", &c.oid)
	f.into("actor_delegated", &c.delegated)
	c.began = c.at.Add(-time.Duration(f.number("duration_us")) * time.Microsecond)
	c.name, c.kind, c.client = f.text("actor_name"), kindOf(f.text("actor_kind")), f.text("client")
	c.scopes, c.roles, c.policy = f.list("scopes"), f.list("roles"), f.number("policy")
	c.answered = c.began.Add(-time.Duration(f.number("membership_age_s")+1) * time.Second)
	altered := f.list("altered")
	c.rolesKnow = !slices.Contains(altered, "roles")
	c.altered = slices.ContainsFunc(altered, func(name string) bool {
		return slices.Contains([]string{"client", "endpoint", "scopes", "target", "tool"}, name)
	})
	if !slices.Contains(altered, "arguments_kept") {
		c.kept = f.text("arguments_kept")
	}
	if parts := strings.Split(f.text("endpoint"), "/"); len(parts) == 5 { // /t/{org}/{toolset}/mcp
		c.toolset = parts[3]
	}
}

func kindOf(name string) authz.Kind {
	for k := authz.Nobody; k <= authz.System; k++ {
		if k.String() == name {
			return k
		}
	}
	return authz.Nobody
}

// thing reads what was called. It reports false where that is a completion, of which
// only the first of a while is recorded.
func (f *fields) thing(c *call) bool {
	tool, target := f.text("tool"), f.text("target")
	switch method := f.text("method"); {
	case method == "tools/call" && !strings.Contains(tool, ":"): // a name with one is no tool's
		c.thing = tool
	case method == "tools/call":
		c.thing = ""
	case method == "prompts/get":
		c.thing = tools.PermissionName(tools.KindPrompt, target)
	case method == "resources/read":
		c.thing, c.uri = tools.PermissionName(tools.KindResource, target), target
	case strings.HasPrefix(method, "tasks/"):
		c.thing, c.followsUp = tool, true
	default:
		return false
	}
	return true
}

// ruled are the reasons that rules are refused for; whatever else a call that had not
// begun was refused for comes after them, or says nothing about them.
var (
	byRules = []string{"condition", "insufficient_claims", "insufficient_scope", "unknown_prompt", "unknown_resource", "unknown_tool"}
	later   = []string{"invalid_arguments", "invalid_request", "limited", "sign_in_at_source"}
)

// then is what the rules said. The effect is noted after they let a call through.
func (f *fields) then() verdict {
	outcome, reason := audit.Outcome(f.text("outcome")), f.text("reason")
	switch {
	case f.text("effect") != "", outcome == audit.OK, outcome == audit.ToolError, slices.Contains(later, reason):
		return through
	case outcome == audit.Refused && slices.Contains(byRules, reason):
		return refused
	}
	return unclear
}

// keptValues are the arguments in clear, by their pointers.
func (c *call) keptValues() authz.Kept {
	if c.kept == "" {
		return authz.Kept{}
	}
	values := map[string]json.RawMessage{}
	if json.Unmarshal([]byte(c.kept), &values) != nil {
		return authz.Kept{}
	}
	return authz.NewKept(values)
}
