package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"gatehouse/internal/audit/seal"
	"gatehouse/internal/tenants"
)

const readPeople = "SELECT person, tid, oid, key FROM audit_people "

// LogPeople returns those of whom an organization's log says something and who have one
// of the object ids, in whatever directory. Whoever came back after erasure is there
// more than once.
func (db *DB) LogPeople(ctx context.Context, org tenants.ID, oids ...tenants.GUID) (people []seal.Person, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) (err error) {
		people, err = scanPeople(tx.Raw(readPeople+"WHERE oid = ANY (?::uuid[]) ORDER BY person", guidArray(oids)))
		return err
	})
	return people, err
}

// LogPerson returns the person that has a number in an organization's log, or a fault
// of kind NotFound.
func (db *DB) LogPerson(ctx context.Context, org tenants.ID, number int32) (p seal.Person, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		people, err := scanPeople(tx.Raw(readPeople+"WHERE person = ?", number))
		if err == nil && len(people) == 0 {
			err = gorm.ErrRecordNotFound
		}
		if err == nil {
			p = people[0]
		}
		return err
	})
	return p, err
}

func scanPeople(query *gorm.DB) ([]seal.Person, error) {
	rows, err := query.Rows()
	if err != nil {
		return nil, err
	}
	var people []seal.Person
	for rows.Next() {
		var p seal.Person
		if err := rows.Scan(&p.Number, &p.TID.GUID, &p.OID, &p.Key); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		people = append(people, p)
	}
	return people, errors.Join(rows.Err(), rows.Close())
}
