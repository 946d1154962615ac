package store_test

import (
	"strings"
	"testing"

	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
)

func TestSuperuserIsRefused(t *testing.T) {
	t.Parallel()
	err := store.GuardRole(t.Context(), storetest.New(t).Superuser)
	if err == nil || !strings.Contains(err.Error(), "superuser") {
		t.Errorf("%v", err)
	}
}

func TestOwnerAndBypassingRolesAreRefused(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	conn := connect(t, d.Superuser)
	name := "odd_" + strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))
	defer func() {
		_, err := conn.Exec(t.Context(), "ALTER TABLE tools OWNER TO CURRENT_USER; REVOKE ALL ON SCHEMA public FROM "+name+"; DROP ROLE "+name)
		must(t, err)
	}()
	for _, sql := range []string{
		"CREATE ROLE " + name + " LOGIN BYPASSRLS PASSWORD 'storetest'", "GRANT CREATE, USAGE ON SCHEMA public TO " + name, "ALTER TABLE tools OWNER TO " + name,
	} {
		_, err := conn.Exec(t.Context(), sql)
		must(t, err)
	}
	err := store.GuardRole(t.Context(), strings.Replace(d.API, "gatehouse_api", name, 1))
	for _, complaint := range []string{"BYPASSRLS", "owns tables"} {
		if err == nil || !strings.Contains(err.Error(), complaint) {
			t.Errorf("no complaint about %s: %v", complaint, err)
		}
	}
}

func TestForgetfulServerIsRefused(t *testing.T) {
	t.Parallel()
	d := storetest.New(t) // the server of the tests runs with fsync=off
	err := store.Guard(t.Context(), d.API)
	if err == nil || !strings.Contains(err.Error(), "fsync=off") || !strings.Contains(err.Error(), "synchronous_commit=off") {
		t.Errorf("%v", err)
	}
}
