package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/config"
)

func TestProcessEnvironmentAndFilesAreTheSource(t *testing.T) {
	// Not parallel: it changes the environment of the process.
	path := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(path, []byte("postgres://migrator@db/gatehouse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GATEHOUSE_MIGRATE_DATABASE_URL_FILE", path)
	c, err := config.FromEnvironment().Migrate()
	if err != nil || c.DatabaseURL.Reveal() != "postgres://migrator@db/gatehouse" {
		t.Errorf("database URL = %q, error = %v", c.DatabaseURL.Reveal(), err)
	}
}

func TestHugeFileIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "huge")
	if err := os.WriteFile(path, []byte(strings.Repeat("x", 64<<10+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	s := config.FromEnvironment()
	s.Environ = []string{"GATEHOUSE_MIGRATE_DATABASE_URL_FILE=" + path}
	_, err := s.Migrate()
	problems, _ := errors.AsType[config.Errors](err)
	wantOne(t, problems, "GATEHOUSE_MIGRATE_DATABASE_URL_FILE", "more than")
}
