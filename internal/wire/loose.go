package wire

import (
	"fmt"
	"strings"
)

// loose is a member that means nothing to the protocol, in an object that keeps
// those. The name is valid until the decoder is released.
type loose struct {
	group       *group
	name, value []byte
}

// mostLoose is how many such members a message may have: each costs more here
// than on the wire.
const mostLoose = 1000

func (d *decoder) set(l loose) {
	if len(d.loose) == mostLoose {
		d.note(l.group.refuse(fmt.Sprintf("%s has more than %d members that are not part of the protocol; send fewer",
			strings.TrimSuffix(l.group.path, "."), mostLoose)))
		return
	}
	d.loose = append(d.loose, l)
}

// handOver gives each object of the message its loose members. However many
// there are, all names lie in one string and all members in one array.
func (d *decoder) handOver() {
	if len(d.loose) == 0 {
		return
	}
	names := d.looseNames()
	all := make([]Member, 0, len(d.loose))
	for i := range d.loose {
		g := d.loose[i].group
		if g == nil {
			continue // handed over
		}
		from, at := len(all), 0
		for j := range d.loose {
			l := &d.loose[j]
			if l.group == g {
				all = append(all, Member{Name: names[at : at+len(l.name)], Value: l.value})
				l.group = nil
			}
			at += len(l.name)
		}
		*g.rest(&d.msg) = all[from:len(all):len(all)]
	}
}

// looseNames returns the names of all loose members, one behind the other.
func (d *decoder) looseNames() string {
	var b strings.Builder
	size := 0
	for i := range d.loose {
		size += len(d.loose[i].name)
	}
	b.Grow(size)
	for i := range d.loose {
		b.Write(d.loose[i].name)
	}
	return b.String()
}
