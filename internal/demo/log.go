package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatehouse/internal/devstack"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// databaseFile keeps the connection string of the running demo's database,
// readable by its owner only.
const databaseFile = "database.url"

// ownerFile keeps that of whoever owns the database, in the same way: whoever runs a
// platform has it, and may try what Gatehouse keeps it from.
const ownerFile = "owner.url"

// keepDatabaseURL lets other commands find the running database.
func (s *Stack) keepDatabaseURL() error {
	if err := os.WriteFile(filepath.Join(s.settings.Data, databaseFile), []byte(s.database.api), 0o600); err != nil {
		return fmt.Errorf("keep database URL: %w", err)
	}
	if err := os.WriteFile(filepath.Join(s.settings.Data, ownerFile), []byte(s.database.owner), 0o600); err != nil {
		return fmt.Errorf("keep owner's database URL: %w", err)
	}
	return nil
}

// LogQuery is what to print of an organization's log.
type LogQuery struct {
	Data  string // directory of the stack that runs
	Slug  string
	Last  int  // how many records, the newest; 0: all
	Whole bool // each as it is kept, in JSON; otherwise what matters of it
}

// PrintLog prints an organization's log: one record a line, the newest last.
func PrintLog(ctx context.Context, q LogQuery, out io.Writer) error {
	if q.Last < 0 {
		return errors.New("how many of the last records is negative; 0 is all of them")
	}
	url, err := os.ReadFile(filepath.Join(q.Data, databaseFile))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("nothing has run on %s yet; start gatehouse-dev first, or name its directory with --data", q.Data)
	}
	if err != nil {
		return fmt.Errorf("read database URL: %w", err)
	}
	wanted, err := tenants.ParseSlug(q.Slug)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, string(url), time.Now)
	if err != nil {
		return fmt.Errorf("is gatehouse-dev running? %w", err)
	}
	defer func() { _ = db.Close() }()
	org, err := db.OrgBySlug(ctx, wanted)
	if err != nil {
		return fmt.Errorf("organization %s: %w; of the demo there are %s", q.Slug, err, strings.Join(present(ctx, db), ", "))
	}
	var kept [][]byte
	box, err := openBox(q.Data)
	if err != nil {
		return err
	}
	err = db.Records(ctx, box.Open, org, tenants.GUID{}, func(r store.StoredRecord) error {
		if kept = append(kept, r.Payload); q.Last > 0 && len(kept) > q.Last {
			kept = kept[1:]
		}
		return nil
	})
	if err != nil {
		return err
	}
	return printRecords(kept, q, out)
}

// openBox opens what the keys of the demo's organizations lie in.
func openBox(dir string) (*secrets.Box, error) {
	key, err := LoadKey(dir)
	if err != nil {
		return nil, err
	}
	return key.Box()
}

// present lists the demo's organizations that the database has: Adatum is one
// when somebody has claimed it.
func present(ctx context.Context, db *store.DB) (slugs []string) {
	for _, slug := range append(slugsOf(Companies()), tenants.MustSlug(strings.ToLower(Adatum().Name))) {
		if _, err := db.OrgBySlug(ctx, slug); err == nil {
			slugs = append(slugs, slug.String())
		}
	}
	return slugs
}

func slugsOf(all []Company) (slugs []tenants.Slug) {
	for _, c := range all {
		slugs = append(slugs, c.Slug)
	}
	return slugs
}

// Forget removes what earlier runs on the data directory have kept.
func Forget(ctx context.Context, o Settings) error {
	if o.DatabaseURL != "" {
		p, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{ServerURL: o.DatabaseURL})
		if err != nil {
			return err
		}
		if err := p.DropDatabase(ctx, databaseName); err != nil {
			return err
		}
	}
	if err := devstack.Discard(o.Data); err != nil {
		return err
	}
	for _, c := range Companies() {
		if err := os.RemoveAll(filepath.Join(o.Data, c.Slug.String())); err != nil {
			return fmt.Errorf("forget: %w", err)
		}
	}
	for _, name := range []string{"key", FileName, databaseFile, ownerFile} {
		if err := os.Remove(filepath.Join(o.Data, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("forget: %w", err)
		}
	}
	return nil
}
