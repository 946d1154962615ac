package tools

import (
	"errors"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// edge leads from a schema to one that it applies.
type edge struct {
	to      *jsonschema.Schema
	inPlace bool // to the same value
	denied  bool // where it matches, its schema does not, or that decides which other one applies
}

// edges returns what a schema applies.
func edges(s *jsonschema.Schema) []edge {
	var all []edge
	add := func(like edge, subs ...*jsonschema.Schema) {
		for _, sub := range subs {
			if sub != nil {
				all = append(all, edge{sub, like.inPlace, like.denied})
			}
		}
	}
	same, below := edge{inPlace: true}, edge{}
	add(edge{inPlace: true, denied: true}, s.Not, s.If)
	add(same, s.Ref, s.Then, s.Else)
	add(same, s.AllOf...)
	add(same, s.AnyOf...)
	add(same, s.OneOf...)
	for _, sub := range s.DependentSchemas {
		add(same, sub)
	}
	for _, sub := range s.Dependencies {
		add(same, schemas(sub)...)
	}
	for _, sub := range s.Properties {
		add(below, sub)
	}
	for _, sub := range s.PatternProperties {
		add(below, sub)
	}
	add(below, s.PropertyNames, s.UnevaluatedProperties, s.Contains, s.Items2020, s.UnevaluatedItems)
	add(below, s.PrefixItems...)
	for _, sub := range []any{s.AdditionalProperties, s.Items, s.AdditionalItems} {
		add(below, schemas(sub)...)
	}
	return all
}

// schemas returns the schemas in a field that may hold other things.
func schemas(v any) []*jsonschema.Schema {
	switch v := v.(type) {
	case *jsonschema.Schema:
		return []*jsonschema.Schema{v}
	case []*jsonschema.Schema:
		return v
	}
	return nil
}

// graph is a schema and all that it applies, directly or not.
type graph struct {
	all     map[*jsonschema.Schema][]edge
	lengths map[*jsonschema.Schema]int // of the longest way that stays at one value; -1 while it is being measured
	weights map[*jsonschema.Schema]int
	denied  map[*jsonschema.Schema]bool // looked at where it is denied
}

// examine goes through a schema. It refuses what cannot be checked at all: a
// schema that applies itself to the same value, $dynamicRef, whose target changes
// on the way, and patterns that we do not match where matching too much would
// refuse. Formats and content become annotations.
func examine(root *jsonschema.Schema) (*graph, error) {
	g := &graph{map[*jsonschema.Schema][]edge{}, map[*jsonschema.Schema]int{}, map[*jsonschema.Schema]int{}, map[*jsonschema.Schema]bool{}}
	if err := g.collect(root); err != nil {
		return nil, err
	}
	for s := range g.all {
		if _, err := g.length(s); err != nil {
			return nil, err
		}
		if err := g.checkPatterns(s); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// inPlace returns what each schema applies to the same value.
func (g *graph) inPlace() map[*jsonschema.Schema][]*jsonschema.Schema {
	applied := map[*jsonschema.Schema][]*jsonschema.Schema{}
	for s, edges := range g.all {
		for _, e := range edges {
			if e.inPlace {
				applied[s] = append(applied[s], e.to)
			}
		}
	}
	return applied
}

func (g *graph) collect(root *jsonschema.Schema) error {
	for queue := []*jsonschema.Schema{root}; len(queue) > 0; {
		s := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if _, seen := g.all[s]; seen {
			continue
		}
		if len(g.all) == maxSubschemas {
			return fmt.Errorf("it has more than %d subschemas", maxSubschemas)
		}
		if s.DynamicRef != nil || s.RecursiveRef != nil {
			return errors.New("it uses $dynamicRef or $recursiveRef; use $ref")
		}
		s.Format, s.ContentEncoding, s.ContentMediaType, s.ContentSchema = nil, nil, nil, nil
		g.all[s] = edges(s)
		for _, e := range g.all[s] {
			queue = append(queue, e.to)
		}
	}
	return nil
}

func (g *graph) length(s *jsonschema.Schema) (int, error) {
	switch length, known := g.lengths[s]; {
	case known && length < 0:
		return 0, errors.New("a $ref leads back to itself without going deeper into the arguments")
	case known:
		return length, nil
	}
	g.lengths[s] = -1
	longest := 0
	for _, e := range g.all[s] {
		if !e.inPlace {
			continue
		}
		length, err := g.length(e.to)
		if err != nil {
			return 0, err
		}
		longest = max(longest, length+1)
	}
	if longest > maxInPlace {
		return 0, fmt.Errorf("more than %d schemas within each other apply to one value", maxInPlace)
	}
	g.lengths[s] = longest
	return longest, nil
}

// checkPatterns refuses patterns that are not matched here where that turns
// around what they do.
func (g *graph) checkPatterns(s *jsonschema.Schema) error {
	for re := range s.PatternProperties {
		if !matched(re) {
			return fmt.Errorf("the pattern %.80q in patternProperties cannot be matched in linear time", re)
		}
	}
	for _, e := range g.all[s] {
		if e.denied {
			if err := g.denies(e.to); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *graph) denies(s *jsonschema.Schema) error {
	if g.denied[s] {
		return nil
	}
	g.denied[s] = true
	if s.Pattern != nil && !matched(s.Pattern) {
		return fmt.Errorf(`the pattern %.80q, which stands within "not" or "if", cannot be matched in linear time`, s.Pattern)
	}
	for _, e := range g.all[s] {
		if err := g.denies(e.to); err != nil {
			return err
		}
	}
	return nil
}

// weight is how many steps checking takes for each byte of a value at most, or
// unbounded.
func (g *graph) weight(s *jsonschema.Schema) int {
	if weight, known := g.weights[s]; known {
		return weight
	}
	g.weights[s] = unbounded // what leads back here while it is being weighed
	weight := heaviness(s)
	for _, e := range g.all[s] {
		weight = plus(weight, g.weight(e.to))
	}
	g.weights[s] = weight
	return weight
}
