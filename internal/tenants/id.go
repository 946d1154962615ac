package tenants

import (
	"crypto/rand"
	"database/sql/driver"
	"fmt"

	"github.com/google/uuid"

	"gatehouse/internal/fault"
)

// ID names one organization. It is a type of its own around a random UUID, so
// that neither a slug, nor an Entra tenant id, nor a bare string can stand in
// for it.
type ID struct{ u uuid.UUID }

// NewID returns a fresh random ID.
func NewID() ID { return ID{uuid.Must(uuid.NewRandomFromReader(rand.Reader))} }

// ParseID reads the canonical form that String writes.
func ParseID(s string) (ID, error) {
	u, err := parseGUID(s)
	if err != nil || u == uuid.Nil {
		return ID{}, fault.Newf(fault.Invalid, "organization id %q is not a UUID", s)
	}
	return ID{u}, nil
}

// IsZero reports whether the ID names no organization.
func (id ID) IsZero() bool { return id.u == uuid.Nil }

// String returns the canonical lowercase form.
func (id ID) String() string { return id.u.String() }

// Bytes returns the sixteen bytes of the ID, for associated data and columns.
func (id ID) Bytes() [16]byte { return id.u }

// Value implements driver.Valuer.
func (id ID) Value() (driver.Value, error) { return id.u.String(), nil }

// Scan implements sql.Scanner.
func (id *ID) Scan(src any) error { return scanGUID(&id.u, src) }

// MarshalText implements encoding.TextMarshaler.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.u.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID) UnmarshalText(b []byte) error {
	parsed, err := ParseID(string(b))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// GUID is an object of somebody's Entra directory: a person, a group, an app, a
// directory itself. It is compared without regard to case and printed in lower
// case, as Microsoft Entra ID does.
type GUID struct{ u uuid.UUID }

// TID is the id of an Entra tenant (the console's "Directory (tenant) ID").
type TID struct{ GUID }

// ParseGUID reads a GUID in its canonical 36-character form, of any case.
func ParseGUID(s string) (GUID, error) {
	u, err := parseGUID(s)
	if err != nil {
		return GUID{}, fault.Newf(fault.Invalid, "%q is not a GUID", s)
	}
	return GUID{u}, nil
}

// MustGUID is ParseGUID for constants.
func MustGUID(s string) GUID {
	g, err := ParseGUID(s)
	if err != nil {
		panic(err)
	}
	return g
}

// ParseTID reads the GUID of an Entra tenant.
func ParseTID(s string) (TID, error) {
	g, err := ParseGUID(s)
	return TID{g}, err
}

// NewGUID returns a fresh random GUID.
func NewGUID() GUID { return GUID{uuid.Must(uuid.NewRandomFromReader(rand.Reader))} }

// DerivedGUID returns the GUID of a name below another one, always the same (RFC 9562
// §5.5).
func DerivedGUID(below GUID, name string) GUID { return GUID{uuid.NewSHA1(below.u, []byte(name))} }

// IsZero reports whether the GUID is the nil UUID.
func (g GUID) IsZero() bool { return g.u == uuid.Nil }

// String returns the lowercase canonical form.
func (g GUID) String() string { return g.u.String() }

// Bytes returns the sixteen bytes of the GUID.
func (g GUID) Bytes() [16]byte { return g.u }

// Value implements driver.Valuer.
func (g GUID) Value() (driver.Value, error) { return g.u.String(), nil }

// Scan implements sql.Scanner.
func (g *GUID) Scan(src any) error { return scanGUID(&g.u, src) }

// MarshalText implements encoding.TextMarshaler.
func (g GUID) MarshalText() ([]byte, error) { return []byte(g.u.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (g *GUID) UnmarshalText(b []byte) error {
	parsed, err := ParseGUID(string(b))
	if err != nil {
		return err
	}
	*g = parsed
	return nil
}

// parseGUID accepts the canonical form only: uuid.Parse alone would also take
// braces, a urn: prefix and 32 bare digits.
func parseGUID(s string) (uuid.UUID, error) {
	if len(s) != 36 {
		return uuid.Nil, fmt.Errorf("parse guid: length %d", len(s))
	}
	return uuid.Parse(s)
}

func scanGUID(dst *uuid.UUID, src any) error {
	if err := dst.Scan(src); err != nil {
		return fmt.Errorf("scan guid: %w", err)
	}
	return nil
}

// GUIDFromBytes reads the sixteen bytes that Bytes gives.
func GUIDFromBytes(b []byte) (GUID, error) {
	u, err := uuid.FromBytes(b)
	if err != nil {
		return GUID{}, fault.Newf(fault.Invalid, "a GUID has sixteen bytes, not %d", len(b))
	}
	return GUID{u}, nil
}
