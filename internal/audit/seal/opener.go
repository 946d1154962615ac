package seal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
)

// What the parts of a record are encrypted for, each with the record's id and number.
const (
	ownLabel        = "audit record"
	personalLabel   = "audit record, of the actor"
	concerningLabel = "audit record, of the subject"
)

// labelOf is what a part of a row is encrypted for: it is no use in another row, nor
// with another number.
func labelOf(kind string, row Row) secrets.Label {
	return secrets.Label{Kind: kind, ID: row.ID.String() + "/" + strconv.FormatInt(row.Seq, 10)}
}

// personLabel is what a person's key is encrypted for.
func personLabel(number int32) secrets.Label {
	return secrets.Label{Kind: "audit person", ID: strconv.Itoa(int(number))}
}

// Opener reads what rows say. It is the only way to that. It is safe for concurrent use.
type Opener struct {
	key    *secrets.OrgKey
	people func(number int32) (Person, error)

	mu   sync.Mutex
	keys map[int32]*secrets.DataKey
}

// mostKeys bounds the keys of persons that an Opener keeps.
const mostKeys = 10_000

// NewOpener returns what opens an organization's log. It asks for a person when it
// comes to the first row that needs their key.
func NewOpener(key *secrets.OrgKey, people func(number int32) (Person, error)) *Opener {
	return &Opener{key: key, people: people, keys: map[int32]*secrets.DataKey{}}
}

// Open returns a row as a record, with the leaf that the tree has. It does not compare
// the two: whoever is to believe the record asks it for its leaf. A row that is not as
// it was stored, or of whose person the key is gone and the commitments are not there,
// is Internal.
func (o *Opener) Open(row Row, leaf proof.Hash) (proof.Record, error) {
	r := proof.Record{Seq: row.Seq, Leaf: leaf}
	parts, err := o.parts(row)
	if err != nil {
		return r, err
	}
	r.Fields = slices.Concat(parts[:]...)
	slices.SortFunc(r.Fields, func(a, b proof.Field) int { return strings.Compare(a.Name, b.Name) })
	return r, nil
}

// parts returns the fields of nobody, of the actor and of the subject.
func (o *Opener) parts(row Row) (parts [3][]proof.Field, err error) {
	log, err := o.key.Log(row.Seq)
	if err == nil {
		parts[0], err = o.part(log, labelOf(ownLabel, row), row.Own)
	}
	if err != nil {
		return parts, fmt.Errorf("open record %d: %w", row.Seq, err)
	}
	for i, of := range []struct {
		person int32
		kind   string
		packed []byte
	}{{row.Person, personalLabel, row.Personal}, {row.Subject, concerningLabel, row.Concerning}} {
		if of.packed == nil {
			continue
		}
		key, err := o.person(of.person)
		if err == nil {
			parts[i+1], err = o.part(key, labelOf(of.kind, row), of.packed)
		}
		if err != nil {
			return parts, fmt.Errorf("open record %d: %w", row.Seq, err)
		}
	}
	return parts, nil
}

func (o *Opener) part(key *secrets.DataKey, l secrets.Label, encrypted []byte) ([]proof.Field, error) {
	packed, err := key.Decrypt(l, encrypted)
	if err != nil {
		return nil, err
	}
	return unpack(o.key.Org(), packed)
}

// person returns the key of a person.
func (o *Opener) person(number int32) (*secrets.DataKey, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if key, there := o.keys[number]; there {
		return key, nil
	}
	p, err := o.people(number)
	if err != nil {
		return nil, err
	}
	if len(p.Key) == 0 {
		return nil, fault.Newf(fault.Internal, "the key of person %d is destroyed, and the row still needs it", number)
	}
	key, err := o.key.OpenDataKey(personLabel(number), p.Key)
	if err != nil {
		return nil, err
	}
	if len(o.keys) >= mostKeys {
		clear(o.keys)
	}
	o.keys[number] = key
	return key, nil
}

// Erase returns a row without the values of the fields that are to go, and without
// what their salts could be derived from: nobody can tell any more what they were, and
// the record has the leaf that it had. Before a person's key is destroyed, their
// fields are erased from every row.
func (o *Opener) Erase(row Row, gone func(name string, of audit.Owner) bool) (Row, error) {
	parts, err := o.parts(row)
	if err != nil {
		return row, err
	}
	own := parts[0]
	erase(own, gone, audit.Nobody)
	for i, blob := range []*[]byte{&row.Personal, &row.Concerning} {
		if *blob == nil || !erase(parts[i+1], gone, audit.Owner(i+1)) {
			continue
		}
		if !slices.ContainsFunc(parts[i+1], func(f proof.Field) bool { return f.Value != nil }) {
			own, *blob = append(own, parts[i+1]...), nil // all that is left belongs to nobody
			continue
		}
		key, label, err := o.keyOf(row, i)
		if err != nil {
			return row, err
		}
		if *blob, err = key.Encrypt(label, packExplicitly(o.key.Org(), parts[i+1])); err != nil {
			return row, err
		}
	}
	slices.SortFunc(own, func(a, b proof.Field) int { return strings.Compare(a.Name, b.Name) })
	log, err := o.key.Log(row.Seq)
	if err != nil {
		return row, err
	}
	row.Own, err = log.Encrypt(labelOf(ownLabel, row), packExplicitly(o.key.Org(), own))
	return row, err
}

func (o *Opener) keyOf(row Row, i int) (*secrets.DataKey, secrets.Label, error) {
	number, kind := row.Person, personalLabel
	if i == 1 {
		number, kind = row.Subject, concerningLabel
	}
	key, err := o.person(number)
	return key, labelOf(kind, row), err
}

// erase closes fields in place, and reports whether there was one to close.
func erase(fields []proof.Field, gone func(name string, of audit.Owner) bool, of audit.Owner) (any bool) {
	for i, f := range fields {
		if f.Value != nil && gone(f.Name, of) {
			fields[i], any = proof.Field{Name: f.Name, Hash: f.Hash}, true
		}
	}
	return any
}
