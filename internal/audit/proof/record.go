package proof

import "gatehouse/internal/tenants"

// Field is one field of a record, open or closed.
type Field struct {
	Name  string
	Salt  Salt   // of an open field
	Value []byte // in canonical JSON; nil: the field is closed, withheld or erased, and only Hash is known
	Hash  Hash   // the commitment; of an open field it may be zero: Closed tells it
}

// Closed returns the field without what is told of it but its commitment.
func (f Field) Closed() Field {
	if f.Value != nil && f.Hash == (Hash{}) {
		f.Hash = Commit(f.Salt, f.Name, f.Value)
	}
	return Field{Name: f.Name, Hash: f.Hash}
}

// Record is a record of a log, as much of it as is known.
type Record struct {
	Seq    int64
	Leaf   Hash    // as the tree has it
	Fields []Field // ascending by name
}

// Recomputed returns the leaf that follows from the record's fields: of those that are
// open from salt and value, whatever their Hash says, and of others from Hash. Fields
// that make no entry are Invalid. Whoever believes the record compares it with Leaf.
func (r Record) Recomputed(org tenants.ID) (Hash, error) {
	var few [48]Commitment
	all := few[:0]
	for _, f := range r.Fields {
		c := Commitment{f.Name, f.Hash}
		if f.Value != nil {
			c.Hash = Commit(f.Salt, f.Name, f.Value)
		}
		all = append(all, c)
	}
	return LeafOf(org, all)
}

// Field returns a field, or one without a name if the record has none of that name.
func (r Record) Field(name string) Field {
	for _, f := range r.Fields {
		if f.Name == name {
			return f
		}
	}
	return Field{}
}
