package chaos_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/devstack"
)

// production is the environment of a replica that production accepts, with
// other values for some variables behind it.
func (w *world) production(other ...string) []string {
	return append([]string{
		"GATEHOUSE_BASE_URL=https://gatehouse.example", "GATEHOUSE_LISTEN=localhost:0",
		"GATEHOUSE_DATABASE_URL=" + w.api, "GATEHOUSE_AUDIT_DATABASE_URL=" + w.audit,
		"GATEHOUSE_KEK=" + base64.StdEncoding.EncodeToString(w.kek[:]), "GATEHOUSE_ALLOW_LOCAL_KEK=true",
	}, other...)
}

// secrets is what no output may hold.
func (w *world) secrets() []string {
	return []string{base64.StdEncoding.EncodeToString(w.kek[:]), apiRole.Password, auditRole.Password, oddPassword, w.password}
}

// mustRefuse starts cmd/api and expects it to end by itself, complaining about
// each of the parts and telling no secret.
func (w *world) mustRefuse(t *testing.T, environment []string, parts ...string) {
	t.Helper()
	r := launch(t, environment)
	code := r.waitFor(t, replicaLimit)
	said := r.log.text()
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("does not say %q:\n%s", part, said)
		}
	}
	for _, secret := range w.secrets() {
		if secret != "" && strings.Contains(said, secret) {
			t.Errorf("tells the secret %q:\n%s", secret, said)
		}
	}
	if strings.Contains(said, "goroutine ") {
		t.Errorf("panics:\n%s", said)
	}
}

// TestProductionStarts shows that what the other tests change is what is
// refused.
func TestProductionStarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := startReplica(t, w.production())
	r.interrupt(t)
	if code := r.waitFor(t, replicaLimit); code != 0 {
		t.Errorf("exit code %d:\n%s", code, r.log.text())
	}
}

func TestProductionRefusesUnsafeSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := map[string]struct{ setting, variable, remedy string }{
		"plain HTTP":            {"GATEHOUSE_BASE_URL=http://gatehouse.example", "GATEHOUSE_BASE_URL", "put TLS in front and give its https URL"},
		"loopback egress":       {"GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true", "GATEHOUSE_ALLOW_LOOPBACK_EGRESS", "unset it"},
		"local KEK":             {"GATEHOUSE_ALLOW_LOCAL_KEK=false", "GATEHOUSE_KEK", "set GATEHOUSE_ALLOW_LOCAL_KEK=true"},
		"emulated Entra":        {"GATEHOUSE_ENTRA_URL=" + w.places.Entra, "GATEHOUSE_ENTRA_URL", "unset it"},
		"emulated Graph":        {"GATEHOUSE_GRAPH_URL=" + w.places.Graph, "GATEHOUSE_GRAPH_URL", "unset it"},
		"plain HTTP origin":     {"GATEHOUSE_EXTRA_ORIGINS=http://inspector.example", "GATEHOUSE_EXTRA_ORIGINS", "https origins only"},
		"misspelled variable":   {"GATEHOUSE_CALER_RATE=1", "GATEHOUSE_CALER_RATE", "the nearest one is GATEHOUSE_CALLER_RATE"},
		"superuser":             {"GATEHOUSE_DATABASE_URL=" + w.superuser, "GATEHOUSE_DATABASE_URL: database role postgres is a superuser", "connect as gatehouse_api"},
		"superuser for records": {"GATEHOUSE_AUDIT_DATABASE_URL=" + w.superuser, "GATEHOUSE_AUDIT_DATABASE_URL: database role postgres is a superuser", "connect as gatehouse_api or gatehouse_audit_writer"},
		"no database there":     {"GATEHOUSE_DATABASE_URL=" + strings.Replace(w.api, "chaos_", "nowhere_", 1), "GATEHOUSE_DATABASE_URL", "cannot be reached"},
		"wrong password":        {"GATEHOUSE_DATABASE_URL=" + strings.Replace(w.api, apiRole.Password, oddPassword, 1), "GATEHOUSE_DATABASE_URL", "password authentication failed"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.mustRefuse(t, w.production(row.setting), row.variable, row.remedy)
		})
	}
}

func TestAllComplaintsComeAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mustRefuse(t, w.production(
		"GATEHOUSE_BASE_URL=http://gatehouse.example", "GATEHOUSE_ALLOW_LOCAL_KEK=false", "GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true",
		"GATEHOUSE_ENTRA_URL="+w.places.Entra, "GATEHOUSE_GRAPH_URL="+w.places.Graph, "GATEHOUSE_TRACE_RATIO=2",
	),
		"GATEHOUSE_BASE_URL uses http", "GATEHOUSE_KEK is a local", "GATEHOUSE_ALLOW_LOOPBACK_EGRESS is true",
		"GATEHOUSE_ENTRA_URL names an emulator", "GATEHOUSE_GRAPH_URL names an emulator", "GATEHOUSE_TRACE_RATIO is 2")
	w.mustRefuse(t, []string{"GATEHOUSE_LOG_LEVEL=loud", "GATEHOUSE_SHUTDOWN_TIMEOUT=5", "GATEHOUSE_COLOR=red"},
		"GATEHOUSE_LOG_LEVEL", "GATEHOUSE_SHUTDOWN_TIMEOUT", "GATEHOUSE_COLOR",
		"GATEHOUSE_BASE_URL is not set", "GATEHOUSE_DATABASE_URL is not set", "GATEHOUSE_AUDIT_DATABASE_URL is not set", "GATEHOUSE_KEK is not set")
}

// oddPassword is of roles and connection strings that must not work.
const oddPassword = "odd-pass-77b0"

func TestProductionRefusesRolesThatRowLevelSecurityDoesNotBind(t *testing.T) {
	t.Parallel()
	server := postgres(t)
	owner, bypasses := devstack.Role{Name: "chaos_owner", Password: oddPassword}, devstack.Role{Name: "chaos_bypasses", Password: oddPassword}
	t.Cleanup(func() { // after the database that depends on them has gone
		execute(t, server.URL("postgres"), "DROP ROLE IF EXISTS chaos_owner, chaos_bypasses")
	})
	database := cloned(t)
	w := worldOn(t, server, database)
	execute(t, server.URL(database), "CREATE ROLE chaos_owner", "CREATE ROLE chaos_bypasses BYPASSRLS",
		"GRANT CREATE, USAGE ON SCHEMA public TO chaos_owner", "ALTER TABLE tools OWNER TO chaos_owner")
	must(t, server.Admit(t.Context(), owner, bypasses))
	w.mustRefuse(t, w.production("GATEHOUSE_DATABASE_URL="+server.URLAs(owner, database), "GATEHOUSE_AUDIT_DATABASE_URL="+server.URLAs(bypasses, database)),
		"GATEHOUSE_DATABASE_URL: database role chaos_owner owns tables", "let another role own them",
		"GATEHOUSE_AUDIT_DATABASE_URL: database role chaos_bypasses has BYPASSRLS", "take it away")
}

func TestProductionRefusesAServerThatForgets(t *testing.T) {
	t.Parallel()
	server, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Durability: devstack.Volatile})
	must(t, err)
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	must(t, server.CreateDatabase(t.Context(), template))
	must(t, migrate(t.Context(), server, template))
	w := worldOn(t, server, template)
	w.mustRefuse(t, w.production(), "fsync=off", "synchronous_commit=off", "switch it on")
}

// execute runs statements one by one as whoever the connection string names.
func execute(t *testing.T, connection string, statements ...string) {
	t.Helper()
	ctx := context.Background() // cleanups run when the test's context has ended
	conn, err := pgx.Connect(ctx, connection)
	must(t, err)
	defer func() { _ = conn.Close(ctx) }()
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
