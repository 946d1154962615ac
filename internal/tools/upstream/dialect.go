package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// dialect is which eras a server speaks.
type dialect struct {
	modern, legacy bool
	until          time.Time // it is asked again from then on
}

// dialectLife is how long a server's eras are taken for granted.
const dialectLife = time.Hour

// era returns the era to speak in for a client: its own, where the server has it.
func (d *dialect) era(client wire.Era) wire.Era {
	if d.modern && (client != wire.Legacy || !d.legacy) {
		return wire.Modern
	}
	return wire.Legacy
}

// dialects remembers a server's dialect.
type dialects struct {
	flights singleflight.Group

	mu    sync.Mutex
	known *dialect
}

func (d *dialects) get(now time.Time) *dialect {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil || !now.Before(d.known.until) {
		return nil
	}
	return d.known
}

func (d *dialects) put(known *dialect) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = known
}

// forget forgets a dialect, unless another has been learned since.
func (d *dialects) forget(known *dialect) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == known {
		d.known = nil
	}
}

// dialect returns which eras the server speaks, asking it if that is not known.
func (s *Server) dialect(ctx context.Context, a asker) (*dialect, error) {
	if known := s.dialects.get(s.hub.o.Now()); known != nil {
		return known, nil
	}
	done := s.dialects.flights.DoChan(string(a.credentialOf(s)), func() (any, error) {
		if known := s.dialects.get(s.hub.o.Now()); known != nil {
			return known, nil
		}
		ctx, clock := startClock(context.WithoutCancel(ctx), s.patience())
		defer clock.end()
		known, err := s.detect(ctx, a)
		if err == nil {
			s.dialects.put(known)
		}
		return known, err
	})
	select {
	case r := <-done:
		known, _ := r.Val.(*dialect)
		return known, r.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// credentialOf keeps a person whose credential does not work from failing what
// others ask at the same time.
func (a asker) credentialOf(s *Server) []byte {
	if !s.conn.Source.Credential.Kind.Personal() {
		return nil
	}
	who := whose(a.by)
	return who[:]
}

// detect finds out which eras the server speaks: it asks with server/discover,
// and, if that brings no list of revisions, by beginning a session.
func (s *Server) detect(ctx context.Context, a asker) (*dialect, error) {
	versions, err := s.versions(ctx, a)
	if err != nil {
		return nil, err
	}
	d := &dialect{until: s.hub.o.Now().Add(dialectLife)}
	for _, v := range versions {
		d.modern = d.modern || wire.IsModern(v)
		d.legacy = d.legacy || wire.IsLegacy(v)
	}
	if d.modern || d.legacy {
		return d, nil
	}
	session, _, err := s.begin(ctx, a, tools.Capabilities{})
	if err != nil {
		return nil, s.mute(err)
	}
	s.end(ctx, a, session)
	d.legacy = true
	return d, nil
}

// mute is the fault of a server that answers neither era's first request.
func (s *Server) mute(err error) error {
	refused, ok := errors.AsType[*refusal](err)
	if ok && refused.status != http.StatusForbidden || answered(err) {
		return fault.Wrap(fault.Upstream, s.says("does not answer as an MCP server does; check that its URL is that of an MCP endpoint (Streamable HTTP)"), errors.New(err.Error()))
	}
	return err
}

// versions asks which revisions the server supports. An answer that does not tell
// is no error: a legacy server may answer anything.
func (s *Server) versions(ctx context.Context, a asker) ([]string, error) {
	result, err := s.discover(ctx, a)
	own, answer := errors.AsType[*wire.Error](err)
	switch {
	case err == nil:
		return versionsIn(result, "supportedVersions"), nil
	case answer && own.Code == wire.CodeUnsupportedVersion:
		return versionsIn(own.Data, "supported"), nil
	case answer, fault.KindOf(err) == fault.Upstream && !errors.Is(err, errCredential):
		return nil, nil
	}
	return nil, err
}

// discover asks what the server is (2026-07-28, "server/discover").
func (s *Server) discover(ctx context.Context, a asker) ([]byte, error) {
	return s.modern(ctx, a, wire.MethodDiscover, nil)
}

// modern makes a request of our own in the modern era; params are members with a
// comma behind each.
func (s *Server) modern(ctx context.Context, a asker, method string, params []byte) ([]byte, error) {
	c := &conversation{s: s, asker: a, era: wire.Modern, id: s.newID(), listener: quiet{s}}
	header := s.headers(wire.Modern, nil)
	header[headerMethod] = []string{method}
	m, err := c.ask(ctx, header, s.modernBody(c.id, method, params, tools.Capabilities{}))
	return s.finished(c, m, err)
}

func (s *Server) modernBody(id []byte, method string, params []byte, can tools.Capabilities) []byte {
	body := append(append([]byte(`{"jsonrpc":"2.0","id":`), id...), `,"method":`...)
	body = append(append(wire.AppendString(body, method), `,"params":{`...), params...)
	return append(s.hub.appendModernMeta(append(body, `"_meta":{`...), can), "}}}"...)
}

const mostVersions = 100

// versionsIn reads a list of revisions out of an object.
func versionsIn(object []byte, member string) []string {
	members, err := wire.MembersOf(object)
	var versions []string
	if err != nil || json.Unmarshal(wire.Value(members, member), &versions) != nil || len(versions) > mostVersions {
		return nil
	}
	return versions
}
