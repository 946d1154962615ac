package wire

import (
	"bytes"
	"fmt"
)

// group is the known members of one kind of object.
type group struct {
	path   string // put before a member's name in an objection
	refuse func(message string) *Error
	fields []field
	others func(d *decoder, g *group) // decides about a name that is not known
	rest   func(*Message) *[]Member   // where the members go that are not known; nil: nowhere
}

type field struct {
	name []byte
	read func(d *decoder, w place)
}

func known(name string, read func(*decoder, place)) field {
	return field{name: []byte(name), read: read}
}

// place is where a value stands, for objections to it.
type place struct {
	group *group
	name  []byte
}

// note keeps the first objection.
func (d *decoder) note(e *Error) {
	if d.objection == nil {
		d.objection = e
	}
}

func (d *decoder) refuse(w place, must string) {
	d.note(w.group.refuse(w.group.path + string(w.name) + " must be " + must))
}

// walk reads the object that the scanner stands at, each known member by its
// field.
func (d *decoder) walk(g *group) {
	for first := d.open(); d.member(first); {
		if f := g.find(d.name()); f != nil {
			f.read(d, place{group: g, name: f.name})
			continue
		}
		g.others(d, g)
		if g.rest == nil {
			d.value()
			continue
		}
		name := d.name()
		d.set(loose{group: g, name: name, value: d.raw()})
	}
}

func (g *group) find(name []byte) *field {
	for i := range g.fields {
		if bytes.Equal(name, g.fields[i].name) {
			return &g.fields[i]
		}
	}
	return nil
}

// variants lets unknown names pass, except one that a parser which ignores case
// would take for a known one. Case is that of Unicode's simple folding: Go's
// own parser reads "paramſ" as "params".
func variants(d *decoder, g *group) {
	name := d.name()
	for _, f := range g.fields {
		if bytes.EqualFold(name, f.name) {
			d.note(g.refuse(fmt.Sprintf("member %.64q differs from %q by case only; write it %q", g.path+string(name), f.name, f.name)))
		}
	}
}

// nothing refuses unknown names.
func nothing(d *decoder, g *group) {
	variants(d, g)
	d.note(g.refuse(fmt.Sprintf("member %.64q is not part of a JSON-RPC message; leave it out", g.path+string(d.name()))))
}

// text reads a string into what into returns.
func text(into func(*Message) *string) func(*decoder, place) {
	return func(d *decoder, w place) {
		if d.peek() != '"' {
			d.refuse(w, "a string")
			d.value()
			return
		}
		*into(&d.msg) = intern(d.unquoted())
	}
}

// boolean reads true or false.
func boolean(into func(*Message) *bool) func(*decoder, place) {
	return func(d *decoder, w place) {
		switch d.peek() {
		case 't':
			*into(&d.msg) = true
		case 'f':
		default:
			d.refuse(w, "true or false")
		}
		d.value()
	}
}

// mostTexts is how many strings a list may have.
const mostTexts = 1000

// texts reads an array of strings.
func texts(into func(*Message) *[]string) func(*decoder, place) {
	return func(d *decoder, w place) {
		if d.peek() != '[' {
			d.refuse(w, "an array of strings")
			d.value()
			return
		}
		list := into(&d.msg)
		d.descend()
		for first := true; d.item(first); first = false {
			switch {
			case d.peek() != '"':
				d.refuse(w, "an array of strings")
				d.value()
			case len(*list) == mostTexts:
				d.refuse(w, fmt.Sprintf("an array of at most %d strings", mostTexts))
				d.value()
			default:
				*list = append(*list, string(d.unquoted()))
			}
		}
	}
}

// object keeps an object as it is.
func object(into func(*Message) *[]byte) func(*decoder, place) {
	return func(d *decoder, w place) {
		if d.peek() != '{' {
			d.refuse(w, "an object")
			d.value()
			return
		}
		*into(&d.msg) = d.raw()
	}
}

// members reads an object by the fields of g.
func members(g *group) func(*decoder, place) {
	return func(d *decoder, w place) { d.members(w, g) }
}

// membersAndAll is members that also keeps the object as it is.
func membersAndAll(g *group, into func(*Message) *[]byte) func(*decoder, place) {
	return func(d *decoder, w place) { *into(&d.msg) = d.members(w, g) }
}

// members returns the bytes of the object it read, nil if it was something else.
func (d *decoder) members(w place, g *group) []byte {
	if d.peek() != '{' {
		d.refuse(w, "an object")
		d.value()
		return nil
	}
	from := d.at
	d.walk(g)
	return d.src[from:d.at:d.at]
}
