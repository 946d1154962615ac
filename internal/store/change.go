package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
)

// change names what a write does, for its audit record.
type change struct {
	kind   audit.Kind // ConfigChange unless it says otherwise
	what   string
	detail string // never a value that could be a secret

	session string        // MCP session it is about, if any
	subject audit.Subject // whom it is about, if that is not the caller
	decides
	finds
	keeps
}

// keeps says whether the configuration is kept that a change leads to.
type keeps uint8

const (
	keepsConfiguration keeps = iota // if it differs from the one before
	keepsNothing                    // it is about nothing that a configuration holds
)

// decides says whether a change can alter who may do what. What is remembered of
// verified tokens is good until the next one that can.
type decides uint8

const (
	decidesAnything decides = iota // the zero value is the careful one
	decidesNothing
)

// finds says what a change must find. Row level security would let a change of
// an organization that is not there touch nothing and succeed.
type finds uint8

const (
	findsOrganization finds = iota
	findsNothing            // it creates the organization
)

// errUnchanged is what a writer returns when there is nothing to write: the
// transaction is rolled back, and the organization keeps its version.
var errUnchanged = errors.New("nothing changes")

// orUnchanged is what an edit returns of the difference it has written.
func orUnchanged(d difference, err error) (difference, error) {
	if err == nil && d.empty() {
		err = errUnchanged
	}
	return d, err
}

// write runs a change of configuration when its turn comes: in one transaction
// the organization reaches its next version, under its row's lock, fn writes, and
// the record of it is stored with what fn reports as different. Then the other
// replicas are told. Creating an organization is the one change that finds no row
// to lock. Where too many changes wait already, the fault is Limited.
func (db *DB) write(ctx context.Context, by authz.Caller, c change, fn func(tx *gorm.DB) (difference, error)) error {
	end, err := db.turns.take(ctx, line{org: by.Org()})
	if err != nil {
		return err
	}
	defer end()
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		bumped := tx.Exec("UPDATE organizations SET version = version + 1, version_xid = pg_current_xact_id(), "+
			"decisions = CASE WHEN ? THEN decisions ELSE version + 1 END", c.decides == decidesNothing)
		if bumped.Error != nil {
			return bumped.Error
		}
		if bumped.RowsAffected == 0 && c.finds == findsOrganization {
			return errNoOrganization
		}
		d, err := fn(tx)
		if err != nil {
			return err
		}
		if c.kind != "" || c.keeps == keepsNothing {
			return db.record(tx, by, c, d)
		}
		return db.recordKept(ctx, tx, by, c, d)
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	if err != nil {
		return err
	}
	db.announce(ctx, by.Org())
	return nil
}

func (db *DB) record(tx *gorm.DB, by authz.Caller, c change, d difference) error {
	row, err := db.recorded(tx, by, c.event(by, d))
	if err != nil {
		return err
	}
	return db.partFrom(tx, by, d.lessened, row.ID)
}

// event is what the record of a change by somebody says.
func (c change) event(by authz.Caller, d difference) audit.Event {
	e := audit.Event{
		Kind: c.kind, Target: c.what, Detail: c.detail, Session: c.session, Subject: c.subject, Outcome: audit.OK, Before: d.before(), After: d.after(),
	}
	if e.Kind == "" {
		e.Kind = audit.ConfigChange
	}
	if e.Detail == "" {
		e.Detail = d.summary()
	}
	if e.Subject.OID.IsZero() {
		e.Subject = d.about
	}
	if e.Subject.OID == by.Identity().OID {
		e.Subject = audit.Subject{} // the record names them already
	}
	return e
}

// recordEvent stores the record of an event in the transaction it happens in.
func (db *DB) recordEvent(tx *gorm.DB, by authz.Caller, e audit.Event) error {
	_, err := db.recorded(tx, by, e)
	return err
}

// recorded is recordEvent, and returns the record.
func (db *DB) recorded(tx *gorm.DB, by authz.Caller, e audit.Event) (audit.Row, error) {
	row, err := db.scribe.Row(by, e)
	if err != nil {
		return row, err
	}
	return row, tx.Exec("INSERT INTO audit_outbox (id, org_id, at, kind, payload) VALUES (?, ?, ?, ?, ?)",
		row.ID.String(), row.Org, row.At, string(row.Kind), row.Payload).Error
}

// errNoOrganization is what everybody is told of an organization that is not
// there, or is not theirs.
var errNoOrganization = fault.New(fault.NotFound, "there is no such organization")
