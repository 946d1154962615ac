package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

const pruneRequests = `DELETE FROM client_requests WHERE software IN (
	SELECT software FROM client_requests WHERE software <> ? ORDER BY last_at DESC, software OFFSET ? FOR UPDATE SKIP LOCKED)`

type clientRequestRow struct {
	OrgID    tenants.ID `gorm:"primaryKey"`
	Software string     `gorm:"primaryKey"`
	Name     string
	Host     string
	Redirect string
	Person   tenants.GUID
	Asked    string
	FirstAt  time.Time
	LastAt   time.Time
	Times    int
}

func (clientRequestRow) TableName() string { return "client_requests" }

func (r clientRequestRow) request() connections.Request {
	return connections.Request{
		Software: r.Software, Name: r.Name, Host: r.Host, Redirect: r.Redirect, Person: r.Person, Asked: r.Asked,
		FirstAt: r.FirstAt.UTC(), LastAt: r.LastAt.UTC(), Times: r.Times,
	}
}

// Ask implements connections.Store. The store says when and how often; the log
// says each time that somebody was refused.
func (db *DB) Ask(ctx context.Context, by authz.Caller, r connections.Request) error {
	end, err := db.turns.take(ctx, line{by.Org(), ofStrangers})
	if err != nil {
		return err
	}
	defer end()
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		now, software := *instant(db.now()), text.Storable(r.Software)
		err := tx.Exec(`INSERT INTO client_requests (software, name, host, redirect, person, asked, first_at, last_at, times) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)
			ON CONFLICT (org_id, software) DO UPDATE SET name = EXCLUDED.name, host = EXCLUDED.host, redirect = EXCLUDED.redirect,
				person = EXCLUDED.person, asked = EXCLUDED.asked, last_at = EXCLUDED.last_at, times = client_requests.times + 1`,
			software, text.Storable(r.Name), text.Storable(r.Host), text.Storable(r.Redirect), r.Person, text.Storable(r.Asked), now, now).Error
		if err != nil {
			return err
		}
		if err := tx.Exec(pruneRequests, software, connections.MaxRequests-1).Error; err != nil {
			return err
		}
		return db.recordEvent(tx, by, audit.Event{
			Kind: audit.RefusedRequest, Target: "client", Detail: software, Outcome: audit.Refused, Reason: "client_not_listed",
		})
	})
}

// Requests implements connections.Store.
func (db *DB) Requests(ctx context.Context, org tenants.ID) ([]connections.Request, error) {
	var rows []clientRequestRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Order("last_at DESC, software").Limit(connections.MaxRequests).Find(&rows).Error
	})
	list := make([]connections.Request, len(rows))
	for i, r := range rows {
		list[i] = r.request()
	}
	return list, err
}

// Dismiss implements connections.Store.
func (db *DB) Dismiss(ctx context.Context, by authz.Caller, software string) error {
	return db.write(ctx, by, change{what: "client request dismissed", decides: decidesNothing, keeps: keepsNothing}, func(tx *gorm.DB) (difference, error) {
		var row clientRequestRow
		removed := tx.Raw("DELETE FROM client_requests WHERE software = ? RETURNING *", software).Scan(&row)
		if removed.Error == nil && removed.RowsAffected == 0 {
			return difference{}, fault.New(fault.NotFound, "nobody has asked for this software, or the request was dismissed already; list the requests there are")
		}
		if removed.Error != nil {
			return difference{}, removed.Error
		}
		shown, err := newItem("request "+row.Software, map[string]any{
			"name": row.Name, "host": row.Host, "redirect": row.Redirect, "person": row.Person, "asked": row.Asked,
			"firstAt": row.FirstAt.UTC(), "lastAt": row.LastAt.UTC(), "times": row.Times,
		}, nil)
		return difference{removed: []item{shown}}, err
	})
}
