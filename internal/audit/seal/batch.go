package seal

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/usage"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// Batch is what a transaction seals: the log as it is, and what was taken out of the
// outbox.
type Batch struct {
	Head   Head
	Tiles  []Tile // LastTiles
	Rows   []audit.Row
	TID    tenants.TID                                                    // the organization's
	People func(ctx context.Context, wanted []PersonID) ([]Person, error) // whom the log knows; of somebody whose key was damaged more than one
	Known  func(ctx context.Context, ids []audit.ID) ([]audit.ID, error)  // which of them the log has
	Keys   func(ctx context.Context) ([]LogKey, error)                    // that the log has had

	// Subtrees returns the hashes of subtrees of the log's tree, in the order asked for.
	Subtrees func(ctx context.Context, wanted []proof.Subtree) ([]proof.Hash, error)
}

// PersonID is who somebody is, at Entra.
type PersonID struct {
	TID tenants.TID
	OID tenants.GUID
}

// Sealed is what a transaction stores in place of a Batch. Without rows it stores
// nothing.
type Sealed struct {
	Rows   []Row
	People []Person // new ones
	Tiles  []Tile   // new ones, and those that have grown
	Keys   []LogKey // new ones
	Head   Head
	Usage  usage.Counts // what the rows come to
}

// batch is one being sealed.
type batch struct {
	Batch
	org  tenants.ID
	key  *secrets.OrgKey
	tree *tree
	at   time.Time
	met  map[PersonID]*known
	out  Sealed

	usage   usage.Tally
	damaged []int32 // people whose key cannot be opened

	committed []proof.Commitment // room for one record's
	stamp     []byte
	stamped   time.Time // what stamp says
}

// known is a person and their key.
type known struct {
	number int32
	key    *secrets.DataKey
}

// part is what a record says that belongs to somebody, or to nobody.
type part struct {
	owner  PersonID // zero: nobody
	fields []audit.Field
}

// sealedAlready says which of the waiting records the log has.
func (b *batch) sealedAlready(ctx context.Context) (map[audit.ID]bool, error) {
	ids := make([]audit.ID, len(b.Rows))
	for i, row := range b.Rows {
		ids[i] = row.ID
	}
	known, err := b.Known(ctx, ids)
	again := make(map[audit.ID]bool, len(known))
	for _, id := range known {
		again[id] = true
	}
	return again, err
}

// split divides a record's fields by whom they belong to. What is of a person who
// cannot be told from others belongs to nobody.
func (b *batch) split(fields []audit.Field) (parts [3]part) {
	actor := PersonID{tenants.TID{GUID: guidIn(fields, "actor_tid")}, guidIn(fields, "actor_oid")}
	subject := PersonID{b.TID, guidIn(fields, "subject_oid")}
	if !actor.OID.IsZero() {
		parts[1].owner = actor
	}
	if !subject.OID.IsZero() {
		parts[2].owner = subject
	}
	at, _ := slices.BinarySearchFunc(fields, SealedAt, func(f audit.Field, name string) int { return strings.Compare(f.Name, name) })
	all := slices.Insert(fields, at, audit.Field{Name: SealedAt, Value: b.sealedAt()})
	var of [proof.MaxFields]audit.Owner // strictly lets no record have more
	for i, f := range all {
		if o := audit.OwnerOf(f.Name); !parts[o].owner.OID.IsZero() {
			of[i] = o
		}
	}
	room := make([]audit.Field, 0, len(all))
	for owner := range parts {
		from := len(room)
		for i, f := range all {
			if of[i] == audit.Owner(owner) {
				room = append(room, f)
			}
		}
		parts[owner].fields = room[from:len(room):len(room)]
	}
	return parts
}

// sealedAt is what the batch's records say of when they were sealed.
func (b *batch) sealedAt() []byte {
	if len(b.stamp) == 0 || !b.stamped.Equal(b.at) {
		b.stamp, b.stamped = appendInstant(nil, b.at), b.at
	}
	return b.stamp
}

// SealedAt is the field that sealing adds: when that was.
const SealedAt = "sealed_at"

func guidIn(fields []audit.Field, name string) tenants.GUID {
	for _, f := range fields {
		if f.Name != name {
			continue
		}
		if raw, ok := guidOf(bytes.Trim(f.Value, `"`)); ok {
			id, err := tenants.GUIDFromBytes(raw[:])
			if err == nil {
				return id
			}
		}
		break
	}
	return tenants.GUID{}
}

// meet finds the keys of everybody in a batch, and makes those of whom the log has not
// said anything yet.
func (b *batch) meet(ctx context.Context, all [][3]part) error {
	b.met = map[PersonID]*known{}
	var wanted []PersonID
	for _, parts := range all {
		for _, p := range parts {
			if _, there := b.met[p.owner]; !there && !p.owner.OID.IsZero() {
				b.met[p.owner] = nil
				wanted = append(wanted, p.owner)
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	there, err := b.People(ctx, wanted)
	if err != nil {
		return err
	}
	slices.SortFunc(there, func(a, b Person) int { return cmp.Compare(a.Number, b.Number) })
	for _, p := range there {
		key, err := b.key.OpenDataKey(personLabel(p.Number), p.Key)
		if err != nil { // what it has encrypted is lost; what comes is not
			b.damaged = append(b.damaged, p.Number)
			continue
		}
		b.met[PersonID{p.TID, p.OID}] = &known{p.Number, key}
	}
	for _, id := range wanted {
		if b.met[id] != nil {
			continue
		}
		b.out.Head.People++
		number := b.out.Head.People
		encrypted, key, err := b.key.NewDataKey(personLabel(number))
		if err != nil {
			return err
		}
		b.met[id] = &known{number, key}
		b.out.People = append(b.out.People, Person{Number: number, TID: id.TID, OID: id.OID, Key: encrypted})
	}
	return nil
}

// seal makes a record the next of the log.
func (b *batch) seal(row audit.Row, parts [3]part) error {
	p := borrow()
	defer p.give()
	out := Row{Seq: b.tree.size, ID: row.ID, At: row.At, SealedAt: b.at}
	p.label = appendLabel(p.label[:0], out)
	b.committed = b.committed[:0]
	log, err := b.key.Log(out.Seq)
	if err != nil {
		return err
	}
	for i, of := range [...]struct {
		blob   *[]byte
		person *int32
		kind   string
	}{{&out.Own, nil, ownLabel}, {&out.Personal, &out.Person, personalLabel}, {&out.Concerning, &out.Subject, concerningLabel}} {
		fields, key := parts[i].fields, log
		if len(fields) == 0 {
			continue
		}
		if of.person != nil {
			who := b.met[parts[i].owner]
			*of.person, key = who.number, who.key
		}
		seed := newSeed()
		p.salter.Seed(seed)
		for _, f := range fields {
			b.committed = append(b.committed, proof.Commitment{Name: f.Name, Hash: proof.Commit(p.salter.Salt(f.Name), f.Name, f.Value)})
		}
		packed := p.pack(b.org, seed, fields)
		if *of.blob, err = key.AppendEncrypt(make([]byte, 0, secrets.Overhead+len(packed)), of.kind, p.label, packed); err != nil {
			return err
		}
	}
	slices.SortFunc(b.committed, func(a, b proof.Commitment) int { return strings.Compare(a.Name, b.Name) })
	leaf, err := proof.LeafOf(b.org, b.committed)
	if err != nil {
		return err
	}
	b.tree.append(leaf, b.at)
	b.out.Rows = append(b.out.Rows, out)
	b.usage.Add(row.Kind, row.At, parts[audit.Nobody].fields, out.Person)
	return nil
}
