package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/tenants"
)

// seenSoftware joins what each table knows of software and counts. What is there is
// told anew every time: of what has been revoked, dismissed or swept nothing is left.
const seenSoftware = `
WITH seen AS (
	SELECT software, name, host, made_at AS first_at, used_at AS last_at, person, NULL AS registration, false AS asked, false AS entra FROM connections
	UNION ALL
	SELECT software, name, host, first_at, last_at, NULL, NULL, true, false FROM client_requests
	UNION ALL
	SELECT software, name, '', created_at, COALESCE(used_at, created_at), NULL, id, false, false FROM registered_clients WHERE expires_at > @now AND software <> ''
	UNION ALL
	SELECT client_id::text, '', '', first_at, last_at, NULL, NULL, false, true FROM entra_clients
)
SELECT software, min(first_at) AS first_at, max(last_at) AS last_at, max(host) AS host, bool_or(asked) AS asked, bool_or(entra) AS entra,
	(array_agg(name ORDER BY last_at DESC, name))[1] AS name,
	count(person) AS connections, count(DISTINCT person) AS people, count(registration) AS registrations,
	(array_agg(registration ORDER BY first_at DESC, registration) FILTER (WHERE registration IS NOT NULL))[1 : @shown ] AS latest
FROM seen WHERE software COLLATE "C" > @after GROUP BY software ORDER BY software COLLATE "C" LIMIT @most`

type seenRow struct {
	Software      string
	Name          string
	Host          string
	Entra         bool
	Asked         bool
	FirstAt       time.Time
	LastAt        time.Time
	Connections   int
	People        int
	Registrations int
	Latest        textArray
}

// SeenSoftware lists the software that has come to an organization, sorted by bytes,
// after the one given; so many at most.
func (db *DB) SeenSoftware(ctx context.Context, org tenants.ID, after string, most int) ([]connections.Seen, error) {
	var rows []seenRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Raw(seenSoftware, map[string]any{"now": db.now(), "after": after, "most": most, "shown": connections.MaxShownRegistrations}).Scan(&rows).Error
	})
	list := make([]connections.Seen, len(rows))
	for i, r := range rows {
		list[i] = connections.Seen{
			Software: r.Software, Name: r.Name, Host: r.Host, Entra: r.Entra, Asked: r.Asked, FirstAt: r.FirstAt.UTC(), LastAt: r.LastAt.UTC(),
			Connections: r.Connections, People: r.People, Registrations: r.Registrations, Latest: r.Latest,
		}
	}
	return list, err
}

const pruneEntraClients = `DELETE FROM entra_clients WHERE client_id IN (
	SELECT client_id FROM entra_clients WHERE client_id <> ? ORDER BY last_at DESC, client_id OFFSET ? FOR UPDATE SKIP LOCKED)`

// SawEntraClient notes that an app registration's tokens of Entra were shown. It is
// no event of the log, which has each token. What was noted within SeenEvery stays.
func (db *DB) SawEntraClient(ctx context.Context, by authz.Caller, client tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		now := *instant(db.now())
		noted := tx.Exec(`INSERT INTO entra_clients (client_id, first_at, last_at) VALUES (?, ?, ?)
			ON CONFLICT (org_id, client_id) DO UPDATE SET last_at = EXCLUDED.last_at WHERE entra_clients.last_at <= ?`, client, now, now, now.Add(-connections.SeenEvery))
		if noted.Error != nil || noted.RowsAffected == 0 {
			return noted.Error
		}
		return tx.Exec(pruneEntraClients, client, connections.MaxEntraClients-1).Error
	})
}
