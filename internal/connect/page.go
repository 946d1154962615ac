package connect

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
	"path"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
)

//go:embed pages/*
var pageFiles embed.FS

// style is the only thing that a page uses besides its text: its hash stands in
// the policy.
var style = func() string {
	text, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		panic(err) // it is part of the program
	}
	return string(text)
}()

var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(style) }, //nolint:gosec // ours
}).ParseFS(pageFiles, "pages/*.html"))

// page is what is shown at an endpoint's URL.
type page struct {
	Title     string
	Endpoint  endpoint
	Clients   []guide
	Troubles  []trouble // that people meet with any of them
	Downloads []document
	Registry  string
}

// guide is how one client is connected to one endpoint.
type guide struct {
	ID, Name  string
	Cloud     bool // it runs at its vendor's
	Unreached bool // and cannot reach the endpoint from there
	Cannot    string
	Links     []link
	Register  bool // it needs an app registration of its own
	Redirects []setup.Redirect
	Steps     []step
	Troubles  []trouble
}

// document is something to download.
type document struct {
	URL  string
	File string
	For  string
}

// Page serves the page of an endpoint, which anybody may read. The route's wildcard
// {org} is a slug, and {toolset}, where the route has it, the name of a toolset.
func (s *Server) Page() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		snap, err := s.organization(r)
		if err != nil {
			s.showRefusal(w, r, err)
			return
		}
		e, err := s.endpoint(r, snap)
		if err != nil {
			s.showRefusal(w, r, err)
			return
		}
		s.show(w, r, "connect", http.StatusOK, s.pageOf(snap, e))
	})
}

func (s *Server) pageOf(snap *snapshot.Snapshot, e endpoint) page {
	p := page{Title: "Connect to " + e.title(), Endpoint: e, Registry: s.registry(snap)}
	for _, c := range clients {
		p.Clients = append(p.Clients, c.guide(e))
	}
	if e.Brokered() {
		p.Troubles = explainAll(e, brokered)
	}
	for _, d := range downloads {
		p.Downloads = append(p.Downloads, document{URL: p.Registry + "/managed/" + d.path, File: path.Base(d.path), For: d.about})
	}
	return p
}

// guide is how the client is connected to an endpoint.
func (c client) guide(e endpoint) guide {
	g := guide{ID: c.id, Name: c.name, Cloud: c.cloud, Unreached: c.cloud && e.Local, Cannot: c.cannot[e.Mode]}
	if g.Unreached || g.Cannot != "" {
		return g
	}
	if c.links != nil {
		g.Links = c.links(e)
	}
	g.Steps, g.Troubles = c.steps(e), explainAll(e, c.troubles[e.Mode])
	if !e.Brokered() && !c.known(e.Mode) {
		g.Register, g.Redirects = true, c.redirects()
	}
	return g
}

// adviceMissing is for whoever finds nothing.
const adviceMissing = "Compare the address with the one that you were given, or ask whoever gave it to you."

// refusal is why there is no page.
type refusal struct {
	Title, Text, Advice string
	Home                string // where to go on; empty: nowhere
}

// showRefusal says why there is no page, in the words that programs get too.
func (s *Server) showRefusal(w http.ResponseWriter, r *http.Request, err error) {
	status := s.refused(w, r, err)
	title, advice := "Something went wrong here", "Try again in a minute."
	switch status {
	case http.StatusNotFound:
		title, advice = "There is nothing here", adviceMissing
	case http.StatusForbidden:
		title, advice = "Nobody can connect here now", "Ask an administrator of your organization."
	case http.StatusTooManyRequests:
		title = "Too many requests"
	case http.StatusServiceUnavailable:
		title = "This cannot be shown just now"
	}
	s.show(w, r, "refusal", status, refusal{Title: title, Text: fault.Public(err), Advice: advice})
}

// show answers with a page that runs no script, loads nothing and is framed by
// nobody. What is at the URL depends on who asks.
func (s *Server) show(w http.ResponseWriter, r *http.Request, name string, status int, content any) {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, name+".html", content); err != nil {
		s.Logger.LogAttrs(r.Context(), slog.LevelError, "page cannot be written", telemetry.Err(err))
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(text.Len()))
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept, Authorization, Sec-Fetch-Mode")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // the browser may be gone
}
