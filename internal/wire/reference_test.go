package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// node is a JSON value as encoding/json reads it, with all members of objects
// in their order: nothing is decided yet about those that come twice.
type node struct {
	scalar  any // string, json.Number, bool or nil
	object  bool
	members []named
	items   []node
	raw     []byte // of an object
}

type named struct {
	name  string
	value node
}

func parse(text []byte) (node, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	n, err := parseValue(d, text)
	if err != nil {
		return node{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("more than one value")
	}
	return n, nil
}

func parseValue(d *json.Decoder, text []byte) (node, error) {
	token, err := d.Token()
	if err != nil {
		return node{}, fmt.Errorf("read token: %w", err)
	}
	start := d.InputOffset() - 1
	n := node{scalar: token, object: token == json.Delim('{')}
	if n.object || token == json.Delim('[') {
		n.scalar = nil
		for d.More() {
			var m named
			if n.object {
				name, err := d.Token()
				if err != nil {
					return node{}, fmt.Errorf("read name: %w", err)
				}
				m.name = name.(string)
			}
			if m.value, err = parseValue(d, text); err != nil {
				return node{}, err
			}
			n.members = append(n.members, m)
			n.items = append(n.items, m.value)
		}
		if _, err := d.Token(); err != nil {
			return node{}, fmt.Errorf("read end: %w", err)
		}
		n.raw = text[start:d.InputOffset()]
	}
	return n, nil
}

// depth returns how many objects and arrays lie within each other.
func (n node) depth() int {
	if n.raw == nil {
		return 0
	}
	deepest := 0
	for _, item := range n.items {
		deepest = max(deepest, item.depth())
	}
	return deepest + 1
}

// unique reports whether no object in n has a name twice.
func (n node) unique() bool {
	seen := map[string]bool{}
	for _, m := range n.members {
		if n.object && seen[m.name] {
			return false
		}
		seen[m.name] = true
		if !m.value.unique() {
			return false
		}
	}
	return true
}

// reading is one way in which a parser may understand objects.
type reading struct {
	name string
	same func(a, b string) bool
	last bool
}

var readings = []reading{
	{"first wins", func(a, b string) bool { return a == b }, false},
	{"last wins", func(a, b string) bool { return a == b }, true},
	{"first wins, case ignored", strings.EqualFold, false},
	{"last wins, case ignored", strings.EqualFold, true},
}

// get follows path through objects, as this reading understands them.
func (r reading) get(n node, path ...string) (node, bool) {
	for _, name := range path {
		var next *node
		for i := range n.members {
			if n.object && r.same(n.members[i].name, name) && (next == nil || r.last) {
				next = &n.members[i].value
			}
		}
		if next == nil {
			return node{}, false
		}
		n = *next
	}
	return n, true
}

// text is get for a string; an absent one is empty.
func (r reading) text(n node, path ...string) string {
	found, _ := r.get(n, path...)
	s, _ := found.scalar.(string)
	return s
}

// raw is get for the bytes of an object.
func (r reading) raw(n node, path ...string) []byte {
	found, _ := r.get(n, path...)
	return found.raw
}

// strict reports whether text keeps the rules that encoding/json does not know:
// UTF-8 and surrogates in pairs.
func strict(text []byte) bool {
	if !utf8.Valid(text) {
		return false
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if text[i] != 'u' {
			continue
		}
		unit := codeUnit(text[i+1:])
		i += 4
		if utf16.IsSurrogate(unit) {
			if !bytes.HasPrefix(text[i+1:], []byte(`\u`)) || utf16.DecodeRune(unit, codeUnit(text[i+3:])) == utf8.RuneError {
				return false
			}
			i += 6
		}
	}
	return true
}

func codeUnit(hex []byte) (unit rune) {
	if _, err := fmt.Sscanf(string(hex[:4]), "%04x", &unit); err != nil {
		return 0
	}
	return unit
}
