package tools

import (
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// pattern is a regular expression of a schema. It is matched in linear time.
// What only a backtracking engine can match (look-around, back references) is
// left to the source, which gets the arguments after us: it matches everything.
type pattern struct {
	source string
	re     *regexp.Regexp // nil: not matched here
	size   int            // steps of its program
}

// String implements jsonschema.Regexp.
func (p *pattern) String() string { return p.source }

// MatchString implements jsonschema.Regexp.
func (p *pattern) MatchString(s string) bool { return p.re == nil || p.re.MatchString(s) }

// The bounds of a pattern.
const (
	maxPatternLength = 2000
	maxPatternSize   = 5000
)

// newPattern is a jsonschema.RegexpEngine. It refuses what is too large, and
// leaves unmatched what RE2 does not know.
func newPattern(source string) (jsonschema.Regexp, error) {
	if len(source) > maxPatternLength {
		return nil, fmt.Errorf("the pattern has %d characters and may have %d", len(source), maxPatternLength)
	}
	parsed, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return &pattern{source: source}, nil //nolint:nilerr // left to the source
	}
	size := steps(parsed)
	if size > maxPatternSize {
		return nil, fmt.Errorf("the pattern %.40q repeats itself too often", source)
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return &pattern{source: source}, nil //nolint:nilerr // left to the source
	}
	return &pattern{source, re, size}, nil
}

// steps is about how long the program of an expression becomes. It is counted
// before repetitions are written out.
func steps(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)/8
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n = min(n+steps(sub), maxPatternSize+1)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Max, re.Min, 1)
	}
	return min(n, maxPatternSize+1)
}

// matched reports whether we match a pattern ourselves.
func matched(re jsonschema.Regexp) bool {
	p, ok := re.(*pattern)
	return ok && p.re != nil
}
