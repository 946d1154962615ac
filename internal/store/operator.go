package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/tenants"
)

// Operators is what those who run the platform see of it: names, states and
// numbers, under the role gatehouse_operator, which may read nothing else.
type Operators struct{ db *DB }

// OpenOperators connects with a URL or keyword string of PostgreSQL. It does
// not check the role; Guard does.
func OpenOperators(ctx context.Context, url string) (*Operators, error) {
	db, err := Open(ctx, url, time.Now)
	if err != nil {
		return nil, err
	}
	return &Operators{db}, nil
}

// Close ends the connections.
func (o *Operators) Close() error { return o.db.Close() }

type listingRow struct {
	OrgID     tenants.ID
	Slug      tenants.Slug
	Name      string
	EntraTid  tenants.TID
	State     tenants.State
	CreatedAt time.Time
	Version   int64
}

// maxPage bounds one page of organizations.
const maxPage = 500

func pageOf(limit int) int { return min(max(limit, 1), maxPage) }

// List returns up to limit organizations, 500 at most, behind a position in order of their
// creation, deleted ones included. A page that is not full is the last.
func (o *Operators) List(ctx context.Context, after tenants.ListingCursor, limit int) ([]tenants.Listing, error) {
	var rows []listingRow
	err := o.db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw(`SELECT org_id, slug, name, entra_tid, state, created_at, version FROM organizations
			WHERE (created_at, org_id) > (?, ?) ORDER BY created_at, org_id LIMIT ?`,
			after.CreatedAt, after.ID, pageOf(limit)).Scan(&rows).Error
	})
	list := make([]tenants.Listing, len(rows))
	for n, r := range rows {
		list[n] = tenants.Listing{ID: r.OrgID, Slug: r.Slug, Name: r.Name, TID: r.EntraTid, State: r.State, CreatedAt: r.CreatedAt.UTC(), Version: r.Version}
	}
	return list, err
}

// Count returns how many organizations there are in each state; a state that
// none is in is absent.
func (o *Operators) Count(ctx context.Context) (map[tenants.State]int64, error) {
	var rows []struct {
		State tenants.State
		Count int64
	}
	err := o.db.outside(ctx, func(tx *gorm.DB) error {
		return tx.Raw("SELECT state, count(*) AS count FROM organizations GROUP BY state").Scan(&rows).Error
	})
	counts := map[tenants.State]int64{}
	for _, r := range rows {
		counts[r.State] = r.Count
	}
	return counts, err
}
