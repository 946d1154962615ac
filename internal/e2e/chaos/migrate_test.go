package chaos_test

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// gatehouse runs the operator's tool with an environment of its own and returns
// its exit code and what it said.
func gatehouse(t *testing.T, environment []string, args ...string) (code int, said string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(t, "gatehouse"), args...)
	cmd.Env = append([]string{"PATH=/usr/bin"}, environment...)
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatalf("run gatehouse: %v", err)
	} else if ok {
		return exit.ExitCode(), string(out)
	}
	return 0, string(out)
}

// emptyDatabase returns the name of a database without a schema.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	server := postgres(t)
	name := fmt.Sprintf("chaos_empty_%d", shared.sequence.Add(1))
	must(t, server.CreateDatabase(t.Context(), name))
	t.Cleanup(func() { execute(t, server.URL("postgres"), "DROP DATABASE "+name+" WITH (FORCE)") })
	return name
}

func TestMigrateIsIdempotent(t *testing.T) {
	t.Parallel()
	environment := []string{"GATEHOUSE_MIGRATE_DATABASE_URL=" + postgres(t).URL(emptyDatabase(t))}
	code, said := gatehouse(t, environment, "migrate")
	if code != 0 || !strings.HasPrefix(said, "applied 00001_roles.sql\n") || strings.Count(said, "applied ") < 4 {
		t.Fatalf("%d %s", code, said)
	}
	if code, said := gatehouse(t, environment, "migrate"); code != 0 || said != "nothing to do\n" {
		t.Errorf("again: %d %s", code, said)
	}
}

// TestMigrationsAtOnceLeaveOneSchema runs the job several times at once, as
// rollouts that retry too early do.
func TestMigrationsAtOnceLeaveOneSchema(t *testing.T) {
	t.Parallel()
	environment := []string{"GATEHOUSE_MIGRATE_DATABASE_URL=" + postgres(t).URL(emptyDatabase(t))}
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if code, said := gatehouse(t, environment, "migrate"); code != 0 {
				t.Errorf("%d %s", code, said)
			}
		})
	}
	all.Wait()
	if code, said := gatehouse(t, environment, "migrate"); code != 0 || said != "nothing to do\n" {
		t.Errorf("afterwards: %d %s", code, said)
	}
}

func TestMigrateSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	server, database := postgres(t), emptyDatabase(t)
	must(t, server.Admit(t.Context(), apiRole))
	for name, row := range map[string]struct {
		environment []string
		args        []string
		parts       []string
	}{
		"no command":       {nil, nil, []string{"usage: gatehouse", "migrate"}},
		"unknown command":  {nil, []string{"migrat"}, []string{"usage: gatehouse", "migrate"}},
		"nothing set":      {nil, []string{"migrate"}, []string{"GATEHOUSE_MIGRATE_DATABASE_URL is not set", "GATEHOUSE_MIGRATE_DATABASE_URL_FILE"}},
		"no URL":           {[]string{"GATEHOUSE_MIGRATE_DATABASE_URL=host=db password=" + oddPassword}, []string{"migrate"}, []string{"GATEHOUSE_MIGRATE_DATABASE_URL must be a PostgreSQL URL"}},
		"nobody there":     {[]string{"GATEHOUSE_MIGRATE_DATABASE_URL=postgres://owner:" + oddPassword + "@127.0.0.1:1/gatehouse"}, []string{"migrate"}, []string{"GATEHOUSE_MIGRATE_DATABASE_URL", "connection refused"}},
		"no such database": {[]string{"GATEHOUSE_MIGRATE_DATABASE_URL=" + server.URL("chaos_nowhere")}, []string{"migrate"}, []string{"GATEHOUSE_MIGRATE_DATABASE_URL", "does not exist"}},
		"wrong role": {
			[]string{"GATEHOUSE_MIGRATE_DATABASE_URL=" + server.URLAs(apiRole, database)},
			[]string{"migrate"},
			[]string{"GATEHOUSE_MIGRATE_DATABASE_URL", "permission denied"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, said := gatehouse(t, row.environment, row.args...)
			if code != 1 {
				t.Errorf("exit code %d", code)
			}
			for _, part := range row.parts {
				if !strings.Contains(said, part) {
					t.Errorf("does not say %q:\n%s", part, said)
				}
			}
			for _, secret := range []string{oddPassword, apiRole.Password} {
				if strings.Contains(said, secret) {
					t.Errorf("tells a secret:\n%s", said)
				}
			}
		})
	}
}
