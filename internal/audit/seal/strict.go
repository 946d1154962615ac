package seal

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const (
	// mostAhead is how far ahead of the sealer's time a record may have been made: half
	// of what evidence allows between two clocks of a platform.
	mostAhead = 30 * time.Second
	// maxInteger is the largest integer that every JSON reader keeps (RFC 8785 §3.2.2.3).
	maxInteger = 1<<53 - 1
)

// errSealed is why a record is not sealed twice.
var errSealed = errors.New("the log has a record of this id already")

// strictly returns what a waiting record says if all of it can be sealed, and is taken
// by every verifier once it is: its form, its names and how many there are, its text,
// numbers and instants, and that it is of the id, the organization, the kind and the
// instant that its row says, and of none later than most. Otherwise it is Invalid.
// Records of later versions may have more fields than this one knows.
func strictly(row audit.Row, org tenants.ID, most time.Time) ([]audit.Field, error) {
	if row.ID.IsZero() || row.At.Before(time.Unix(0, 0)) || row.At.After(most) {
		return nil, fault.New(fault.Invalid, "the record has no id, or is of an instant before 1970 or ahead of time")
	}
	if !utf8.Valid(row.Payload) {
		return nil, fault.New(fault.Invalid, "the record is no UTF-8")
	}
	fields, err := audit.Fields(row.Payload)
	if err != nil {
		return nil, err
	}
	own, found := ownOf(row, org), 0
	for _, f := range fields {
		if i := slices.IndexFunc(own[:], func(o audit.Field) bool { return o.Name == f.Name }); i >= 0 {
			if found++; !bytes.Equal(own[i].Value, f.Value) {
				return nil, fault.Newf(fault.Invalid, "the record's %s is not that of its row", f.Name)
			}
		}
		if c := f.Value[0]; c >= '0' && c <= '9' {
			if n, err := strconv.ParseInt(string(f.Value), 10, 64); err != nil || n > maxInteger {
				return nil, fault.Newf(fault.Invalid, "the record's %.40q is above 2^53-1", f.Name)
			}
		}
		if f.Name == SealedAt {
			return nil, fault.New(fault.Invalid, "the record says itself when it was sealed")
		}
		if !proof.FieldName(f.Name) {
			return nil, fault.Newf(fault.Invalid, "%.40q is no name of a field", f.Name)
		}
	}
	if found < len(own) { // names ascend, so that none is there twice
		return nil, fault.New(fault.Invalid, "the record lacks its id, organization, kind or time")
	}
	if len(fields) >= proof.MaxFields {
		return nil, fault.New(fault.Invalid, "the record has no room for when it is sealed")
	}
	return fields, nil
}

// ownOf are the fields that repeat what a record's row says.
func ownOf(row audit.Row, org tenants.ID) [4]audit.Field {
	of := org.Bytes()
	text := make([]byte, 0, 3*40+len(row.Kind))
	text = append(appendGUID(append(text, '"'), row.ID[:]), '"')
	id := len(text)
	text = append(appendGUID(append(text, '"'), of[:]), '"')
	organization := len(text)
	text = append(append(append(text, '"'), row.Kind...), '"')
	kind := len(text)
	text = appendInstant(text, row.At)
	return [...]audit.Field{{Name: "id", Value: text[:id]}, {Name: "org", Value: text[id:organization]}, {Name: "kind", Value: text[organization:kind]}, {Name: "at", Value: text[kind:]}}
}

// latest returns the later of two instants, in UTC.
func latest(a, b time.Time) time.Time {
	if b.After(a) {
		a = b
	}
	return a.UTC()
}

// wholeMillisecond rounds up to what a checkpoint can say.
func wholeMillisecond(t time.Time) time.Time {
	return t.UTC().Add(time.Millisecond - time.Nanosecond).Truncate(time.Millisecond)
}
