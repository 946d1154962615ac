package upstream

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// session is one that a legacy server has begun with us. A server without
// sessions gives it no id.
type session struct {
	id       string
	revision string
	can      serverCan
	expires  time.Time

	mu    sync.Mutex
	level string // of messages, as last set; empty: the server's own

	aside aside
}

// serverCan is what a server said that it can do, as far as we ask.
type serverCan struct {
	Log       bool `json:"log,omitempty"`
	Subscribe bool `json:"subscribe,omitempty"`
}

const (
	sessionLife    = 24 * time.Hour
	longestSession = 4 << 10
)

// introduction is what a server says of itself when it is first spoken to.
type introduction struct {
	revision     string
	info         []byte // object
	capabilities []byte // object
	instructions string
}

// begin begins a session (2025-11-25, "Lifecycle"): what the client can do is
// settled with it.
func (s *Server) begin(ctx context.Context, a asker, can tools.Capabilities) (*session, introduction, error) {
	c := &conversation{s: s, asker: a, era: wire.Legacy, id: s.newID(), listener: quiet{s}}
	body := append(append([]byte(`{"jsonrpc":"2.0","id":`), c.id...), `,"method":"initialize","params":{"protocolVersion":"`+wire.NewestLegacy+`","capabilities":`...)
	body = append(append(appendCapabilities(body, can), `,"clientInfo":`...), s.hub.clientInfo...)
	m, err := c.ask(ctx, s.headers(wire.Legacy, nil), append(body, "}}"...))
	if c.tail != nil {
		discard(c.tail)
	}
	if err != nil {
		return nil, introduction{}, err
	}
	if m.Failure != nil {
		own, err := c.failure(m.Failure)
		if err == nil {
			err = own
		}
		return nil, introduction{}, err
	}
	intro, err := s.introduced(m.Result)
	if err != nil {
		return nil, introduction{}, err
	}
	return s.begun(ctx, c, intro)
}

// begun takes the session that an answer to initialize opens, and says that we
// are ready.
func (s *Server) begun(ctx context.Context, c *conversation, intro introduction) (*session, introduction, error) {
	session := &session{revision: intro.revision, can: canDo(intro.capabilities), expires: s.hub.o.Now().Add(sessionLife)}
	if id := c.header.Get(headerSession); id != "" {
		if len(id) > longestSession || !isVisible(id) {
			return nil, intro, s.wrong("gave its session an id that cannot be sent back", nil)
		}
		session.id = id
	}
	c.session = session
	err := s.tell(ctx, c.asker, session, []byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}`))
	return session, intro, err
}

// introduced reads the result of initialize.
func (s *Server) introduced(result []byte) (introduction, error) {
	members, err := wire.Members(result, s.hub.limits)
	if err != nil {
		return introduction{}, s.wrong("sent an answer to initialize that cannot be used: "+err.Error(), nil)
	}
	var intro introduction
	intro.revision, _ = wire.Text(wire.Value(members, "protocolVersion"))
	if !wire.IsLegacy(intro.revision) {
		return introduction{}, s.wrong("speaks no protocol version that is spoken here", nil)
	}
	intro.info, intro.capabilities = wire.Value(members, "serverInfo"), wire.Value(members, "capabilities")
	intro.instructions, _ = wire.Text(wire.Value(members, "instructions"))
	return intro, nil
}

// canDo reads a server's capabilities.
func canDo(capabilities []byte) serverCan {
	var c struct {
		Logging   *struct{} `json:"logging"`
		Resources *struct {
			Subscribe bool `json:"subscribe"`
		} `json:"resources"`
	}
	if json.Unmarshal(capabilities, &c) != nil {
		return serverCan{}
	}
	return serverCan{Log: c.Logging != nil, Subscribe: c.Resources != nil && c.Resources.Subscribe}
}

// end tells the server that a session is no longer needed.
func (s *Server) end(ctx context.Context, a asker, session *session) {
	if session == nil || session.id == "" {
		return
	}
	header := s.headers(wire.Legacy, session)
	delete(header, "Content-Type")
	stream, err := s.send(ctx, a, outgoing{
		method: http.MethodDelete, header: header, options: egress.OpenOptions{Begin: courtesy, Idle: courtesy, MaxBytes: mostOfRefusal},
	})
	if err == nil {
		discard(stream)
	}
}

// simple makes a request of our own in a session, whose params lack the closing
// brace.
func (s *Server) simple(ctx context.Context, a asker, session *session, method string, params []byte) ([]byte, error) {
	c := &conversation{s: s, asker: a, era: wire.Legacy, session: session, id: s.newID(), listener: quiet{s}}
	body := append(append([]byte(`{"jsonrpc":"2.0","id":`), c.id...), `,"method":`...)
	body = append(append(append(wire.AppendString(body, method), `,"params":`...), params...), "}}"...)
	m, err := c.ask(ctx, s.headers(wire.Legacy, session), body)
	return s.finished(c, m, err)
}

// finished returns the result of a request of our own.
func (s *Server) finished(c *conversation, m wire.Message, err error) ([]byte, error) {
	if c.tail != nil {
		discard(c.tail)
	}
	if err != nil {
		return nil, err
	}
	if m.Failure == nil {
		return m.Result, nil
	}
	own, err := c.failure(m.Failure)
	if err != nil {
		return nil, err
	}
	return nil, own
}

// quiet is the listener of requests of our own, which concern no client.
type quiet struct{ s *Server }

func (quiet) alive() {}

func (q quiet) notified(_ context.Context, m wire.Message) error {
	if isListChanged(m.Method) {
		q.s.audience.listsChanged()
	}
	return nil
}

func (q quiet) asked(ctx context.Context, c *conversation, m wire.Message) error {
	if m.Method == wire.MethodPing {
		return q.s.pong(ctx, c, m.ID)
	}
	return q.s.refuse(ctx, c, m)
}

// kept is a session as other replicas read it.
type kept struct {
	ID       string    `json:"id"`
	Revision string    `json:"revision"`
	Can      serverCan `json:"can"`
	Level    string    `json:"level,omitempty"`
	Expires  time.Time `json:"expires"`
	Endpoint [32]byte  `json:"endpoint"` // SHA-256 of the URL it was begun at
}

// seal encrypts a session for other replicas.
func (s *Server) seal(key SessionKey, x *session) ([]byte, error) {
	text, err := json.Marshal(kept{x.id, x.revision, x.can, x.levelNow(), x.expires, sha256.Sum256([]byte(s.conn.Source.URL))})
	if err != nil {
		return nil, err
	}
	return s.links.Load().box.Encrypt(sessionLabel(key), text)
}

// unseal opens what seal made, for the same client's session, source and URL.
func (s *Server) unseal(key SessionKey, ciphertext []byte) (*session, error) {
	text, err := s.links.Load().box.Decrypt(sessionLabel(key), ciphertext)
	if err != nil {
		return nil, err
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, err
	}
	if k.Endpoint != sha256.Sum256([]byte(s.conn.Source.URL)) || !s.hub.o.Now().Before(k.Expires) {
		return nil, fault.New(fault.NotFound, "the session has ended")
	}
	return &session{id: k.ID, revision: k.Revision, can: k.Can, level: k.Level, expires: k.Expires}, nil
}

func sessionLabel(k SessionKey) secrets.Label {
	return secrets.Label{Kind: "upstream session", ID: k.Session.String() + " " + k.Source.String()}
}

// key names the session of a client's session with this server.
func (s *Server) key(client tenants.GUID) SessionKey { return SessionKey{client, s.conn.Source.ID} }
