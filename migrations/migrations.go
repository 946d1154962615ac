// Package migrations carries the database schema as numbered SQL files, applied
// in order by the store's Migrate. Files are never edited once released.
package migrations

import "embed"

// Files holds every migration.
//
//go:embed *.sql
var Files embed.FS
