package seal

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// The first byte of a packing says what follows. What was packed has to be read for
// good, so that neither form ever changes: another one is another number.
const (
	seeded   = 1 // the seed, then each field with its value
	explicit = 2 // each field with its salt and value, or with its commitment alone
)

// errPacking is what is said of a packing that nobody has packed.
var errPacking = fault.New(fault.Internal, "what is stored of a record is not what was packed")

// packer packs records and reads packings, one after the other, in room that it uses
// again. It is for one goroutine.
type packer struct {
	salter *proof.Salter
	label  []byte
	packed []byte
	seen   [][]byte // the values of the packing so far
	raw    []byte

	fields []proof.Field // read so far, of all parts of a record
	values []span        // of each in text; of a closed one none
	before []span        // the values of the part so far
	text   []byte
}

// span is where a value lies.
type span struct{ from, to int }

var packers = sync.Pool{New: func() any { return &packer{salter: proof.NewSalter()} }}

// borrow returns a packer that give takes back.
func borrow() *packer {
	p := packers.Get().(*packer) //nolint:forcetypeassert // nothing else is in there
	p.fields, p.values, p.text = p.fields[:0], p.values[:0], p.text[:0]
	return p
}

func (p *packer) give() { packers.Put(p) }

// pack packs fields whose salts follow from a seed, in the packer's room. There is at
// least one.
func (p *packer) pack(org tenants.ID, seed proof.Seed, fields []audit.Field) []byte {
	p.packed, p.seen = append(append(p.packed[:0], seeded), seed[:]...), p.seen[:0]
	for _, f := range fields {
		p.packed = appendName(p.packed, f.Name)
		p.append(org, f.Value)
	}
	return p.packed
}

// packExplicitly packs fields each with its salt, or with its commitment if it is
// closed.
func (p *packer) packExplicitly(org tenants.ID, fields []proof.Field) []byte {
	p.packed, p.seen = append(p.packed[:0], explicit), p.seen[:0]
	for _, f := range fields {
		p.packed = appendName(p.packed, f.Name)
		if f.Value == nil {
			p.packed = append(append(p.packed, closed), f.Hash[:]...)
			continue
		}
		p.packed = append(append(p.packed, opened), f.Salt[:]...)
		p.append(org, f.Value)
	}
	return p.packed
}

// In an explicit packing this stands between name and value.
const (
	closed = 0
	opened = 1
)

// salting says whether whoever reads needs the salts.
type salting bool

// unpack reads the fields of a packing behind those of the parts before it. Open ones
// have no commitment: it follows.
func (p *packer) unpack(org tenants.ID, packed []byte, salts salting) error {
	r, first := reader{rest: packed}, len(p.fields)
	form := r.byte()
	var seed proof.Seed
	if form == seeded {
		if copy(seed[:], r.take(uint64(len(seed)))); salts {
			p.salter.Seed(seed)
		}
	} else if form != explicit {
		return errPacking
	}
	p.before = p.before[:0]
	for len(r.rest) > 0 && !r.failed {
		f := proof.Field{Name: r.name()}
		switch {
		case form == seeded && bool(salts):
			f.Salt = p.salter.Salt(f.Name)
		case form == seeded:
		case r.byte() == closed:
			copy(f.Hash[:], r.take(uint64(len(f.Hash))))
			p.fields, p.values = append(p.fields, f), append(p.values, span{})
			continue
		default:
			copy(f.Salt[:], r.take(uint64(len(f.Salt))))
		}
		value := p.read(org, &r)
		p.fields, p.values, p.before = append(p.fields, f), append(p.values, value), append(p.before, value)
	}
	if r.failed || len(p.fields) == first {
		return errPacking
	}
	return nil
}

// taken returns the fields that were read from..to-1, for good.
func (p *packer) taken(from, to int) []proof.Field {
	text, fields := bytes.Clone(p.text), slices.Clone(p.fields[from:to])
	for i := range fields {
		if at := p.values[from+i]; at.to > 0 {
			fields[i].Value = text[at.from:at.to:at.to]
		}
	}
	return fields
}

// record returns all fields that were read, for good and by name. They are parts, each
// of which begins where the one before it ends and ascends.
func (p *packer) record(ends [3]int) []proof.Field {
	text, fields := bytes.Clone(p.text), make([]proof.Field, 0, len(p.fields))
	heads := [3]int{0, ends[0], ends[1]}
	for range p.fields {
		least, found := 0, false
		for i, at := range heads {
			if at < ends[i] && (!found || p.fields[at].Name < p.fields[heads[least]].Name) {
				least, found = i, true
			}
		}
		f, at := p.fields[heads[least]], p.values[heads[least]]
		if heads[least]++; at.to > 0 {
			f.Value = text[at.from:at.to:at.to]
		}
		fields = append(fields, f)
	}
	byName := func(a, b proof.Field) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(fields, byName) {
		slices.SortStableFunc(fields, byName)
	}
	return fields
}

// names of fields are one byte each: their places here, from 1 on. New names are added
// at the end.
var names = []string{
	"actor_delegated", "actor_kind", "actor_name", "actor_oid", "actor_tid", "after", "altered", "arguments_bytes", "arguments_digest", "arguments_kept", "asked_at", "at",
	"before", "body", "call", "client", "count", "definition", "detail", "digest_salt", "duration_us", "effect", "endpoint", "entra_code", "entra_correlation_id", "entra_trace_id",
	"from", "group", "id", "kind", "membership_age_s", "membership_source", "method", "minute", "names_digest", "org", "origin", "outcome", "own_name", "phase", "policy", "reason",
	"rejected_bytes", "request", "result_bytes", "result_digest", "result_kept", "roles", "scopes", "sealed_at", "session", "source", "subject_name", "subject_oid", "target", "to",
	"token_id", "token_session", "tool", "trace_id", "v",
	"configuration", "arguments_body", "result_body",
}

var nameCodes = codesOf(names)

func codesOf(list []string) map[string]byte {
	codes := make(map[string]byte, len(list))
	for i, text := range list {
		codes[text] = byte(i + 1)
	}
	return codes
}

func appendName(packed []byte, name string) []byte {
	if code, there := nameCodes[name]; there {
		return append(packed, code)
	}
	return append(binary.AppendUvarint(append(packed, 0), uint64(len(name))), name...)
}

func (r *reader) name() string {
	code := int(r.byte())
	if code == 0 {
		return string(r.take(r.number()))
	}
	if code > len(names) {
		r.failed = true
		return ""
	}
	return names[code-1]
}

// reader takes a packing apart: what it returns is part of it. Once there is less than
// is asked for, it has failed.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) number() uint64 {
	n, length := binary.Uvarint(r.rest)
	if length <= 0 {
		r.failed, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[length:]
	return n
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.failed, r.rest = true, nil
		return nil
	}
	head := r.rest[:n]
	r.rest = r.rest[n:]
	return head
}
