package mcphost

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// The clock of an event stream.
const (
	keepAliveEvery = 15 * time.Second // so that nobody on the way takes silence for the end
	writeWithin    = 30 * time.Second // a client that reads nothing for so long is gone
)

// errGone says that nobody reads the stream any more.
var errGone = fault.New(fault.Unavailable, "the client does not read the stream any more")

// eventStream writes a text/event-stream, one message an event (streamable
// HTTP). It may be used by several goroutines at once: messages never mix. A
// comment keeps it alive when nothing else is sent. The zero eventStream is
// not open.
//
// Whoever opens one closes it before the handler returns: the server takes the
// ResponseWriter back then.
type eventStream struct {
	mu      sync.Mutex
	writer  http.ResponseWriter
	control *http.ResponseController
	idle    *time.Timer
	buffer  []byte
	broken  error // why nothing can be sent any more
}

// open sends the header; nothing can be taken back from here on. Headers that
// the answer needs are set before. It fails where the connection cannot stream.
func (s *eventStream) open(w http.ResponseWriter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer != nil {
		return s.broken
	}
	header := w.Header()
	header["Content-Type"] = eventType
	header["Cache-Control"] = noStore
	header["X-Accel-Buffering"] = unbuffered
	s.writer, s.control = w, http.NewResponseController(w)
	_ = s.control.SetReadDeadline(time.Time{}) // the request has arrived; how long the client stays is its own affair
	s.hurry()
	w.WriteHeader(http.StatusOK)
	if err := s.control.Flush(); err != nil {
		s.broken = errors.Join(errGone, err)
		return s.broken
	}
	s.idle = time.AfterFunc(keepAliveEvery, s.keepAlive)
	return nil
}

// isOpen reports whether the header is out.
func (s *eventStream) isOpen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writer != nil
}

// send sends one JSON-RPC message. The error says that nobody reads any more, or
// that the stream is closed; it is the same from then on.
func (s *eventStream) send(message []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buffer = wire.AppendEvent(s.buffer[:0], message)
	return s.flush()
}

func (s *eventStream) keepAlive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buffer = wire.AppendComment(s.buffer[:0])
	_ = s.flush() // the next message, or the end, says that nobody reads
}

// flush writes the buffer and puts the next comment off.
func (s *eventStream) flush() error {
	if s.broken != nil {
		return s.broken
	}
	s.hurry()
	_, err := s.writer.Write(s.buffer)
	if err == nil {
		err = s.control.Flush()
	}
	if err != nil {
		s.broken = errors.Join(errGone, err)
		s.idle.Stop()
		return s.broken
	}
	if cap(s.buffer) > keptBuffer {
		s.buffer = nil
	}
	s.idle.Reset(keepAliveEvery)
	return nil
}

// hurry bounds the next write. A connection that has no deadlines has none.
func (s *eventStream) hurry() { _ = s.control.SetWriteDeadline(time.Now().Add(writeWithin)) }

// close ends the stream; nothing is written from then on. The connection may
// serve other requests, so it takes its deadline away.
func (s *eventStream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer == nil || errors.Is(s.broken, errClosed) {
		return
	}
	if s.idle != nil {
		s.idle.Stop()
	}
	if s.broken == nil {
		_ = s.control.SetWriteDeadline(time.Time{})
	}
	s.broken = errClosed
}

var errClosed = fault.New(fault.Internal, "the stream is closed")

// Header values of a stream.
var (
	eventType  = []string{"text/event-stream"}
	unbuffered = []string{"no"} // proxies that know the header pass each event on at once
)
