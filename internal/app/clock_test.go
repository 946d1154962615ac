package app_test

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/store/storetest"
)

// ahead makes a database say that it is two hours later.
func ahead(t *testing.T) storetest.Database {
	t.Helper()
	d := storetest.New(t)
	pool, err := sql.Open("pgx", d.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	if _, err := pool.ExecContext(t.Context(), `CREATE SCHEMA ahead; GRANT USAGE ON SCHEMA ahead TO PUBLIC;
		CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() + interval '2 hours' $$`); err != nil {
		t.Fatal(err)
	}
	d.API += "?search_path=ahead,pg_catalog,public"
	return d
}

// TestWhatEntraIsShownIsDatedByTheMachine: Entra refuses what a database that is off
// would date.
func TestWhatEntraIsShownIsDatedByTheMachine(t *testing.T) {
	t.Parallel()
	d := ahead(t)
	if off := time.Until(d.Open(t).Now()); off < time.Hour {
		t.Fatalf("the database is ahead by %s", off)
	}
	assertion, err := newAPI(t, d).AssertionForTest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(assertion, ".")[1])
	var said struct{ Iat, Exp int64 }
	if err != nil || json.Unmarshal(text, &said) != nil {
		t.Fatal(string(text), err)
	}
	if off := time.Since(time.Unix(said.Iat, 0)); off.Abs() > time.Minute {
		t.Errorf("issued %s ago", off)
	}
}
