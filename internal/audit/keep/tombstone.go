package keep

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// Tombstone says what was erased, so that it can go again where a backup brings it
// back. Exactly one of Person, Record and neither is given: the last is an organization.
type Tombstone struct {
	ID  tenants.GUID `json:"-"`
	Org tenants.ID   `json:"org"`
	At  time.Time    `json:"at"`

	Person int32  `json:"person,omitempty"` // number in the log
	Salt   []byte `json:"salt,omitempty"`
	Hash   []byte `json:"hash,omitempty"` // of whose number it was

	Record string   `json:"record,omitempty"` // id
	Fields []string `json:"fields,omitempty"` // of nobody's, that were erased
}

// Buried is a tombstone as it is kept: encrypted, because whoever knows an organization
// and its directory could tell from it who was erased.
type Buried struct {
	Org     tenants.ID
	ID      tenants.GUID
	Line    string // its id, a space, and its ciphertext in base64
	Applied bool   // what it says has gone from this database
}

// ofPerson marks that a number was somebody's.
func ofPerson(org tenants.ID, number int32, oid tenants.GUID) Tombstone {
	t := Tombstone{ID: tenants.NewGUID(), Org: org, Person: number, Salt: make([]byte, 16)}
	_, _ = rand.Read(t.Salt) // it ends the process rather than return an error
	t.Hash = t.hash(oid)
	return t
}

// Of reports whether the person of the number is who was erased.
func (t Tombstone) Of(oid tenants.GUID) bool { return string(t.hash(oid)) == string(t.Hash) }

func (t Tombstone) hash(oid tenants.GUID) []byte {
	h := sha256.Sum256([]byte("gatehouse tombstone v1\n" + t.Org.String() + "\n" + string(t.Salt) + oid.String()))
	return h[:]
}

func ofFields(org tenants.ID, record audit.ID, fields []string) Tombstone {
	return Tombstone{ID: tenants.NewGUID(), Org: org, Record: record.String(), Fields: fields}
}

func tombstoneLabel(id tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "tombstone", ID: id.String()}
}

// bury encrypts a tombstone.
func bury(ctx context.Context, own *secrets.PlatformBox, t Tombstone) (Buried, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return Buried{}, err
	}
	ciphertext, err := own.Encrypt(ctx, tombstoneLabel(t.ID), text)
	if err != nil {
		return Buried{}, err
	}
	return Buried{t.Org, t.ID, t.ID.String() + " " + base64.StdEncoding.EncodeToString(ciphertext), true}, nil
}

// dig reads a line. One that is torn, or that the platform has not written, is Invalid.
func dig(ctx context.Context, own *secrets.PlatformBox, line string) (t Tombstone, err error) {
	name, text, _ := strings.Cut(line, " ")
	id, err := tenants.ParseGUID(name)
	if err != nil {
		return t, fault.New(fault.Invalid, "the line is no tombstone")
	}
	ciphertext, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return t, fault.New(fault.Invalid, "the line is no tombstone")
	}
	plain, err := own.Decrypt(ctx, tombstoneLabel(id), ciphertext)
	if err != nil {
		return t, err
	}
	err = json.Unmarshal(plain, &t)
	t.ID = id
	return t, err
}
