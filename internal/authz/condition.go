package authz

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a condition about the time of day is the same on every machine

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
)

// MaxCondition is the longest that a condition may be, in bytes of its source.
const MaxCondition = 1_024

const (
	maxEstimate = 100_000 // CEL cost units that a condition may need by its text
	maxCost     = 100_000 // CEL cost units that one evaluation may use
	assumedSize = 500     // elements or characters that the estimate expects of an argument
	maxRegex    = 200     // instructions of a regular expression
)

// condition is a CEL expression over a call, compiled once.
type condition struct {
	source  string
	program cel.Program
}

// The variables of a condition.
const (
	varArgs     = "args"
	varKind     = "caller.kind"
	varOID      = "caller.oid"
	varClient   = "caller.client"
	varGuest    = "caller.guest"
	varRoles    = "caller.roles"
	varAppRoles = "caller.appRoles"
	varTime     = "context.time"
	varScopes   = "context.scopes"
	varContexts = "context.authenticationContexts"
)

var variables = map[string]*cel.Type{
	varArgs: cel.DynType, varKind: cel.StringType, varOID: cel.StringType, varClient: cel.StringType, varGuest: cel.BoolType,
	varRoles: cel.ListType(cel.StringType), varAppRoles: cel.ListType(cel.StringType), varTime: cel.TimestampType,
	varScopes: cel.ListType(cel.StringType), varContexts: cel.ListType(cel.StringType),
}

// language is what conditions are written in: CEL without the macros that build
// lists, without comprehensions inside each other, and without conversions that
// round.
var language = sync.OnceValues(func() (*cel.Env, error) {
	subset := env.NewLibrarySubset().AddExcludedMacros("map", "filter").
		AddExcludedFunctions(env.NewFunction("double"), env.NewFunction("uint"), env.NewFunction("bytes"), env.NewFunction("dyn"), env.NewFunction("type"))
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset)), cel.CrossTypeNumericComparisons(true), cel.DefaultUTCTimeZone(true),
		cel.ASTValidators(cel.ValidateComprehensionNestingLimit(1), cel.ValidateRegexLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateDurationLiterals()),
		cel.ParserExpressionSizeLimit(MaxCondition), cel.ParserRecursionLimit(50), cel.RegexProgramSizeLimit(maxRegex),
	}
	for name, kind := range variables {
		options = append(options, cel.Variable(name, kind))
	}
	made, err := cel.NewCustomEnv(options...)
	if err == nil {
		// The checker builds its catalog of names at the first unknown one, and
		// reads it elsewhere without a lock: have it before anybody shares it.
		_, _ = made.Compile("unknown")
	}
	return made, err
})

// mistake is what is wrong at one place of a condition.
type mistake struct {
	line, column int // both from 1
	what         string
}

func (m mistake) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", m.line, m.column, m.what)
}

var errLanguage = errors.New("the language of conditions cannot be set up")

// compileCondition checks a condition and returns it ready to run. The error is
// a text for whoever wrote it.
func compileCondition(source string) (*condition, error) {
	if len(source) > MaxCondition {
		return nil, mistake{1, MaxCondition + 1, fmt.Sprintf("the condition is longer than %d bytes; split it over several permissions", MaxCondition)}
	}
	lang, err := language()
	if err != nil {
		return nil, errors.Join(errLanguage, err)
	}
	checked, issues := lang.Compile(source)
	if issues.Err() != nil {
		return nil, mistakeOf(issues.Errors()[0])
	}
	if kind := checked.OutputType(); kind != cel.BoolType {
		return nil, mistake{1, 1, notBoolean(kind)}
	}
	if err := checkTree(checked.NativeRep()); err != nil {
		return nil, err
	}
	if err := checkCost(lang, checked); err != nil {
		return nil, err
	}
	program, err := lang.Program(checked, cel.CustomDecoratorV2(compareOneKind), cel.EvalOptions(cel.OptOptimize, cel.OptTrackCost), cel.CostLimit(maxCost))
	if err != nil {
		return nil, mistake{1, 1, err.Error() + "; correct what is the same for every call"}
	}
	return &condition{source, program}, nil
}

func variableNames() []string {
	names := make([]string, 0, len(variables))
	for name := range variables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// checkTree refuses what the type checker lets pass and a decision must not
// rest on.
func checkTree(tree *ast.AST) error {
	var found error
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if what := objection(e); what != "" && found == nil {
			at := tree.SourceInfo().GetStartLocation(e.ID())
			found = mistake{at.Line(), at.Column() + 1, what}
		}
	}))
	return found
}

// exactDouble is where whole numbers begin to fall between the values of a double.
const exactDouble = 1 << 53

// literalArgument lists functions whose last argument must stand in the
// condition: a caller must not choose the expression or the file it names.
var literalArgument = []string{
	"matches", "getFullYear", "getMonth", "getDayOfYear", "getDayOfMonth", "getDate", "getDayOfWeek", "getHours", "getMinutes", "getSeconds", "getMilliseconds",
}

func objection(e ast.Expr) string {
	switch e.Kind() {
	case ast.LiteralKind:
		if d, ok := e.AsLiteral().(types.Double); ok && math.Abs(float64(d)) >= exactDouble {
			return fmt.Sprintf("%v cannot be compared exactly; write it as a whole number without point and exponent", float64(d))
		}
	case ast.CallKind:
		call := e.AsCall()
		args := call.Args()
		if len(args) == 0 || !slices.Contains(literalArgument, call.FunctionName()) {
			return ""
		}
		last := args[len(args)-1]
		if last.Kind() != ast.LiteralKind {
			return "the argument of " + call.FunctionName() + " must be a text that stands in the condition"
		}
		if zone, ok := last.AsLiteral().(types.String); ok && call.FunctionName() != "matches" {
			return objectionToZone(string(zone))
		}
	case ast.ComprehensionKind, ast.IdentKind, ast.ListKind, ast.MapKind, ast.SelectKind, ast.StructKind, ast.UnspecifiedExprKind:
	}
	return ""
}

func objectionToZone(zone string) string {
	if strings.Contains(zone, ":") {
		return ""
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" || zone == "" {
		return fmt.Sprintf("time zone %q is not known; use a name like \"Europe/Berlin\" or an offset like \"+02:00\"", zone)
	}
	return ""
}

// checkCost refuses a condition that could be expensive for arguments of an
// ordinary size. Larger arguments are stopped while it runs.
func checkCost(lang *cel.Env, checked *cel.Ast) error {
	estimate, err := lang.EstimateCost(checked, sizes{})
	if err != nil {
		return mistake{1, 1, err.Error()}
	}
	if estimate.Max > maxEstimate {
		return mistake{1, 1, fmt.Sprintf("the condition may cost %d steps, the most is %d; compare less, or split it over several permissions", estimate.Max, maxEstimate)}
	}
	return nil
}

// sizes tells how large the estimate takes everything to be that a call brings.
type sizes struct{}

func (sizes) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	if node.Expr() != nil && node.Expr().Kind() == ast.LiteralKind {
		return nil
	}
	return &cost.SizeEstimate{Min: 0, Max: assumedSize}
}

func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}
