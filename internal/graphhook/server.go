package graphhook

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Bounds of what Graph tells. It counts answers as slow from 2.9 seconds on
// (Microsoft Graph, "Receive change notifications through webhooks", § Throttling).
const (
	maxBody    = 1 << 20
	maxToken   = 2 << 10
	answerTime = 2500 * time.Millisecond
	tryAgain   = 10 // seconds
)

// Limits bounds how often an address may tell. What is too much is Limited.
type Limits interface{ AdmitNotifier(address string) error }

// Parts is what a Server is made of. Every field is required.
type Parts struct {
	Store  Store
	Limits Limits
	Logger *slog.Logger
	Now    func() time.Time
}

// Server answers Graph at Path. It may be used concurrently.
type Server struct{ Parts }

// New returns a server, or an error that says what is missing.
func New(p Parts) (*Server, error) {
	if p.Store == nil || p.Limits == nil || p.Logger == nil || p.Now == nil {
		return nil, fault.New(fault.Invalid, "notifications of Graph: every part is required")
	}
	return &Server{p}, nil
}

// ServeHTTP answers the handshake of a new subscription, and takes notifications: 202
// once it is noted that there is something to ask. An address that nobody has, and a
// notification without the secret of its subscription, get the same 404.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	harden(w.Header())
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	err := s.Limits.AdmitNotifier(addressOf(r))
	if err == nil {
		err = s.answer(ctx, w, r)
	}
	if err != nil {
		s.refuse(ctx, w, err)
	}
}

// answer reads all there is before it looks whose it is.
func (s *Server) answer(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	token, asks, err := validationToken(r.URL.RawQuery)
	if err != nil {
		return err
	}
	told, err := read(w, r, asks)
	if err != nil {
		return err
	}
	id, err := tenants.ParseGUID(r.PathValue("id"))
	if err != nil {
		return errUnknown
	}
	org, hook, err := s.Store.HookByID(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	known := err == nil
	if asks && known {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, html.EscapeString(token)) // Graph's tokens have nothing to escape
		return nil
	}
	heard := hook.heard(told) // of a hook that is not there nobody knows the secret
	if !heard.proved {
		return errUnknown
	}
	if err := s.act(ctx, org, hook, heard); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// errUnknown is the answer whichever was wrong.
var errUnknown = fault.New(fault.NotFound, "there is no such subscription")

// validationToken is what a handshake wants to have back.
func validationToken(query string) (token string, asks bool, err error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", false, fault.New(fault.Invalid, "the query cannot be read")
	}
	all, asks := values["validationToken"]
	if asks && (len(all) != 1 || all[0] == "" || len(all[0]) > maxToken || !printable(all[0])) {
		return "", false, fault.New(fault.Invalid, "validationToken is given once, with 1 to "+strconv.Itoa(maxToken)+" printable characters")
	}
	if asks {
		token = all[0]
	}
	return token, asks, nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// notification is what of one is looked at.
type notification struct {
	State     string `json:"clientState"`
	Lifecycle string `json:"lifecycleEvent"`
}

// read returns what is told. With a handshake nothing is.
func read(w http.ResponseWriter, r *http.Request, handshake bool) ([]notification, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, errLarge
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the body cannot be read", err)
	}
	if handshake {
		return nil, nil
	}
	var body struct {
		Value []notification `json:"value"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return nil, fault.New(fault.Invalid, "the body is not a collection of change notifications")
	}
	return body.Value, nil
}

// errLarge has a status of its own.
var errLarge = fault.New(fault.Invalid, "the body has more than "+strconv.Itoa(maxBody)+" bytes")

// refuse answers with what went wrong. Graph tries again after any of it.
func (s *Server) refuse(ctx context.Context, w http.ResponseWriter, err error) {
	status := http.StatusServiceUnavailable
	switch fault.KindOf(err) {
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Invalid:
		status = http.StatusBadRequest
		if errors.Is(err, errLarge) {
			status = http.StatusRequestEntityTooLarge
		}
	case fault.Limited:
		status = http.StatusTooManyRequests
	case fault.Internal, fault.Unauthenticated, fault.Forbidden, fault.Conflict, fault.Upstream, fault.Unavailable:
		s.Logger.LogAttrs(ctx, slog.LevelWarn, "notification of Graph could not be taken", telemetry.Err(err))
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(tryAgain))
	}
	http.Error(w, fault.Public(err), status)
}

// harden keeps an answer out of caches, and whatever stands in it from being run.
func harden(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// act notes what there is to do.
func (s *Server) act(ctx context.Context, org tenants.ID, h Hook, told heard) error {
	by, now := authz.SystemCaller(org, "graph notification"), s.Now()
	if told.renew {
		if err := s.Store.AskRenewal(ctx, by, h.ID); err != nil {
			return err
		}
	}
	if told.missed {
		if err := s.Store.HurryUnasked(ctx, by, now, now); err != nil {
			return err
		}
	}
	for _, chore := range told.chores() {
		if err := s.Store.HurryChore(ctx, by, chore, now); err != nil {
			return err
		}
	}
	return nil
}
