package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type holdRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	ID         tenants.GUID `gorm:"primaryKey"`
	Reason     string
	FromMonth  string
	UntilMonth string
	SetAt      time.Time
	SetBy      tenants.GUID
}

func (holdRow) TableName() string { return "log_holds" }

func (r holdRow) hold() (h tenants.Hold, err error) {
	h = tenants.Hold{ID: r.ID, Reason: r.Reason, SetAt: r.SetAt.UTC(), SetBy: r.SetBy}
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
		holds, err = readHolds(tx)
		return err
	})
	return holds, err
}

func readHolds(tx *gorm.DB) ([]tenants.Hold, error) {
	var rows []holdRow
	if err := tx.Order("set_at, id").Find(&rows).Error; err != nil {
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

// LiftHold ends a hold, and records why. One that is not there is NotFound.
func (db *DB) LiftHold(ctx context.Context, by authz.Caller, id tenants.GUID, why string) error {
	what := change{kind: audit.Retention, what: "hold deleted", detail: why, decides: decidesNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		var row holdRow
		if err := tx.Take(&row, "id = ?", id).Error; err != nil {
			return difference{}, err
		}
		h, err := row.hold()
		if err != nil {
			return difference{}, err
		}
		shown, err := newItem("hold "+id.String(), shownHold(h), &row)
		d := difference{removed: []item{shown}}
		if err != nil {
			return d, err
		}
		return d, d.write(tx)
	})
}

// shownHold is what the log says of a hold.
func shownHold(h tenants.Hold) map[string]any {
	shown := map[string]any{"reason": h.Reason}
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
func checkUnheld(tx *gorm.DB, act string) error {
	if err := tx.Exec("SELECT FROM organizations FOR SHARE").Error; err != nil {
		return err
	}
	holds, err := readHolds(tx)
	if err != nil || len(holds) == 0 {
		return err
	}
	return fault.Newf(fault.Conflict, "%s while there is a legal hold (%.100s); an owner has to withdraw it first", act, holds[0].Reason)
}
