package demo

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/devstack"
)

// Sent is a message that the platform has sent: a mail, or a request to the demo's
// own webhook, which has Header and Text alone.
type Sent struct {
	At      time.Time         `json:"at"`
	From    string            `json:"from,omitempty"`
	To      string            `json:"to"`
	Subject string            `json:"subject,omitempty"`
	Header  map[string]string `json:"header"`
	Text    string            `json:"text"`
	HTML    string            `json:"html,omitempty"`
}

// mailroom keeps what the platform sends: the mails of a server that delivers
// nothing, and what comes to a webhook.
type mailroom struct {
	mails *devstack.Mailbox
	token string

	mu    sync.Mutex
	hooks []Sent
}

// The bounds of what anybody on the machine may leave here.
const (
	maxHooks    = 500
	maxHookBody = 64 << 10
)

func openMailroom(ctx context.Context, token string) (*mailroom, error) {
	mails, err := devstack.StartMailbox(ctx, devstack.MailboxOptions{})
	if err != nil {
		return nil, err
	}
	return &mailroom{mails: mails, token: token}, nil
}

// smtp is the server as the configuration names it.
func (m *mailroom) smtp() string {
	return "smtp://" + strings.Replace(m.mails.Addr(), "127.0.0.1", "localhost", 1)
}

// handler serves the webhook at /hook, and with the control token what there is at
// /sent.
func (m *mailroom) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hook", m.take)
	mux.HandleFunc("GET /sent", m.show)
	return thisMachine(mux)
}

func (m *mailroom) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHookBody))
	if err != nil {
		http.Error(w, "send less", http.StatusRequestEntityTooLarge)
		return
	}
	header := map[string]string{}
	for name := range maps.Keys(r.Header) {
		header[name] = r.Header.Get(name)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.hooks) == maxHooks {
		m.hooks = slices.Delete(m.hooks, 0, 1)
	}
	m.hooks = append(m.hooks, Sent{At: time.Now(), To: r.URL.Path, Header: header, Text: string(body)})
	w.WriteHeader(http.StatusNoContent)
}

func (m *mailroom) show(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+m.token)) != 1 {
		http.Error(w, "send the control token of dev.json as a bearer token", http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(m.all()) // whoever left does not read it
}

// all is what there is, the oldest first. A mail that cannot be read is shown as it
// came.
func (m *mailroom) all() []Sent {
	m.mu.Lock()
	sent := slices.Clone(m.hooks)
	m.mu.Unlock()
	for _, kept := range m.mails.Mails() {
		s := Sent{At: kept.At, From: kept.From, To: strings.Join(kept.To, ", "), Header: map[string]string{}, Text: string(kept.Raw)}
		if l, err := kept.Open(); err == nil {
			s.Subject, s.Text, s.HTML = l.Subject, l.Text, l.HTML
			for name := range l.Header {
				s.Header[name] = l.Header.Get(name)
			}
		}
		sent = append(sent, s)
	}
	slices.SortStableFunc(sent, func(a, b Sent) int { return a.At.Compare(b.At) })
	if sent == nil {
		return []Sent{}
	}
	return sent
}
