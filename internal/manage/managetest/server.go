// Package managetest is a deployment's management API as far as the commands of
// gatehouse use it, for their tests. It keeps the
// state of one organization in memory and applies documents with package
// orgfile, as a deployment does.
package managetest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Token is the only bearer token that the server takes.
const Token = "a-token-of-the-automation"

// Server serves one organization.
type Server struct {
	URL   string
	Known []string // the tools there are

	mu      sync.Mutex
	state   access.Whole
	log     []string
	secret  string
	report  string
	graph   string
	access  []string
	between []func(*access.Whole)
	cuts    []Cut
	lost    int // answers to revocations that are to be lost

	foresight Foresight
}

// Cut is a revocation that was asked for.
type Cut struct{ Kind, Subject, Reason, Key string }

// New starts a server, which ends with the test.
func New(t *testing.T, state access.Whole, known ...string) *Server {
	t.Helper()
	s := &Server{state: state, Known: known}
	mux := http.NewServeMux()
	base := "/api/organizations/" + state.Organization.Slug.String() + "/"
	mux.HandleFunc("GET "+base+"configuration", s.show(s.configuration))
	mux.HandleFunc("PATCH "+base+"configuration", s.edit(s.configuration, s.putConfiguration))
	mux.HandleFunc("GET "+base+"connection", s.show(s.connection))
	mux.HandleFunc("PUT "+base+"connection/credential", s.edit(s.connection, s.putCredential))
	mux.HandleFunc("GET "+base+"sources/{source}", func(w http.ResponseWriter, r *http.Request) { s.show(s.source(r))(w, r) })
	mux.HandleFunc("PUT "+base+"sources/{source}/credential", func(w http.ResponseWriter, r *http.Request) {
		s.edit(s.source(r), s.putSourceCredential)(w, r)
	})
	s.serveSinks(mux, base)
	s.serveWhatIf(mux, base)
	mux.HandleFunc("POST "+base+"doctor", s.doctor)
	mux.HandleFunc("POST "+base+"revocations", s.revoke)
	mux.HandleFunc("GET "+base+"access", s.readAccess)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "there is no such organization")
	})
	h := httptest.NewServer(s.admit(mux))
	t.Cleanup(h.Close)
	s.URL = h.URL
	return s
}

// State returns what the organization is now.
func (s *Server) State() access.Whole {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Log returns the requests that were admitted: method, last part of the path,
// query.
func (s *Server) Log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.log...)
}

// Secret returns the last secret that was given.
func (s *Server) Secret() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.secret
}

// Report makes the doctor answer with a report in JSON.
func (s *Server) Report(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report = text
}

// GraphToken returns the token for Microsoft Graph that the doctor was given last.
func (s *Server) GraphToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.graph
}

// Cuts returns the revocations that were asked for.
func (s *Server) Cuts() []Cut {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Cut(nil), s.cuts...)
}

// Lose loses the answers to the next revocations.
func (s *Server) Lose(answers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = answers
}

// Between makes a change of somebody else right before each of the next edits,
// in order.
func (s *Server) Between(edits ...func(*access.Whole)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.between = append(s.between, edits...)
}

func (s *Server) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+Token {
			problem(w, http.StatusUnauthorized, "the token is not one of this organization's automation")
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.log = append(s.log, r.Method+" "+r.URL.RequestURI())
		next.ServeHTTP(w, r)
	})
}

func (s *Server) configuration() any { return orgfile.Export(s.state) }

func (s *Server) connection() any { return s.state.Organization.Connection.Credential }

func (s *Server) show(what func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, what()) }
}

// edit refuses a request that does not name what is there now.
func (s *Server) edit(what func() any, put func(http.ResponseWriter, *http.Request, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if len(s.between) > 0 {
			s.between[0](&s.state)
			s.between = s.between[1:]
		}
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil || r.Header.Get("Content-Type") != "application/json":
			problem(w, http.StatusUnsupportedMediaType, "send application/json")
		case r.Header.Get("If-Match") == "":
			problem(w, http.StatusPreconditionRequired, "send If-Match")
		case r.Header.Get("If-Match") != tag(what()):
			problem(w, http.StatusPreconditionFailed, "it has changed since you read it")
		default:
			put(w, r, body)
		}
	}
}

func (s *Server) putConfiguration(w http.ResponseWriter, r *http.Request, body []byte) {
	var d orgfile.Document
	if err := json.Unmarshal(body, &d); err != nil {
		problem(w, http.StatusBadRequest, "the body is no document")
		return
	}
	how := orgfile.Options{Deployment: access.Deployment{Tools: s.Known}, Now: time.Now()}
	if r.URL.Query().Get("prune") == "true" {
		how.Mode = orgfile.Prune
	}
	next, err := orgfile.Apply(s.state, d, how)
	if err != nil {
		problem(w, http.StatusUnprocessableEntity, fault.Public(err), access.ProblemsOf(err)...)
		return
	}
	if !slices.Equal(s.state.RoleGrants, next.RoleGrants) {
		problem(w, http.StatusForbidden, "roleGrants: only an owner changes who administers the organization")
		return
	}
	if r.URL.Query().Get("dryRun") != "true" {
		s.state = next
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"configuration": orgfile.Export(next), "warnings": orgfile.Warnings(next, access.Deployment{Tools: s.Known})})
}

func (s *Server) putCredential(w http.ResponseWriter, _ *http.Request, body []byte) {
	var given struct {
		Kind                tenants.CredentialKind
		Secret, Certificate string
	}
	if err := json.Unmarshal(body, &given); err != nil || given.Secret+given.Certificate == "" {
		problem(w, http.StatusUnprocessableEntity, "the credential has no secret")
		return
	}
	s.secret = given.Secret + given.Certificate
	s.state.Organization.Connection.Credential = tenants.Credential{ID: tenants.NewGUID(), Kind: given.Kind}
	answer(w, s.connection())
}

// source is the source of the path.
func (s *Server) source(r *http.Request) func() any {
	return func() any {
		at := slices.IndexFunc(s.state.Access.Sources, func(x tools.Source) bool { return x.Name == r.PathValue("source") })
		if at < 0 {
			return nil
		}
		return s.state.Access.Sources[at]
	}
}

func (s *Server) putSourceCredential(w http.ResponseWriter, r *http.Request, body []byte) {
	var given struct {
		Kind                       tools.SourceCredentialKind
		Header, TokenURL, ClientID string
		Scopes                     []string
		Value, Secret              string
	}
	source, there := s.source(r)().(tools.Source)
	if err := json.Unmarshal(body, &given); err != nil || !there {
		problem(w, http.StatusNotFound, "there is no such source")
		return
	}
	source.Credential = tools.SourceCredential{
		ID: tenants.NewGUID(), Kind: given.Kind, Header: given.Header, Scopes: given.Scopes, TokenURL: given.TokenURL, ClientID: given.ClientID,
	}
	s.secret = given.Value + given.Secret
	if _, err := s.state.Access.PutSource(source, []byte("encrypted "+s.secret), access.Deployment{Tools: s.Known}); err != nil {
		problem(w, http.StatusUnprocessableEntity, fault.Public(err), access.ProblemsOf(err)...)
		return
	}
	answer(w, s.source(r)())
}

func (s *Server) doctor(w http.ResponseWriter, r *http.Request) {
	var asked struct{ GraphToken string }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		problem(w, http.StatusBadRequest, "the body is no examination")
		return
	}
	s.graph = asked.GraphToken
	answer(w, json.RawMessage(s.report))
}

// Issued is what a revocation says that it covers everything issued before of.
var Issued = time.Date(2026, 11, 22, 6, 0, 10, 0, time.UTC)

func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	cut := Cut{Key: r.Header.Get("Idempotency-Key")}
	if err := json.NewDecoder(r.Body).Decode(&cut); err != nil {
		problem(w, http.StatusBadRequest, "the body is no revocation")
		return
	}
	if cut.Kind == "person" && !strings.Contains(cut.Subject, "-") {
		problem(w, http.StatusUnprocessableEntity, "subject: must be the object ID", access.Problem{Path: "subject", Message: "must be the object ID"})
		return
	}
	if s.cuts = append(s.cuts, cut); s.lost > 0 {
		s.lost--
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"issuedBefore": Issued})
}

func tag(v any) string {
	text, _ := json.Marshal(v) //nolint:errchkjson // what cannot be encoded matches nothing
	hash := sha256.Sum256(text)
	return `"` + hex.EncodeToString(hash[:8]) + `"`
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", tag(v))
	_ = json.NewEncoder(w).Encode(v)
}

func problem(w http.ResponseWriter, status int, detail string, found ...access.Problem) {
	type location struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	}
	document := map[string]any{"title": http.StatusText(status), "status": status, "detail": detail, "instance": "urn:uuid:1234"}
	var list []location
	for _, p := range found {
		list = append(list, location{"body." + p.Path, p.Message})
	}
	document["errors"] = list
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document)
}
