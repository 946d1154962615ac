package seed

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// decoder fills Go values from a tree and complains about all that does not fit.
type decoder struct {
	complaints
	blamed map[place]bool // places of complaints, and places they explain
}

// blame complains about a node.
func (d *decoder) blame(n *yaml.Node, at place, text string, args ...any) {
	d.addLine(max(n.Line, 1), at, text, args...)
	d.blamed[at] = true
}

// explains reports whether a complaint about a place would repeat one about it
// or about what it is part of.
func (d *decoder) explains(at place) bool {
	for {
		if d.blamed[at] {
			return true
		}
		end := strings.LastIndexAny(string(at), ".[")
		if end < 0 {
			return false
		}
		at = at[:end]
	}
}

func (d *decoder) document(root *yaml.Node, doc *Document) {
	if root.Kind != yaml.MappingNode {
		d.blame(root, "", "begins with %s; write tenants: and a list below it", kindOf(root))
		return
	}
	d.value(root, "", reflect.ValueOf(doc).Elem())
}

// value fills one value. An empty one, which YAML calls null, leaves it alone.
func (d *decoder) value(n *yaml.Node, at place, into reflect.Value) {
	switch {
	case n.Kind == yaml.AliasNode:
		d.blame(n, at, "is an alias, which seeds do not have; write it out")
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
	case into.Kind() == reflect.Slice:
		d.list(n, at, into)
	case into.Kind() == reflect.Struct && into.Type() != reflect.TypeFor[time.Time]():
		d.mapping(n, at, into)
	default:
		d.scalar(n, at, into)
	}
}

func (d *decoder) list(n *yaml.Node, at place, into reflect.Value) {
	if n.Kind != yaml.SequenceNode || n.ShortTag() != "!!seq" {
		d.blame(n, at, "is %s; write a list, each entry after a dash", kindOf(n))
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content)))
	for i, entry := range n.Content {
		if entry.Kind == yaml.ScalarNode && entry.ShortTag() == "!!null" {
			d.blame(entry, at.at(i), "is empty; remove the dash or say something after it")
			continue
		}
		d.value(entry, at.at(i), into.Index(i))
	}
}

func (d *decoder) mapping(n *yaml.Node, at place, into reflect.Value) {
	if n.Kind != yaml.MappingNode || n.ShortTag() != "!!map" {
		d.blame(n, at, "is %s; write keys and values", kindOf(n))
		return
	}
	known := keys(into.Type())
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		member := at.field(printed(key.Value))
		field := slices.Index(known, key.Value)
		switch {
		case key.Kind != yaml.ScalarNode:
			d.addLine(max(key.Line, 1), at, "has a key that is %s; keys are words", kindOf(key))
		case field < 0:
			if meant := d.unknown(key, at, known); meant != "" && !has(n, meant) {
				d.blamed[at.field(meant)] = true
			}
		case seen[key.Value] > 0:
			d.blame(key, member, "is there twice, first in line %d; remove one", seen[key.Value])
		default:
			seen[key.Value] = max(key.Line, 1)
			d.value(value, member, into.Field(field))
		}
	}
}

func has(n *yaml.Node, key string) bool {
	_, value := child(n, key)
	return value != nil
}

// unknown refuses a key and returns what was probably meant, if that is clear.
func (d *decoder) unknown(key *yaml.Node, at place, known []string) string {
	member := at.field(printed(key.Value))
	if key.Value == "<<" {
		d.blame(key, member, "merges another mapping, which seeds do not do; write it out")
		return ""
	}
	meant, far := nearest(key.Value, known)
	if far > max(2, len(key.Value)/2) {
		d.blame(key, member, "is unknown; the keys here are %s", strings.Join(known, ", "))
		return ""
	}
	d.blame(key, member, "is unknown; did you mean %s?", meant)
	return meant
}

// keys are the YAML names of a struct's fields, in their order.
func keys(t reflect.Type) []string {
	out := make([]string, t.NumField())
	for i := range out {
		out[i], _, _ = strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
	}
	return out
}

// plain are the tags of scalars whose text may stand in a string: a password of
// digits needs no quotes.
var plain = []string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp"}

func (d *decoder) scalar(n *yaml.Node, at place, into reflect.Value) {
	if n.Kind != yaml.ScalarNode || !slices.Contains(plain, n.ShortTag()) {
		d.blame(n, at, "is %s; write one value", kindOf(n))
		return
	}
	switch target := into.Addr().Interface().(type) {
	case *string:
		*target = n.Value
	case *bool:
		if n.ShortTag() != "!!bool" || n.Decode(target) != nil {
			d.blame(n, at, "%s is neither true nor false", printed(n.Value))
		}
	case *int:
		if n.ShortTag() != "!!int" || n.Decode(target) != nil {
			d.blame(n, at, "%s is not a whole number", printed(n.Value))
		}
	case *time.Duration:
		length, err := time.ParseDuration(n.Value)
		if err != nil {
			d.blame(n, at, "%s is not a duration; give one such as 30m or 1h30m", printed(n.Value))
		}
		*target = length
	case *time.Time:
		moment, err := parseTime(n.Value)
		if err != nil {
			d.blame(n, at, "%s is not a time; give one such as 2026-03-02T09:00:00Z", printed(n.Value))
		}
		*target = moment
	}
}

// parseTime reads a time with its zone (RFC 3339), or a day, which begins at
// midnight UTC.
func parseTime(text string) (time.Time, error) {
	if moment, err := time.Parse(time.DateOnly, text); err == nil {
		return moment, nil
	}
	return time.Parse(time.RFC3339, text)
}

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.AliasNode:
		return "an alias"
	case n.ShortTag() == "!!null":
		return "empty"
	case !slices.Contains(plain, n.ShortTag()):
		return "a value with the tag " + printed(n.Tag)
	default:
		return "one value"
	}
}

var word = regexp.MustCompile(`^[A-Za-z0-9_.:+-]{1,64}$`)

// printed is outside text that can stand in a complaint.
func printed(text string) string {
	if word.MatchString(text) {
		return text
	}
	if runes := []rune(text); len(runes) > 64 {
		text = string(runes[:64]) + "…"
	}
	return strconv.Quote(text)
}
