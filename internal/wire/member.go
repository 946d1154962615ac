package wire

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/bits"
	"slices"
)

// member is a name in an open object.
type member struct {
	name []byte // unescaped: "a" and "\u0061" are the same name
	at   int
}

// open enters the object that the scanner stands at and returns the mark that
// member wants.
func (s *scanner) open() (first int) {
	s.descend()
	return len(s.names)
}

// member goes to the value of the next member, whose name is then s.name(), and
// reports whether there is one. The caller reads the value before it asks
// again. At the end of the object it checks that no name came twice.
func (s *scanner) member(first int) bool {
	s.space()
	switch c := s.peek(); {
	case s.why != "":
		return false
	case c == '}':
		s.ascend()
		s.unique(s.names[first:])
		s.names = s.names[:first]
		return false
	case len(s.names) > first:
		if c != ',' {
			s.expected("a comma or the end of the object")
			return false
		}
		s.at++
		s.space()
	}
	return s.memberName()
}

func (s *scanner) memberName() bool {
	at := s.at
	if s.peek() != '"' {
		s.expected("a member name in quotes")
		return false
	}
	s.names = append(s.names, member{name: s.unquoted(), at: at})
	s.space()
	if s.peek() != ':' {
		s.expected("a colon")
		return false
	}
	s.at++
	s.space()
	return s.why == ""
}

// name returns the name of the member that the scanner stands at.
func (s *scanner) name() []byte { return s.names[len(s.names)-1].name }

// few is how many names are compared each with each before hashing is cheaper.
const few = 8

// unique refuses a name that occurs twice. Its work is linear in the size of
// the names, also for names made to collide: the seed is ours.
func (s *scanner) unique(names []member) {
	if len(names) > few {
		s.uniqueByHash(names)
		return
	}
	for i := range names {
		for _, earlier := range names[:i] {
			if bytes.Equal(names[i].name, earlier.name) {
				s.failDuplicate(names[i])
				return
			}
		}
	}
}

var seed = maphash.MakeSeed()

func (s *scanner) uniqueByHash(names []member) {
	size := 1 << bits.Len(uint(2*len(names)))
	s.slots = slices.Grow(s.slots[:0], size)[:size]
	clear(s.slots)
	mask := uint64(len(s.slots)) - 1
	for i, m := range names {
		slot := maphash.Bytes(seed, m.name) & mask
		for ; s.slots[slot] != 0; slot = (slot + 1) & mask {
			if bytes.Equal(names[s.slots[slot]-1].name, m.name) {
				s.failDuplicate(m)
				return
			}
		}
		s.slots[slot] = uint32(i + 1)
	}
}

func (s *scanner) failDuplicate(m member) {
	s.fail(m.at, fmt.Sprintf("the member name %.40q occurs twice in one object; send it once", m.name))
}
