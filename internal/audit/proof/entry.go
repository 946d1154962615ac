package proof

import (
	"crypto/sha256"
	"encoding/base64"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Commitment is what a record says about one of its fields without telling it.
type Commitment struct {
	Name string
	Hash Hash
}

// MaxFields is what no record has more fields than.
const MaxFields = 128

const entryHeader = "gatehouse record v1\n"

// Entry returns a record as the tree sees it, as text: a header, the organization's
// id, and for each field its name, a space and its commitment in base64, each on a
// line that ends in a newline. The names ascend, so that a field that is not there
// can be seen not to be.
//
// Names that do not ascend, or hold anything but a-z, 0-9 and _, are Invalid.
func Entry(org tenants.ID, fields []Commitment) ([]byte, error) {
	const line = len(" \n") + 44 + 24
	return appendEntry(make([]byte, 0, len(entryHeader)+40+line*min(len(fields), MaxFields)), org, fields)
}

func appendEntry(entry []byte, org tenants.ID, fields []Commitment) ([]byte, error) {
	if len(fields) == 0 || len(fields) > MaxFields {
		return nil, fault.Newf(fault.Invalid, "a record has 1 to %d fields, not %d", MaxFields, len(fields))
	}
	entry = append(entry, entryHeader...)
	entry = append(append(entry, org.String()...), '\n')
	last := ""
	for _, f := range fields {
		if !FieldName(f.Name) || f.Name <= last {
			return nil, fault.Newf(fault.Invalid, "field %.40q is out of order, or no name of a field", f.Name)
		}
		last = f.Name
		entry = append(append(entry, f.Name...), ' ')
		entry = append(base64.StdEncoding.AppendEncode(entry, f.Hash[:]), '\n')
	}
	return entry, nil
}

// FieldName reports whether a field may have a name: a-z, 0-9 and _.
func FieldName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// Leaf returns the leaf of an entry: SHA-256 of a zero byte and the entry (RFC 6962
// §2.1).
func Leaf(entry []byte) Hash { return tlog.RecordHash(entry) }

// entries are buffers for entries, behind the zero byte that makes leaves of them.
var entries = sync.Pool{New: func() any { return &[]byte{0} }}

// LeafOf is Leaf of Entry.
func LeafOf(org tenants.ID, fields []Commitment) (Hash, error) {
	buffer := entries.Get().(*[]byte) //nolint:forcetypeassert // nothing else is in there
	defer entries.Put(buffer)
	entry, err := appendEntry((*buffer)[:1], org, fields)
	if err != nil {
		return Hash{}, err
	}
	*buffer = entry
	return sha256.Sum256(entry), nil
}
