//go:build unix

package devstack_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/devstack"
)

func TestAdmittedRoleLogsInWithItsPasswordOnly(t *testing.T) {
	t.Parallel()
	p := startPostgres(t, devstack.PostgresOptions{Durability: devstack.Volatile})
	role := devstack.Role{Name: `cle"rk`, Password: `it's \a "secret"@/`}
	execute(t, p.URL("postgres"), `CREATE ROLE "cle""rk"`)
	must(t, p.Admit(t.Context(), role))
	if got := scan[string](t, p.URLAs(role, "postgres"), "SELECT current_user"); got != role.Name {
		t.Errorf("logged in as %q", got)
	}
	role.Password = "guess"
	if c, err := pgx.Connect(t.Context(), p.URLAs(role, "postgres")); err == nil {
		_ = c.Close(t.Context())
		t.Error("a wrong password got in")
	}
	if err := p.Admit(t.Context(), devstack.Role{Name: "nobody_here", Password: "x"}); err == nil {
		t.Error("a role that does not exist was admitted")
	}
}
