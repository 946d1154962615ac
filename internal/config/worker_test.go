package config_test

import (
	"errors"
	"testing"
	"time"

	"gatehouse/internal/config"
)

// working is a complete configuration of a worker that production accepts.
func working() map[string]string {
	all := with(production(), map[string]string{
		"GATEHOUSE_DATABASE_URL": "postgres://worker:" + password + "@db.example/gatehouse", "GATEHOUSE_REDIS_URL": "rediss://:" + password + "@redis.example:6379/0",
	})
	delete(all, "GATEHOUSE_AUDIT_DATABASE_URL")
	return all
}

// workerComplaints returns what is wrong with a worker's variables.
func workerComplaints(t *testing.T, variables map[string]string) config.Errors {
	t.Helper()
	_, err := source(variables, nil).Worker()
	if err == nil {
		return nil
	}
	problems, ok := errors.AsType[config.Errors](err)
	if !ok {
		t.Fatalf("error is a %T, want Errors", err)
	}
	return problems
}

func TestWorkerIsConfiguredWithItsDefaults(t *testing.T) {
	t.Parallel()
	c, err := source(working(), nil).Worker()
	if err != nil {
		t.Fatal(err)
	}
	if c.Environment != config.Production || c.WorkerListen != ":8081" || c.SweepInterval != 5*time.Second || c.ShutdownTimeout != 5*time.Second ||
		c.RedisURL.Reveal() != working()["GATEHOUSE_REDIS_URL"] || c.DatabaseURL.Reveal() != working()["GATEHOUSE_DATABASE_URL"] || c.KEK.IsZero() {
		t.Errorf("%+v", c)
	}
}

func TestWorkerRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ variable, value, word string }{
		"no database":           {"GATEHOUSE_DATABASE_URL", "", "not set"},
		"no Redis":              {"GATEHOUSE_REDIS_URL", "", "not set"},
		"no base URL":           {"GATEHOUSE_BASE_URL", "", "not set"},
		"no key":                {"GATEHOUSE_KEK", "", "not set"},
		"another scheme":        {"GATEHOUSE_REDIS_URL", "http://redis.example", "Redis URL"},
		"an address without":    {"GATEHOUSE_WORKER_LISTEN", "8081", "host:port"},
		"sweeps all the time":   {"GATEHOUSE_SWEEP_INTERVAL", "999ms", "from 1s to 1m"},
		"seals all the time":    {"GATEHOUSE_SEAL_INTERVAL", "49ms", "from 50ms to 10s"},
		"seals hardly ever":     {"GATEHOUSE_SEAL_INTERVAL", "11s", "from 50ms to 10s"},
		"sweeps hardly ever":    {"GATEHOUSE_SWEEP_INTERVAL", "61s", "from 1s to 1m"},
		"no time to stop":       {"GATEHOUSE_SHUTDOWN_TIMEOUT", "0s", "above 0s"},
		"plain http":            {"GATEHOUSE_BASE_URL", "http://gatehouse.example", "https only"},
		"an emulator":           {"GATEHOUSE_ENTRA_URL", "http://localhost:8081", "emulator"},
		"egress to the machine": {"GATEHOUSE_ALLOW_LOOPBACK_EGRESS", "true", "development only"},
		"an unaccepted key":     {"GATEHOUSE_ALLOW_LOCAL_KEK", "", "GATEHOUSE_ALLOW_LOCAL_KEK=true"},
		"a shared app unproved": {"GATEHOUSE_SHARED_APP_IDENTIFIER_URI", "api://" + guid, "GATEHOUSE_SHARED_APP_CLIENT_ID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOne(t, workerComplaints(t, with(working(), map[string]string{row.variable: row.value})), row.variable, row.word)
		})
	}
}

func TestWorkerInDevelopmentIsSeenFromThisMachineOnly(t *testing.T) {
	t.Parallel()
	local := with(working(), map[string]string{
		"GATEHOUSE_ENVIRONMENT": "development", "GATEHOUSE_BASE_URL": "http://localhost:8080", "GATEHOUSE_WORKER_LISTEN": "localhost:0",
		"GATEHOUSE_ENTRA_URL": "http://localhost:8081", "GATEHOUSE_GRAPH_URL": "http://localhost:8082",
	})
	if problems := workerComplaints(t, local); problems != nil {
		t.Error(problems)
	}
	wantOne(t, workerComplaints(t, with(local, map[string]string{"GATEHOUSE_WORKER_LISTEN": ":8081"})), "GATEHOUSE_WORKER_LISTEN", "loopback only")
	wantOne(t, workerComplaints(t, with(local, map[string]string{"GATEHOUSE_GRAPH_URL": "http://graph.example"})), "GATEHOUSE_GRAPH_URL", "loopback only")
}
