package proof

import "gatehouse/internal/tenants"

// Field is one field of a record, open or closed.
type Field struct {
	Name  string
	Salt  Salt   // of an open field
	Value []byte // in canonical JSON; nil: the field is closed, withheld or erased, and only Hash is known
	Hash  Hash   // the commitment; of an open field what Commit returns
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
	all := make([]Commitment, len(r.Fields))
	for i, f := range r.Fields {
		all[i] = Commitment{f.Name, f.Hash}
		if f.Value != nil {
			all[i].Hash = Commit(f.Salt, f.Name, f.Value)
		}
	}
	entry, err := Entry(org, all)
	if err != nil {
		return Hash{}, err
	}
	return Leaf(entry), nil
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
