package seal

import (
	"bytes"
	"encoding/binary"

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

// pack packs fields whose salts follow from a seed. There is at least one.
func pack(org tenants.ID, seed proof.Seed, fields []audit.Field) []byte {
	packed := append(make([]byte, 0, 512), seeded)
	packed = append(packed, seed[:]...)
	v := values{org: org}
	for _, f := range fields {
		packed = v.append(appendName(packed, f.Name), f.Value)
	}
	return packed
}

// packExplicitly packs fields each with its salt, or with its commitment if it is
// closed.
func packExplicitly(org tenants.ID, fields []proof.Field) []byte {
	packed := []byte{explicit}
	v := values{org: org}
	for _, f := range fields {
		packed = appendName(packed, f.Name)
		if f.Value == nil {
			packed = append(append(packed, closed), f.Hash[:]...)
			continue
		}
		packed = v.append(append(append(packed, opened), f.Salt[:]...), f.Value)
	}
	return packed
}

// In an explicit packing this stands between name and value.
const (
	closed = 0
	opened = 1
)

// unpack returns the fields of a packing, in the order in which they were packed, with
// their commitments.
func unpack(org tenants.ID, packed []byte) ([]proof.Field, error) {
	r := reader{rest: packed}
	form, v := r.byte(), values{org: org}
	var seed proof.Seed
	if form == seeded {
		copy(seed[:], r.take(uint64(len(seed))))
	} else if form != explicit {
		return nil, errPacking
	}
	var fields []proof.Field
	for len(r.rest) > 0 && !r.failed {
		f := proof.Field{Name: r.name()}
		switch {
		case form == seeded:
			f.Salt = seed.Salt(f.Name)
		case r.byte() == closed:
			copy(f.Hash[:], r.take(uint64(len(f.Hash))))
			fields = append(fields, f)
			continue
		default:
			copy(f.Salt[:], r.take(uint64(len(f.Salt))))
		}
		f.Value = v.read(&r)
		f.Hash = proof.Commit(f.Salt, f.Name, f.Value)
		fields = append(fields, f)
	}
	if r.failed || len(fields) == 0 {
		return nil, errPacking
	}
	return fields, nil
}

// names of fields are one byte each: their places here, from 1 on. New names are added
// at the end.
var names = []string{
	"actor_delegated", "actor_kind", "actor_name", "actor_oid", "actor_tid", "after", "altered", "arguments_bytes", "arguments_digest", "arguments_kept", "asked_at", "at",
	"before", "body", "call", "client", "count", "definition", "detail", "digest_salt", "duration_us", "effect", "endpoint", "entra_code", "entra_correlation_id", "entra_trace_id",
	"from", "group", "id", "kind", "membership_age_s", "membership_source", "method", "minute", "names_digest", "org", "origin", "outcome", "own_name", "phase", "policy", "reason",
	"rejected_bytes", "request", "result_bytes", "result_digest", "result_kept", "roles", "scopes", "sealed_at", "session", "source", "subject_name", "subject_oid", "target", "to",
	"token_id", "token_session", "tool", "trace_id", "v",
	"configuration",
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

// reader takes a packing apart. Once there is less than is asked for, it has failed.
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
	return bytes.Clone(head)
}
