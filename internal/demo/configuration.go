package demo

import (
	"encoding/base64"
	"os"
	"strconv"
	"strings"

	"gatehouse/internal/config"
)

// common is what all processes have in their configuration, as an operator would set
// it.
func (s *Stack) common(key Key) config.Source {
	kek := key.bytes("key-encryption key")
	environ := []string{
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=" + s.Places.Base, "GATEHOUSE_REDIS_URL=" + s.redis.URL(),
		"GATEHOUSE_KEK=" + base64.StdEncoding.EncodeToString(kek[:]),
		"GATEHOUSE_ENTRA_URL=" + s.Places.Entra, "GATEHOUSE_GRAPH_URL=" + s.Places.Graph, "GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true",
		"GATEHOUSE_SMTP_URL=" + s.mailroom.smtp(), "GATEHOUSE_MAIL_FROM=Gatehouse <gatehouse@" + Platform().Domain + ">",
		"GATEHOUSE_LOG_LEVEL=" + strings.ToLower(s.settings.LogLevel.String()),
	}
	environ = append(environ, sharedApp(key)...)
	if s.authority != nil {
		environ = append(environ, "GATEHOUSE_EXTRA_CA_FILE="+s.authority.CertFile())
	}
	return config.Source{ReadFile: os.ReadFile, Environ: environ}
}

// configuration is the api process's.
func (s *Stack) configuration(key Key) (config.API, error) {
	source := s.common(key)
	source.Environ = append(source.Environ,
		"GATEHOUSE_LISTEN="+s.listeners[apiPart][0].Addr().String(),
		"GATEHOUSE_DATABASE_URL="+s.database.api, "GATEHOUSE_AUDIT_DATABASE_URL="+s.database.audit,
		"GATEHOUSE_EXTRA_ORIGINS=http://localhost:6274,http://127.0.0.1:6274",           // the MCP Inspector's page
		"GATEHOUSE_ANY_LOOPBACK_PORT="+strconv.FormatBool(s.settings.Conformance != ""), // the suite comes through a proxy
		"GATEHOUSE_ORGANIZATION_RATE=1000000", "GATEHOUSE_CALLER_RATE=1000000",          // one laptop is one caller
		"GATEHOUSE_CLIENT_RATE=1000000", "GATEHOUSE_TOOL_RATE=1000000",
		"GATEHOUSE_ORGANIZATION_CONCURRENCY=4096", "GATEHOUSE_CALLER_CONCURRENCY=4096",
	)
	source.Environ = append(source.Environ, s.console(key)...)
	return source.API()
}

// console is the console's part of the configuration.
func (s *Stack) console(key Key) []string {
	us := Platform()
	return []string{
		"GATEHOUSE_PLATFORM_TENANT_ID=" + us.TID.String(), "GATEHOUSE_ADMISSION=open", "GATEHOUSE_OPERATOR_DATABASE_URL=" + s.database.operator,
		"GATEHOUSE_CONSOLE_CLIENT_ID=" + us.Console.String(), "GATEHOUSE_CONSOLE_CLIENT_SECRET=" + us.ConsoleSecret(key),
	}
}

// sharedApp is the shared app's part.
func sharedApp(key Key) []string {
	us := Platform()
	return []string{
		"GATEHOUSE_SHARED_APP_CLIENT_ID=" + us.SharedApp.String(), "GATEHOUSE_SHARED_APP_CREDENTIAL=client_secret",
		"GATEHOUSE_SHARED_APP_CLIENT_SECRET=" + us.SharedSecret(key), "GATEHOUSE_SHARED_APP_IDENTIFIER_URI=" + us.SharedURI(),
	}
}

// workerConfiguration is the worker's. Nobody watches its health: who runs
// gatehouse-dev sees its log.
func (s *Stack) workerConfiguration(key Key) (config.Worker, error) {
	source := s.common(key)
	source.Environ = append(source.Environ, "GATEHOUSE_DATABASE_URL="+s.database.worker, "GATEHOUSE_SWEEP_INTERVAL=2s",
		"GATEHOUSE_WORKER_LISTEN=localhost:0", "GATEHOUSE_SHUTDOWN_TIMEOUT="+stopGrace.String())
	return source.Worker()
}
