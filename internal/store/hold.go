package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

type holdRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	ID         tenants.GUID `gorm:"primaryKey"`
	Reason     string
	FromMonth  string
	UntilMonth string
	SetAt      time.Time
	SetBy      tenants.GUID
	EndsAt     *time.Time
	EndedBy    *tenants.GUID
}

func (holdRow) TableName() string { return "log_holds" }

func (r holdRow) hold() (h tenants.Hold, err error) {
	h = tenants.Hold{ID: r.ID, Reason: r.Reason, SetAt: r.SetAt.UTC(), SetBy: r.SetBy, EndsAt: orZero(r.EndsAt), EndedBy: idOrZero(r.EndedBy)}
	if r.FromMonth != "" {
		if h.From, err = tenants.ParseMonth(r.FromMonth); err != nil {
			return h, err
		}
	}
	if r.UntilMonth != "" {
		h.Until, err = tenants.ParseMonth(r.UntilMonth)
	}
	return h, err
}

// maxHolds is how many holds an organization may have.
const maxHolds = 50

// Holds returns what keeps an organization's records, the first set first.
func (db *DB) Holds(ctx context.Context, org tenants.ID) (holds []tenants.Hold, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		holds, err = db.readHolds(tx)
		return err
	})
	return holds, err
}

// readHolds reads those that hold now.
func (db *DB) readHolds(tx *gorm.DB) ([]tenants.Hold, error) {
	var rows []holdRow
	if err := tx.Where("ends_at IS NULL OR ends_at > ?", instant(db.now())).Order("set_at, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	holds := make([]tenants.Hold, len(rows))
	for i, r := range rows {
		var err error
		if holds[i], err = r.hold(); err != nil {
			return nil, err
		}
	}
	return holds, nil
}

// SetHold has records kept. What breaks a rule of holds is Invalid; one too many is
// Conflict, and so is one of an organization that is being erased.
func (db *DB) SetHold(ctx context.Context, by authz.Caller, h tenants.Hold) error {
	if err := h.Validate(); err != nil {
		return err
	}
	what := change{kind: audit.Retention, what: "hold created", decides: decidesNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		if err := tx.Exec("DELETE FROM log_holds WHERE ends_at <= ?", instant(db.now())).Error; err != nil {
			return difference{}, err
		}
		if err := mayHold(tx); err != nil {
			return difference{}, err
		}
		row := holdRow{OrgID: by.Org(), ID: h.ID, Reason: h.Reason, FromMonth: h.From.String(), UntilMonth: h.Until.String(), SetAt: *instant(db.now()), SetBy: by.Identity().OID}
		shown, err := newItem("hold "+h.ID.String(), shownHold(h), &row)
		d := difference{added: []item{shown}}
		if err != nil {
			return d, err
		}
		return d, d.write(tx)
	})
}

func mayHold(tx *gorm.DB) error {
	var many int
	var erased bool
	if err := tx.Raw("SELECT (SELECT count(*) FROM log_holds), octet_length(wrapped_key) = 0 FROM organizations").Row().Scan(&many, &erased); err != nil {
		return err
	}
	switch {
	case erased:
		return fault.New(fault.Conflict, "the organization is being erased, which cannot be stopped any more")
	case many >= maxHolds:
		return fault.Newf(fault.Conflict, "there are %d holds already, which is the most; withdraw one that is over", many)
	}
	return nil
}

// LiftHold ends a hold tenants.HoldEnding later, or at once if the caller has only just
// set it, and records why, who had set it and when. One that is not there is NotFound,
// one that was withdrawn already is Conflict. Contacts are told.
func (db *DB) LiftHold(ctx context.Context, by authz.Caller, id tenants.GUID, why string) error {
	what := change{kind: audit.Retention, what: "hold withdrawn", detail: why, decides: decidesNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		h, row, err := db.takeHold(tx, id)
		if err != nil {
			return difference{}, err
		}
		now := db.now()
		if h.EndsAtOnce(by.Identity().OID, now) {
			shown, err := newItem("hold "+id.String(), shownHold(h), &row)
			d := difference{removed: []item{shown}}
			if err != nil {
				return d, err
			}
			return d, d.write(tx)
		}
		if !h.EndsAt.IsZero() {
			return difference{}, fault.Newf(fault.Conflict, "the hold was withdrawn already and ends on %s; until then it can be restored", h.EndsAt.Format(time.RFC3339))
		}
		after := h
		after.EndsAt, after.EndedBy = now.UTC().Add(tenants.HoldEnding).Truncate(time.Microsecond), by.Identity().OID
		d, err := db.endHold(tx, h, after, row)
		if err != nil {
			return d, err
		}
		return d, db.weakened(tx, by, watch.Weakening{Act: watch.HoldWithdrawn, Of: id.String(), What: fmt.Sprintf("%.200s", h.Reason), Effect: after.EndsAt})
	})
}

// RestoreHold takes back that a hold was withdrawn. One that is over or that never was is
// NotFound; one that was not withdrawn is Conflict.
func (db *DB) RestoreHold(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	what := change{kind: audit.Retention, what: "hold restored", decides: decidesNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		h, row, err := db.takeHold(tx, id)
		if err != nil {
			return difference{}, err
		}
		if h.EndsAt.IsZero() {
			return difference{}, fault.New(fault.Conflict, "the hold was not withdrawn")
		}
		after := h
		after.EndsAt, after.EndedBy = time.Time{}, tenants.GUID{}
		d, err := db.endHold(tx, h, after, row)
		if err != nil {
			return d, err
		}
		return d, db.takenBack(tx, watch.Weakening{Act: watch.HoldWithdrawn, Of: id.String()})
	})
}

// takeHold reads a hold that holds.
func (db *DB) takeHold(tx *gorm.DB, id tenants.GUID) (h tenants.Hold, row holdRow, err error) {
	if err := tx.Take(&row, "id = ? AND (ends_at IS NULL OR ends_at > ?)", id, instant(db.now())).Error; err != nil {
		return h, row, err
	}
	h, err = row.hold()
	return h, row, err
}

// endHold writes when a hold ends, or that it does not.
func (db *DB) endHold(tx *gorm.DB, before, after tenants.Hold, row holdRow) (d difference, err error) {
	row.EndsAt, row.EndedBy = instant(after.EndsAt), nil
	if !after.EndsAt.IsZero() {
		row.EndedBy = &after.EndedBy
	}
	was, err := newItem("hold "+before.ID.String(), shownHold(before), nil)
	if err != nil {
		return d, err
	}
	is, err := newItem("hold "+after.ID.String(), shownHold(after), &row)
	if err != nil {
		return d, err
	}
	d = difference{changed: []item{is}, was: []item{was}}
	return d, d.write(tx)
}

// shownHold is what the log says of a hold.
func shownHold(h tenants.Hold) map[string]any {
	shown := map[string]any{"reason": h.Reason}
	if !h.SetAt.IsZero() {
		shown["setAt"], shown["setBy"] = h.SetAt.UTC(), h.SetBy
	}
	if !h.EndsAt.IsZero() {
		shown["endsAt"] = h.EndsAt.UTC()
	}
	if h.From != 0 {
		shown["from"] = h.From.String()
	}
	if h.Until != 0 {
		shown["until"] = h.Until.String()
	}
	return shown
}

// checkUnheld refuses, as Conflict, what a hold forbids. From then on no hold is set
// before the transaction ends.
func (db *DB) checkUnheld(tx *gorm.DB, act string) error {
	if err := tx.Exec("SELECT FROM organizations FOR SHARE").Error; err != nil {
		return err
	}
	holds, err := db.readHolds(tx)
	if err != nil || len(holds) == 0 {
		return err
	}
	if ends := holds[0].EndsAt; !ends.IsZero() {
		return fault.Newf(fault.Conflict, "%s while there is a legal hold (%.100s), which was withdrawn and holds until %s", act, holds[0].Reason, ends.Format(time.RFC3339))
	}
	return fault.Newf(fault.Conflict, "%s while there is a legal hold (%.100s); an owner has to withdraw it first, which takes seven days", act, holds[0].Reason)
}
