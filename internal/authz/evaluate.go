package authz

import (
	"encoding/json"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Circumstances is what a decision about a call rests on besides the caller and
// the arguments.
type Circumstances struct {
	Now  time.Time
	Gaps Gap  // what is not known of the call; of a call that is being made: nothing
	Kept Kept // of GapArguments: what of them is known
}

// Result is what a condition comes to for one call.
type Result string

// The results.
const (
	Holds       Result = "holds"
	DoesNotHold Result = "does_not_hold"
	Fails       Result = "fails"   // it cannot be decided: an allow does not hold, a deny does
	Depends     Result = "depends" // on arguments that are not given
)

// evaluation is one call as conditions see it. It is used by one goroutine.
type evaluation struct {
	caller *admitted
	at     Circumstances
	raw    json.RawMessage // nil: not given
	// followsUp: the arguments were weighed when they were there, and whatever
	// depends on them was in the caller's favor.
	followsUp bool
	args      any // decoded when first looked at
	decoded   bool
	missed    Gap    // what a condition looked at that is not known
	missing   Gap    // all that conditions looked at so
	unfit     string // why the condition must fail, whatever it says
}

// judge evaluates a condition; none always holds. The text says why it fails.
func (e *evaluation) judge(c *condition) (Result, string) {
	if c == nil {
		return Holds, ""
	}
	e.missed, e.unfit = 0, ""
	value, _, err := c.program.Eval(e)
	decided := err == nil && e.unfit == "" && (value == types.True || value == types.False)
	switch {
	case e.missed&GapArguments != 0 && e.followsUp && decided && value == types.False:
		return DoesNotHold, "" // whatever the arguments were
	case e.missed != 0 && (!decided || e.missed&GapArguments != 0): // arguments may be unfit, nothing else is
		e.missing |= e.missed
		return Depends, ""
	case e.unfit != "":
		return Fails, e.unfit
	case err != nil:
		return Fails, err.Error()
	case value == types.True:
		return Holds, ""
	case value == types.False:
		return DoesNotHold, ""
	default:
		return Fails, "the condition is neither true nor false"
	}
}

// favors reports whether the condition judged last depends on nothing but arguments
// that were weighed when they were there.
func (e *evaluation) favors() bool { return e.followsUp && e.missed == GapArguments }

// ResolveName implements cel.Activation.
func (e *evaluation) ResolveName(name string) (any, bool) {
	if hidden := e.at.Gaps.hides(name); hidden != 0 {
		e.missed |= hidden
		return types.NewErr("%s is not known", name), true
	}
	id := &e.caller.identity
	switch name {
	case varArgs:
		return e.arguments(), true
	case varKind:
		return id.Kind.String(), true
	case varOID:
		return id.OID.String(), true
	case varClient:
		return id.Client, true
	case varGuest:
		return id.Kind == Guest, true
	case varRoles:
		return list(e.caller.names), true
	case varAppRoles:
		return list(id.AppRoles), true
	case varTime:
		return types.Timestamp{Time: e.at.Now.UTC()}, true
	case varScopes:
		return list(id.Scopes), true
	case varContexts:
		return list(id.AuthContexts), true
	}
	return nil, false
}

// Parent implements cel.Activation.
func (e *evaluation) Parent() cel.Activation { return nil }

func list(texts []string) ref.Val { return types.NewStringList(types.DefaultTypeAdapter, texts) }

func (e *evaluation) arguments() ref.Val {
	if e.at.Gaps&GapArguments != 0 {
		return e.NativeToValue(e.at.Kept.members)
	}
	if e.raw == nil {
		e.missed |= GapArguments
		return types.NewErr("the arguments are not given")
	}
	if !e.decoded {
		e.args, e.decoded = decodeArguments(e.raw), true
	}
	return e.NativeToValue(e.args)
}

// NativeToValue implements types.Adapter for decoded arguments. It is asked for
// exactly the values that a condition looks at, so that an unfit one makes the
// condition fail even where its logic would pass over an error.
func (e *evaluation) NativeToValue(value any) ref.Val {
	switch v := value.(type) {
	case unfit:
		e.unfit = v.why
		return types.NewErr("%s", v.why)
	case fragment:
		return &partial{types.NewStringInterfaceMap(e, v), e}
	case map[string]any:
		return types.NewStringInterfaceMap(e, v)
	case []any:
		return types.NewDynamicList(e, v)
	case nil:
		return types.NullValue
	default:
		return types.DefaultTypeAdapter.NativeToValue(value)
	}
}
