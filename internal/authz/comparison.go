package authz

import (
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// comparison compares two values of one kind, and is an error for two of
// different kinds. To CEL these are unequal, so that a condition which rules a
// value out with != would hold for the same value in another type.
type comparison struct {
	interpreter.InterpretableV2 // the plain call, for its id and its cost
	call                        interpreter.InterpretableCall
	left, right                 interpreter.InterpretableV2
	free                        bool // one side is null in the condition: whether there is a value is the question
}

// compareOneKind makes each ==, != and in of a condition a comparison.
func compareOneKind(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	call, ok := i.(interpreter.InterpretableCall)
	if !ok || len(call.Args()) != 2 {
		return i, nil
	}
	switch call.Function() {
	case operators.Equals, operators.NotEquals, operators.In:
		left, right := call.Args()[0], call.Args()[1]
		return &comparison{i, call, left, right, isNull(left) || isNull(right)}, nil
	}
	return i, nil
}

func isNull(i interpreter.InterpretableV2) bool {
	c, ok := i.(interpreter.InterpretableConst)
	return ok && c.Value() == types.NullValue
}

// Exec implements interpreter.InterpretableV2.
func (c *comparison) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	left := c.left.Exec(frame)
	if types.IsUnknownOrError(left) {
		return left
	}
	right := c.right.Exec(frame)
	if types.IsUnknownOrError(right) {
		return right
	}
	result := c.compare(left, right)
	if costs := frame.CostTracker(); costs != nil {
		costs.EvalBinary(frame, c.ID(), c.call, left, right, result)
	}
	return result
}

// Eval implements interpreter.Interpretable.
func (c *comparison) Eval(in interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(in, c.Exec)
}

func (c *comparison) compare(left, right ref.Val) ref.Val {
	if c.call.Function() == operators.In {
		return c.find(left, right)
	}
	if !c.free && !oneKind(left, right) {
		return mismatch(left, right)
	}
	equal := types.Equal(left, right)
	if c.call.Function() == operators.NotEquals && !types.IsUnknownOrError(equal) {
		return types.Bool(equal != types.True)
	}
	return equal
}

// find looks for a value among others, of which at least one has its kind.
func (c *comparison) find(left, right ref.Val) ref.Val {
	container, ok := right.(traits.Container)
	if !ok {
		return types.MaybeNoSuchOverloadErr(right)
	}
	found := container.Contains(left)
	all, ok := right.(traits.Iterable)
	if c.free || found != types.False || !ok {
		return found
	}
	var other ref.Val
	for i := all.Iterator(); i.HasNext() == types.True; {
		if other = i.Next(); types.IsUnknownOrError(other) || oneKind(left, other) {
			return found
		}
	}
	if other == nil {
		return found
	}
	return mismatch(left, other)
}

// oneKind reports whether two values can be equal: numbers are of one kind.
func oneKind(a, b ref.Val) bool {
	return a.Type() == b.Type() || isNumber(a) && isNumber(b)
}

func isNumber(v ref.Val) bool {
	switch v.(type) {
	case types.Int, types.Uint, types.Double:
		return true
	}
	return false
}

func mismatch(a, b ref.Val) ref.Val {
	return types.NewErr("%s cannot be compared with %s", a.Type().TypeName(), b.Type().TypeName())
}
