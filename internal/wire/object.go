package wire

import (
	"errors"
	"fmt"
)

// Member is one member of an object: its name unescaped, its value exactly as
// sent.
type Member struct {
	Name  string
	Value []byte
}

// mostMembers is how many members Members hands out.
const mostMembers = 4096

// scanned bounds the depth of a text that has been decoded, as whatever decoded it
// does more narrowly.
const scanned = 128

// MembersOf is Members for an object within a message or reply that has been
// decoded, and whose size and depth were bounded then.
func MembersOf(text []byte) ([]Member, error) {
	return Members(text, Limits{MaxBytes: len(text), MaxDepth: scanned})
}

// Members returns the members of the one JSON object that is text, in their
// order; values are ranges of text. It refuses what is not strict JSON at any
// depth, as Decode does, and an object of more than 4,096 members.
func Members(text []byte, limits Limits) ([]Member, error) {
	if len(text) > limits.MaxBytes {
		return nil, fmt.Errorf("the object is larger than %d bytes", limits.MaxBytes)
	}
	d := decoders.Get().(*decoder)
	defer d.release()
	d.src, d.depth = text[:len(text):len(text)], limits.MaxDepth
	d.begin()
	if d.why == "" && d.peek() != '{' {
		return nil, errors.New("it is not a JSON object")
	}
	g := &group{rest: func(m *Message) *[]Member { return &m.Params.Others }}
	count := 0
	for first := d.open(); d.member(first); count++ {
		name := d.name()
		value := d.raw()
		if count < mostMembers {
			d.loose = append(d.loose, loose{group: g, name: name, value: value})
		}
	}
	d.end()
	switch {
	case d.why != "":
		return nil, notStrict(d.why, d.where)
	case count > mostMembers:
		return nil, fmt.Errorf("the object has %d members; at most %d are read", count, mostMembers)
	}
	d.handOver()
	return d.msg.Params.Others, nil
}

func notStrict(why string, where int) error {
	return fmt.Errorf("it is not strict JSON: %s (byte %d)", why, where)
}

// Value returns the value of the member with that name, or nil.
func Value(members []Member, name string) []byte {
	for i := range members {
		if members[i].Name == name {
			return members[i].Value
		}
	}
	return nil
}

// Text returns the characters of a value of a Member if that is a string.
func Text(value []byte) (string, bool) {
	s := scanner{src: value}
	if s.peek() != '"' {
		return "", false
	}
	text := string(s.unquoted())
	return text, s.why == "" && s.at == len(value)
}

// Texts returns the strings of a value of a Member if that is an array of strings.
func Texts(value []byte) (texts []string, ok bool) {
	s := scanner{src: value, depth: 1}
	if s.peek() != '[' {
		return nil, false
	}
	texts = []string{}
	s.descend()
	for first := true; s.item(first); first = false {
		if s.peek() != '"' {
			return nil, false
		}
		texts = append(texts, string(s.unquoted()))
	}
	if s.why != "" || s.at != len(value) {
		return nil, false
	}
	return texts, true
}

// AppendMember appends m to an object that dst ends within. It puts a comma in
// front, unless dst is empty or ends with "{" or ",": no value ends so, and
// members without their braces may therefore be collected in a slice of their
// own.
func AppendMember(dst []byte, m Member) []byte {
	dst = AppendString(appendComma(dst), m.Name)
	dst = append(dst, ':')
	return append(dst, m.Value...)
}

func appendComma(dst []byte) []byte {
	if n := len(dst); n == 0 || dst[n-1] == '{' || dst[n-1] == ',' {
		return dst
	}
	return append(dst, ',')
}
