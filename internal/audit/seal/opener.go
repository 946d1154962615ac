package seal

import (
	"errors"
	"fmt"
	"iter"
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

// appendLabel appends what a part of a row is encrypted for, besides its kind: it is no
// use in another row, nor with another number.
func appendLabel(dst []byte, row Row) []byte {
	return strconv.AppendInt(append(appendGUID(dst, row.ID[:]), '/'), row.Seq, 10)
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
// the two: whoever is to believe the record asks it for its leaf. Of open fields there
// are the salts, and no commitments, which follow. Of a row that is not as it was stored,
// or of whose person the key is gone and the commitments are not there, the error has
// ErrUnreadable in its chain.
func (o *Opener) Open(row Row, leaf proof.Hash) (proof.Record, error) { return o.open(row, leaf, true) }

// Values is Open without salts, for whoever wants to know what the row says and believes
// it, which costs a third.
func (o *Opener) Values(row Row, leaf proof.Hash) (proof.Record, error) {
	return o.open(row, leaf, false)
}

func (o *Opener) open(row Row, leaf proof.Hash, salts salting) (proof.Record, error) {
	r, p := proof.Record{Seq: row.Seq, Leaf: leaf}, borrow()
	defer p.give()
	ends, err := o.parts(p, row, salts)
	if err == nil {
		r.Fields = p.record(ends)
	}
	return r, err
}

// parts reads the fields of nobody, of the actor and of the subject, and returns where
// those of each end.
func (o *Opener) parts(p *packer, row Row, salts salting) (ends [3]int, err error) {
	p.label = appendLabel(p.label[:0], row)
	for i, of := range [...]struct {
		person int32
		kind   string
		packed []byte
	}{{0, ownLabel, row.Own}, {row.Person, personalLabel, row.Personal}, {row.Subject, concerningLabel, row.Concerning}} {
		if i == 0 || of.packed != nil {
			err = o.part(p, row.Seq, of.person, of.kind, of.packed, salts)
		}
		if err != nil {
			return ends, fmt.Errorf("open record %d of organization %s: %w", row.Seq, o.key.Org(), err)
		}
		ends[i] = len(p.fields)
	}
	return ends, nil
}

func (o *Opener) part(p *packer, seq int64, person int32, kind string, encrypted []byte, salts salting) error {
	key, err := o.key.Log(seq)
	if kind != ownLabel {
		key, err = o.person(person)
	}
	if err != nil {
		return err
	}
	if p.packed, err = key.AppendDecrypt(p.packed[:0], kind, p.label, encrypted); err == nil {
		err = p.unpack(o.key.Org(), p.packed, salts)
	}
	return unreadable(err)
}

// ErrUnreadable is in the chain of why a row says nothing: it is not as it was stored, or
// what would open it is not. Nobody else's row is any worse for it.
var ErrUnreadable = errors.New("the row cannot be read any more")

func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnreadable, err)
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
		if fault.KindOf(err) == fault.NotFound {
			err = unreadable(err)
		}
		return nil, err
	}
	if len(p.Key) == 0 {
		return nil, unreadable(fault.Newf(fault.Internal, "the key of person %d is destroyed, and the row still needs it", number))
	}
	key, err := o.key.OpenDataKey(personLabel(number), p.Key)
	if err != nil {
		return nil, unreadable(err)
	}
	o.keep(number, key)
	return key, nil
}

// Strangers returns the numbers of the people whose keys rows need, and whom the Opener
// has not met.
func (o *Opener) Strangers(rows iter.Seq[Row]) (numbers []int32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for row := range rows {
		for _, of := range [...]struct {
			person int32
			packed []byte
		}{{row.Person, row.Personal}, {row.Subject, row.Concerning}} {
			if _, met := o.keys[of.person]; !met && of.packed != nil && !slices.Contains(numbers, of.person) {
				numbers = append(numbers, of.person)
			}
		}
	}
	return numbers
}

// Meet takes note of people before rows need them: what is found out together costs one
// question. Of whoever cannot be met so, the row that needs them tells.
func (o *Opener) Meet(people []Person) {
	for _, p := range people {
		if key, err := o.key.OpenDataKey(personLabel(p.Number), p.Key); err == nil && len(p.Key) > 0 {
			o.mu.Lock()
			o.keep(p.Number, key)
			o.mu.Unlock()
		}
	}
}

// keep keeps a key. The lock is held.
func (o *Opener) keep(number int32, key *secrets.DataKey) {
	if len(o.keys) >= mostKeys {
		clear(o.keys)
	}
	o.keys[number] = key
}

// Erase returns a row without the values of the fields that are to go, and without
// what their salts could be derived from: nobody can tell any more what they were, and
// the record has the leaf that it had. Before a person's key is destroyed, their
// fields are erased from every row.
func (o *Opener) Erase(row Row, gone func(name string, of audit.Owner) bool) (Row, error) {
	p := borrow()
	defer p.give()
	ends, err := o.parts(p, row, true)
	if err != nil {
		return row, err
	}
	own := p.taken(0, ends[0])
	erase(own, gone, audit.Nobody)
	for i, blob := range []*[]byte{&row.Personal, &row.Concerning} {
		part := p.taken(ends[i], ends[i+1])
		if *blob == nil || !erase(part, gone, audit.Owner(i+1)) {
			continue
		}
		if !slices.ContainsFunc(part, func(f proof.Field) bool { return f.Value != nil }) {
			own, *blob = append(own, part...), nil // all that is left belongs to nobody
			continue
		}
		number, kind := row.Person, personalLabel
		if i == 1 {
			number, kind = row.Subject, concerningLabel
		}
		key, err := o.person(number)
		if err != nil {
			return row, err
		}
		if *blob, err = key.AppendEncrypt(nil, kind, p.label, p.packExplicitly(o.key.Org(), part)); err != nil {
			return row, err
		}
	}
	slices.SortFunc(own, func(a, b proof.Field) int { return strings.Compare(a.Name, b.Name) })
	log, err := o.key.Log(row.Seq)
	if err != nil {
		return row, err
	}
	row.Own, err = log.AppendEncrypt(nil, ownLabel, p.label, p.packExplicitly(o.key.Org(), own))
	return row, err
}

// erase closes fields in place, and reports whether there was one to close.
func erase(fields []proof.Field, gone func(name string, of audit.Owner) bool, of audit.Owner) (any bool) {
	for i, f := range fields {
		if f.Value != nil && gone(f.Name, of) {
			fields[i], any = f.Closed(), true
		}
	}
	return any
}
