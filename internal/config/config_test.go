package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/config"
)

const (
	password = "hunter2"
	kek      = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	vaultKey = "https://contoso.vault.azure.net/keys/kek"
	guid     = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
)

// production is a complete configuration that production accepts.
func production() map[string]string {
	return map[string]string{
		"GATEHOUSE_BASE_URL":           "https://gatehouse.example",
		"GATEHOUSE_DATABASE_URL":       "postgres://api:" + password + "@db.example/gatehouse",
		"GATEHOUSE_AUDIT_DATABASE_URL": "postgres://audit_writer:" + password + "@db.example/gatehouse",
		"GATEHOUSE_KEK":                kek,
		"GATEHOUSE_ALLOW_LOCAL_KEK":    "true",
	}
}

// development is a complete configuration that development accepts.
func development() map[string]string {
	return with(production(), map[string]string{
		"GATEHOUSE_ENVIRONMENT":     "development",
		"GATEHOUSE_BASE_URL":        "http://localhost:8080",
		"GATEHOUSE_LISTEN":          "localhost:8080",
		"GATEHOUSE_ALLOW_LOCAL_KEK": "",
	})
}

func with(base, changes map[string]string) map[string]string {
	all := maps.Clone(base)
	maps.Copy(all, changes)
	return all
}

// source returns the variables and a file system of the given files.
func source(variables, files map[string]string) config.Source {
	s := config.Source{ReadFile: func(path string) ([]byte, error) {
		content, ok := files[path]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return []byte(content), nil
	}}
	for name, value := range variables {
		s.Environ = append(s.Environ, name+"="+value)
	}
	return s
}

// complaints returns what is wrong with an api process's variables.
func complaints(t *testing.T, variables map[string]string) config.Errors {
	t.Helper()
	_, err := source(variables, nil).API()
	if err == nil {
		return nil
	}
	problems, ok := errors.AsType[config.Errors](err)
	if !ok {
		t.Fatalf("error is a %T, want Errors", err)
	}
	return problems
}

// wantOne fails unless there is exactly one complaint and it holds every word.
func wantOne(t *testing.T, problems config.Errors, words ...string) {
	t.Helper()
	if len(problems) != 1 {
		t.Fatalf("complaints = %q, want one", problems)
	}
	for _, word := range words {
		if !strings.Contains(problems[0], word) {
			t.Errorf("complaint %q does not mention %q", problems[0], word)
		}
	}
}

func TestCompleteConfigurationIsTypedWithItsDefaults(t *testing.T) {
	t.Parallel()
	c, err := source(production(), nil).API()
	if err != nil {
		t.Fatal(err)
	}
	if got := c.BaseURL.String(); got != "https://gatehouse.example" {
		t.Errorf("base URL = %s", got)
	}
	if got := c.DatabaseURL.Reveal(); got != production()["GATEHOUSE_DATABASE_URL"] {
		t.Errorf("database URL = %s", got)
	}
	if key := c.KEK.Reveal(); key[1] != 1 || key[31] != 31 {
		t.Errorf("KEK = %v", key)
	}
	if c.Environment != config.Production || c.Listen != ":8080" || c.TraceRatio != 0.01 || c.LogLevel != slog.LevelInfo ||
		c.MaxBodyBytes != 4<<20 || c.ShutdownTimeout != 5*time.Second || c.AllowLoopbackEgress || c.AnyLoopbackPort || c.ExtraOrigins != nil ||
		c.OTLPURL != (url.URL{}) || c.EntraURL != (url.URL{}) || c.GraphURL != (url.URL{}) {
		t.Errorf("defaults = %+v", c)
	}
}

func TestEveryValueIsRead(t *testing.T) {
	t.Parallel()
	c, err := source(with(development(), map[string]string{
		"GATEHOUSE_LISTEN":                "[::1]:0",
		"GATEHOUSE_OTLP_URL":              "http://collector:4318/base",
		"GATEHOUSE_TRACE_RATIO":           "1",
		"GATEHOUSE_LOG_LEVEL":             "debug",
		"GATEHOUSE_ENTRA_URL":             "http://localhost:8081",
		"GATEHOUSE_GRAPH_URL":             "http://127.0.0.1:8082",
		"GATEHOUSE_ALLOW_LOOPBACK_EGRESS": "true",
		"GATEHOUSE_ANY_LOOPBACK_PORT":     "true",
		"GATEHOUSE_EXTRA_ORIGINS":         "http://localhost:6274, https://inspector.example",
		"GATEHOUSE_EXTRA_CA":              authority(t) + authority(t),
		"GATEHOUSE_MAX_BODY_BYTES":        "65536",
		"GATEHOUSE_SHUTDOWN_TIMEOUT":      "1m30s",
	}), nil).API()
	if err != nil {
		t.Fatal(err)
	}
	if c.Environment != config.Development || c.Listen != "[::1]:0" || c.OTLPURL.Path != "/base" || c.TraceRatio != 1 ||
		c.LogLevel != slog.LevelDebug || c.EntraURL.Port() != "8081" || c.GraphURL.Port() != "8082" || !c.AllowLoopbackEgress || !c.AnyLoopbackPort ||
		len(c.ExtraOrigins) != 2 || c.ExtraOrigins[1] != "https://inspector.example" || c.MaxBodyBytes != 65536 ||
		c.ShutdownTimeout != 90*time.Second || len(c.ExtraCA) != 2 {
		t.Errorf("configuration = %+v", c)
	}
}

// authority is a certificate in PEM.
func authority(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestProductionRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ variable, value, word string }{
		"a base URL without TLS":        {"GATEHOUSE_BASE_URL", "http://gatehouse.example", "https"},
		"egress to this machine":        {"GATEHOUSE_ALLOW_LOOPBACK_EGRESS", "true", "development only"},
		"any port of this machine":      {"GATEHOUSE_ANY_LOOPBACK_PORT", "true", "unset it"},
		"a local KEK without a switch":  {"GATEHOUSE_ALLOW_LOCAL_KEK", "false", "GATEHOUSE_KEK"},
		"an emulated Entra ID":          {"GATEHOUSE_ENTRA_URL", "http://localhost:8081", "emulator"},
		"an emulated Graph":             {"GATEHOUSE_GRAPH_URL", "https://graph.example", "emulator"},
		"a browser origin without TLS":  {"GATEHOUSE_EXTRA_ORIGINS", "http://localhost:6274", "https"},
		"a name that means two origins": {"GATEHOUSE_EXTRA_ORIGINS", "*", "origin"},
		"an authority of one's own":     {"GATEHOUSE_EXTRA_CA", authority(t), "the system's only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOne(t, complaints(t, with(production(), map[string]string{row.variable: row.value})), row.word)
		})
	}
}

func TestDevelopmentRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ variable, value, word string }{
		"listening on every address":    {"GATEHOUSE_LISTEN", ":8080", "loopback"},
		"listening on a public address": {"GATEHOUSE_LISTEN", "192.0.2.1:8080", "loopback"},
		"an emulated Entra ID far away": {"GATEHOUSE_ENTRA_URL", "https://login.example", "loopback"},
		"an emulated Graph far away":    {"GATEHOUSE_GRAPH_URL", "http://192.0.2.1:8082", "loopback"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOne(t, complaints(t, with(development(), map[string]string{row.variable: row.value})), row.variable, row.word)
		})
	}
}

func TestPortsOfThisMachineNeedABaseURLOfThisMachine(t *testing.T) {
	t.Parallel()
	wantOne(t, complaints(t, with(development(), map[string]string{"GATEHOUSE_ANY_LOOPBACK_PORT": "true", "GATEHOUSE_BASE_URL": "https://gatehouse.example"})),
		"GATEHOUSE_ANY_LOOPBACK_PORT", "gatehouse.example")
}

func TestUnusableValueIsNamedWithItsRemedy(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ variable, value, remedy string }{
		{"GATEHOUSE_ENVIRONMENT", "prod", "production or development"},
		{"GATEHOUSE_REDIS_URL", "localhost:6379", "Redis URL"},
		{"GATEHOUSE_CLIENT_RATE", "0", "between 1"},
		{"GATEHOUSE_TOOL_RATE", "NaN", "between 1"},
		{"GATEHOUSE_ORGANIZATION_QUOTA", "100000", "100000/day"},
		{"GATEHOUSE_ORGANIZATION_QUOTA", "0/day", "100000/day"},
		{"GATEHOUSE_ORGANIZATION_QUOTA", "5/week", "day or month"},
		{"GATEHOUSE_CLOSED_LIMITS", "caller,planet", "planet"},
		{"GATEHOUSE_CLOSED_LIMITS", "caller", "GATEHOUSE_REDIS_URL is not set"},
		{"GATEHOUSE_TRUSTED_PROXIES", "10.0.0.0/8,proxy", "addresses or networks"},
		{"GATEHOUSE_TRUSTED_PROXIES", "10.0.0.1/8", "addresses or networks"},
		{"GATEHOUSE_TRUSTED_PROXIES", "0.0.0.0/0", "everybody"},
		{"GATEHOUSE_BASE_URL", "https://gatehouse.example/", "trailing slash"},
		{"GATEHOUSE_BASE_URL", "https://gatehouse.example/base", "without path"},
		{"GATEHOUSE_BASE_URL", "https://Gatehouse.example", "lowercase"},
		{"GATEHOUSE_BASE_URL", "https://gatehouse.example:443", "default"},
		{"GATEHOUSE_BASE_URL", "https://gatehouse.example:", "default"},
		{"GATEHOUSE_BASE_URL", "gatehouse.example", "http or https"},
		{"GATEHOUSE_BASE_URL", "https://", "host"},
		{"GATEHOUSE_BASE_URL", "https://a b", "not a URL"},
		{"GATEHOUSE_LISTEN", "8080", "host:port"},
		{"GATEHOUSE_LISTEN", ":http", "number"},
		{"GATEHOUSE_DATABASE_URL", "host=db user=api", "postgres://"},
		{"GATEHOUSE_AUDIT_DATABASE_URL", "mysql://db/gatehouse", "postgres://"},
		{"GATEHOUSE_KEK", "c2hvcnQ=", "openssl rand"},
		{"GATEHOUSE_KEK", strings.Repeat("A", 43) + "=", "all zero"},
		{"GATEHOUSE_ALLOW_LOCAL_KEK", "yes", "true or false"},
		{"GATEHOUSE_OTLP_URL", "collector:4317", "http://collector:4318"},
		{"GATEHOUSE_OTLP_URL", "http://user@collector:4318", "without query or user"},
		{"GATEHOUSE_TRACE_RATIO", "1.5", "between 0 and 1"},
		{"GATEHOUSE_TRACE_RATIO", "NaN", "between 0 and 1"},
		{"GATEHOUSE_TRACE_RATIO", "1%", "0.01"},
		{"GATEHOUSE_LOG_LEVEL", "verbose", "debug, info, warn or error"},
		{"GATEHOUSE_EXTRA_ORIGINS", "https://a.example,https://b.example/", "https://b.example/"},
		{"GATEHOUSE_CLOUD", "germany", "public, usgov or china"},
		{"GATEHOUSE_KEK_PREVIOUS", "c2hvcnQ=", "number 1, that is not 32 bytes"},
		{"GATEHOUSE_KEK_PREVIOUS", kek + "," + kek + "," + strings.Repeat("A", 43) + "=", "number 3, that is all zero"},
		{"GATEHOUSE_KEK_PREVIOUS", "https://evil.example/keys/kek", "Azure Key Vault"},
		{"GATEHOUSE_KEK_PREVIOUS", ", ,", "no key"},
		{"GATEHOUSE_KEK_PREVIOUS", "https://contoso.vault.azure.cn/keys/kek", "the cloud china"},
		{"GATEHOUSE_KEK_VAULT_KEY", vaultKey, "GATEHOUSE_KEK and"},
		{"GATEHOUSE_KEK_VAULT_CREDENTIAL", "client_secret", "managed_identity or workload_identity"},
		{"GATEHOUSE_KEK_VAULT_CREDENTIAL", "token", "workload_identity"},
		{"GATEHOUSE_KEK_VAULT_IDENTITY", "gatehouse", "in lower case"},

		{"GATEHOUSE_CONSOLE_CLIENT_SECRET", "x", "GATEHOUSE_CONSOLE_CLIENT_ID is not"},
		{"GATEHOUSE_CONSOLE_CERTIFICATE", certificate(t), "GATEHOUSE_CONSOLE_CLIENT_ID is not"},
		{"GATEHOUSE_CONSOLE_CERTIFICATE", "/etc/console.pem", "is not PEM"},
		{"GATEHOUSE_PLATFORM_TENANT_ID", "contoso.com", "in lower case"},
		{"GATEHOUSE_PLATFORM_TENANT_ID", strings.ToUpper(guid), "in lower case"},
		{"GATEHOUSE_OPERATOR_DATABASE_URL", "db", "postgres://"},
		{"GATEHOUSE_ADMISSION", "everybody", "open, invitation or approval"},
		{"GATEHOUSE_SHARED_APP_CREDENTIAL", "certificate", "GATEHOUSE_SHARED_APP_CLIENT_ID is not"},
		{"GATEHOUSE_SHARED_APP_CREDENTIAL", "platform_issuer", "workload_identity, certificate or client_secret"},
		{"GATEHOUSE_SHARED_APP_CLIENT_SECRET", "x", "GATEHOUSE_SHARED_APP_CLIENT_ID is not"},
		{"GATEHOUSE_SHARED_APP_IDENTITY", guid, "GATEHOUSE_SHARED_APP_CLIENT_ID is not"},
		{"GATEHOUSE_SHARED_APP_TOKEN_PATH", "/run/token", "GATEHOUSE_SHARED_APP_CLIENT_ID is not"},
		{"GATEHOUSE_SHARED_APP_IDENTIFIER_URI", "api://x", "GATEHOUSE_SHARED_APP_CLIENT_ID is not"},
		{"GATEHOUSE_EXTRA_CA", "/etc/ca.pem", "in PEM"},
		{"GATEHOUSE_EXTRA_CA", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no X.509 certificate"},
		{"GATEHOUSE_EXTRA_CA", strings.ReplaceAll(authority(t), "CERTIFICATE", "PUBLIC KEY"), "in PEM"},
		{"GATEHOUSE_EXTRA_CA", authority(t) + "more", "in PEM"},
		{"GATEHOUSE_ORGANIZATION_RATE", "0", "between 1 and 1000000"},
		{"GATEHOUSE_ORGANIZATION_RATE", "NaN", "between 1 and 1000000"},
		{"GATEHOUSE_CALLER_RATE", "0.5", "between 1 and 1000000"},
		{"GATEHOUSE_CALLER_RATE", "Inf", "between 1 and 1000000"},
		{"GATEHOUSE_ORGANIZATION_CONCURRENCY", "0", "between 1 and 1000000"},
		{"GATEHOUSE_ORGANIZATION_CONCURRENCY", "1000001", "between 1 and 1000000"},
		{"GATEHOUSE_CALLER_CONCURRENCY", "0", "between 1 and 1000000"},
		{"GATEHOUSE_MAX_BODY_BYTES", "4MiB", "whole number"},
		{"GATEHOUSE_MAX_BODY_BYTES", "0", "between 4096"},
		{"GATEHOUSE_MAX_BODY_BYTES", "67108865", "67108864"},
		{"GATEHOUSE_SHUTDOWN_TIMEOUT", "5", "with its unit"},
		{"GATEHOUSE_SHUTDOWN_TIMEOUT", "0s", "above 0s"},
		{"GATEHOUSE_SHUTDOWN_TIMEOUT", "6m", "up to 5m"},
	} {
		t.Run(row.variable+"="+row.value, func(t *testing.T) {
			t.Parallel()
			wantOne(t, complaints(t, with(production(), map[string]string{row.variable: row.value})), row.variable, row.remedy)
		})
	}
}

func TestAllComplaintsComeAtOnce(t *testing.T) {
	t.Parallel()
	problems := complaints(t, map[string]string{
		"GATEHOUSE_ENVIRONMENT":  "staging",
		"GATEHOUSE_LOG_LEVEL":    "loud",
		"GATEHOUSE_LISTN":        ":80",
		"GATEHOUSE_DATABASE_URL": "postgres://api@db/gatehouse",
	})
	text := problems.Error()
	for _, name := range []string{
		"GATEHOUSE_ENVIRONMENT", "GATEHOUSE_LOG_LEVEL", "GATEHOUSE_LISTN",
		"GATEHOUSE_BASE_URL", "GATEHOUSE_AUDIT_DATABASE_URL", "GATEHOUSE_KEK",
	} {
		if !strings.Contains(text, name) {
			t.Errorf("%s is not mentioned in:\n%s", name, text)
		}
	}
	if len(problems) != 6 {
		t.Errorf("%d complaints, want 6:\n%s", len(problems), text)
	}
}

func TestUnknownVariableSuggestsTheNearestKnownOne(t *testing.T) {
	t.Parallel()
	for unknown, nearest := range map[string]string{
		"GATEHOUSE_BASEURL":       "GATEHOUSE_BASE_URL",
		"GATEHOUSE_LOGLEVEL":      "GATEHOUSE_LOG_LEVEL",
		"GATEHOUSE_KEK_FIEL":      "GATEHOUSE_KEK_FILE",
		"GATEHOUSE_MAX_BODY_BYTE": "GATEHOUSE_MAX_BODY_BYTES",
		"GATEHOUSE_PORT":          "GATEHOUSE_",
		"GATEHOUSE_QQQQQQQQQQQQQ": "docs/configuration.md",
	} {
		t.Run(unknown, func(t *testing.T) {
			t.Parallel()
			wantOne(t, complaints(t, with(production(), map[string]string{unknown: ""})), unknown+" is not a variable", nearest)
		})
	}
}

func TestVariableOfAnotherProcessIsKnown(t *testing.T) {
	t.Parallel()
	problems := complaints(t, with(production(), map[string]string{
		"GATEHOUSE_MIGRATE_DATABASE_URL": "postgres://migrator@db/gatehouse", "OTHER": "x",
	}))
	if problems != nil {
		t.Error(problems)
	}
}

func TestServiceLinksAreIgnoredInsideKubernetesOnly(t *testing.T) {
	t.Parallel()
	links := with(production(), map[string]string{
		"GATEHOUSE_API_SERVICE_HOST":              "10.0.0.1",
		"GATEHOUSE_API_SERVICE_PORT":              "80",
		"GATEHOUSE_API_SERVICE_PORT_HTTP_METRICS": "9090",
		"GATEHOUSE_API_PORT":                      "tcp://10.0.0.1:80",
		"GATEHOUSE_API_PORT_80_TCP":               "tcp://10.0.0.1:80",
		"GATEHOUSE_API_PORT_80_TCP_ADDR":          "10.0.0.1",
		"GATEHOUSE_SERVICE_HOST":                  "10.0.0.2",
	})
	if got := complaints(t, links); len(got) != 7 {
		t.Errorf("outside a pod: %d complaints, want 7: %v", len(got), got)
	}
	links["KUBERNETES_SERVICE_HOST"] = "10.0.0.3"
	if got := complaints(t, links); got != nil {
		t.Errorf("inside a pod: %v", got)
	}
}

func TestValueComesFromAFile(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"bare": kek, "with a line feed": kek + "\n", "with a line break of Windows": kek + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := with(production(), map[string]string{"GATEHOUSE_KEK": "", "GATEHOUSE_KEK_FILE": "/run/kek"})
			c, err := source(variables, map[string]string{"/run/kek": content}).API()
			if err != nil {
				t.Fatal(err)
			}
			if key := c.KEK.Reveal(); key[31] != 31 {
				t.Errorf("KEK = %v", key)
			}
		})
	}
}

func TestUnusableFileIsNamed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ value, path, word string }{
		"both are set":      {kek, "/run/kek", "both set"},
		"there is no file":  {"", "/run/nothing", "/run/nothing"},
		"the file is empty": {"", "/run/empty", "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := with(production(), map[string]string{"GATEHOUSE_KEK": row.value, "GATEHOUSE_KEK_FILE": row.path})
			_, err := source(variables, map[string]string{"/run/kek": kek, "/run/empty": "\n"}).API()
			problems, _ := errors.AsType[config.Errors](err)
			wantOne(t, problems, "GATEHOUSE_KEK_FILE", row.word)
		})
	}
}

func TestMigrateNeedsItsDatabase(t *testing.T) {
	t.Parallel()
	const name = "GATEHOUSE_MIGRATE_DATABASE_URL"
	c, err := source(map[string]string{name: "postgresql://migrator@db/gatehouse"}, nil).Migrate()
	if err != nil || c.DatabaseURL.Reveal() != "postgresql://migrator@db/gatehouse" {
		t.Errorf("configuration = %v, error = %v", c.DatabaseURL.Reveal(), err)
	}
	for _, bad := range []string{"", "db"} {
		_, err := source(map[string]string{name: bad}, nil).Migrate()
		problems, _ := errors.AsType[config.Errors](err)
		wantOne(t, problems, name)
	}
}

func TestDevNeedsNothing(t *testing.T) {
	t.Parallel()
	if _, err := source(nil, nil).Dev(); err != nil {
		t.Error(err)
	}
	_, err := source(map[string]string{"GATEHOUSE_TEST_DATABASE_URL": "db", "GATEHOUSE_DATABASE_URL": "db"}, nil).Dev()
	if problems, _ := errors.AsType[config.Errors](err); len(problems) != 2 {
		t.Errorf("complaints = %v, want 2", err)
	}
}
