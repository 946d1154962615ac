package app

import (
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/sinks"
)

// eventOf is a record that is brought to a sink as an event of OCSF, as exports have it.
func eventOf(e sinks.Entry, origin string) ([]byte, error) {
	r := proof.Record{Seq: e.Seq, Leaf: e.Leaf, Fields: make([]proof.Field, len(e.Fields))}
	for i, f := range e.Fields {
		r.Fields[i] = proof.Field{Name: f.Name, Value: f.Value}
	}
	return search.Event(r, origin, Version)
}
