package tools

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"slices"
)

// sought is an expression that is looked for only where the words are that it needs:
// to find one of these is cheap.
type sought struct {
	*regexp.Regexp
	needs [][][]byte // of each, a text holds one
}

func seek(expression string) sought {
	s := sought{Regexp: regexp.MustCompile(expression)}
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return s // the one cannot fail where the other does not
	}
	for _, stems := range needed(parsed.Simplify()) {
		var set [][]byte
		for _, stem := range stems {
			set = append(set, []byte(stem))
		}
		s.needs = append(s.needs, set)
	}
	return s
}

// find returns where the expression is first, as FindIndex does.
func (s sought) find(text []byte) []int {
	for _, stems := range s.needs {
		if !slices.ContainsFunc(stems, func(stem []byte) bool { return bytes.Contains(text, stem) }) {
			return nil
		}
	}
	return s.FindIndex(text)
}

// needed returns sets of words: what an expression matches holds one of each.
func needed(e *syntax.Regexp) [][]string {
	switch e.Op { //nolint:exhaustive // of the others nothing is needed, or it is not relied on
	case syntax.OpLiteral:
		return [][]string{{string(e.Rune)}}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(e.Sub[0])
	case syntax.OpConcat:
		var all [][]string
		for _, sub := range e.Sub {
			all = append(all, needed(sub)...)
		}
		return all
	case syntax.OpAlternate:
		var one []string
		for _, sub := range e.Sub {
			stems := longest(needed(sub))
			if stems == nil {
				return nil
			}
			one = append(one, stems...)
		}
		return [][]string{one}
	default:
		return nil
	}
}

// longest returns the set whose shortest word is the longest; nil of none.
func longest(sets [][]string) []string {
	var best []string
	for _, stems := range sets {
		if best == nil || shortest(stems) > shortest(best) {
			best = stems
		}
	}
	return best
}

func shortest(stems []string) int {
	n := len(stems[0])
	for _, stem := range stems {
		n = min(n, len(stem))
	}
	return n
}
