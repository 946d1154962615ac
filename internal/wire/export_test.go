package wire

import "errors"

// Scan checks one JSON text of any kind, as Decode does for messages.
func Scan(text []byte, depth int) error {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.src, d.depth = text, depth
	d.begin()
	d.value()
	d.end()
	if d.why != "" {
		return errors.New(d.why)
	}
	return nil
}

// ScanErrorAt returns where Scan objects to text.
func ScanErrorAt(text []byte, depth int) int {
	d := &decoder{}
	d.src, d.depth = text, depth
	d.begin()
	d.value()
	d.end()
	return d.where
}

// KnownNames returns the names of every group of members, with the path that
// stands before them in an objection.
func KnownNames() map[string][]string {
	names := map[string][]string{}
	for _, g := range []*group{&envelope, &params, &clientInfo, &ref, &argument, &notifications, &meta, &metaClientInfo} {
		for _, f := range g.fields {
			names[g.path] = append(names[g.path], string(f.name))
		}
	}
	return names
}

// Buffered returns how much memory r keeps for lines.
func (r *EventReader) Buffered() int { return cap(r.lines.buf) }
