package console

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
	"golang.org/x/sync/singleflight"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

// Parts is what a console is made of. Every field but Platform, Limits,
// Loopback, Allowed and Web is required.
type Parts struct {
	Base     *url.URL    // where browsers reach the platform; https, or http on loopback in development
	Platform tenants.TID // the Entra tenant whose people may be platform operators; zero: nobody is one
	Now      func() time.Time
	Log      *slog.Logger

	Limits          Limits // nil: nobody is held
	Store           Store
	Sessions        SessionStore
	OneTime         OneTime
	Encrypter       Encrypter
	Cursors         Cursors
	Idempotency     Idempotency
	Answers         Answers
	SignIn          SignIn
	Tokens          Tokens
	Directory       Directory
	Tools           ToolCatalog
	Calls           ToolCalls
	Sources         Sources
	Contacts        Contacts
	Alerts          Alerts
	Sinks           Sinks
	Authorizations  Authorizations
	Loopback        access.Loopback // whether sources may run on this machine
	Allowed         access.Allowance
	Decisions       Decisions
	OwnAccess       OwnAccess
	Documents       Documents
	Onboarding      Onboarding
	Operators       Operators
	Queues          Queues
	Health          PlatformHealth
	Support         Support
	SignIns         SignIns
	Admissions      Admissions
	LogReader       LogReader
	LogExporter     LogExporter
	ExportJobs      ExportJobs
	ExportSchedules ExportSchedules
	Erasures        Erasures
	AccessReports   AccessReports
	WhatIf          WhatIf
	PlatformProofs  PlatformProofs
	Web             fs.FS // the console for browsers, as it was built; nil, or without index.html: there is none
}

// Store is what the console reads and writes of organizations.
type Store interface {
	OrganizationStore
	AccessStore
	RoleGrantStore
	NoticeStore
	AccessRequestStore
	SourceStore
	ConnectionStore
	RevocationStore
	HoldStore
	BodyGrantStore
	LogStore
	UsageStore
}

// Console answers the management API and the routes of signing in.
type Console struct {
	Parts

	sessions   *scs.SessionManager
	confirming singleflight.Group     // by session
	document   func() ([]byte, error) // openapi.yaml, made once
	web        *webApp
	handler    http.Handler
}

// New returns a console. It fails when a part is missing or the base URL is one
// that a session cookie could not be kept on.
func New(p Parts) (*Console, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	app, err := newWebApp(p.Web)
	if err != nil {
		return nil, err
	}
	c := &Console{Parts: p, web: app}
	c.sessions = c.newSessions()
	c.handler = c.frame()
	return c, nil
}

func (p Parts) check() error {
	for _, part := range []any{
		p.Store, p.Sessions, p.OneTime, p.Encrypter, p.Cursors, p.Idempotency, p.Answers, p.SignIn, p.Tokens, p.Directory,
		p.Tools, p.Calls, p.Sources, p.Contacts, p.Alerts, p.Sinks, p.Authorizations, p.Decisions, p.Documents, p.Onboarding, p.Operators, p.Support,
		p.SignIns, p.Admissions, p.LogReader, p.LogExporter, p.Erasures, p.AccessReports, p.OwnAccess, p.Queues, p.Health,
		p.PlatformProofs, p.WhatIf, p.ExportJobs, p.ExportSchedules,
	} {
		if part == nil {
			return errors.New("create console: a part is missing")
		}
	}
	switch {
	case p.Now == nil, p.Log == nil, p.Base == nil:
		return errors.New("create console: base URL, clock or logger is missing")
	case p.Base.Scheme != "https" && !loopback(p.Base.Hostname()):
		return errors.New("create console: the base URL must be https; plain http is for loopback only")
	}
	return nil
}

// ServeHTTP answers what Patterns match.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// OpenAPI returns the contract, openapi.yaml, as it is served. The caller must
// not change it.
func (c *Console) OpenAPI() ([]byte, error) { return c.document() }

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }
