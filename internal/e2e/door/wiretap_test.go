package door_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// wiretap stands between the process and PostgreSQL and notes every statement
// that is run, by database role. It reads the frontend's messages only
// (PostgreSQL, "Message Formats").
type wiretap struct {
	listener net.Listener

	mu     sync.Mutex
	server string
	ran    []statement
}

// statement is one execution, on a connection.
type statement struct {
	role, sql string
	on        *tapped
}

// tap listens until the test ends. The returned function points a connection
// string at it.
func tap(t *testing.T) (w *wiretap, through func(string) string) {
	t.Helper()
	var conf net.ListenConfig
	l, err := conf.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w = &wiretap{listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go w.accept()
	return w, func(dsn string) string {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		w.mu.Lock()
		w.server = u.Host
		w.mu.Unlock()
		u.Host = l.Addr().String()
		q := u.Query()
		q.Set("sslmode", "disable")
		u.RawQuery = q.Encode()
		return u.String()
	}
}

func (w *wiretap) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		address := w.server
		w.mu.Unlock()
		server, err := net.Dial("tcp", address)
		if err != nil {
			_ = client.Close()
			return
		}
		go func() {
			_, _ = io.Copy(client, server)
			_ = client.Close()
		}()
		go func() {
			_ = (&tapped{wiretap: w, prepared: map[string]string{}}).forward(server, client)
			_ = server.Close()
		}()
	}
}

// tapped is one connection.
type tapped struct {
	*wiretap
	role     string
	prepared map[string]string // statement name → SQL
}

// cancelRequest is the code of the one startup message that carries no role.
const cancelRequest = 80877102

func (c *tapped) forward(to io.Writer, from io.Reader) error {
	first := true
	for {
		header := make([]byte, 5)
		if first {
			header = header[:4] // the startup message has no type
		}
		if _, err := io.ReadFull(from, header); err != nil {
			return err
		}
		size := binary.BigEndian.Uint32(header[len(header)-4:])
		if size < 4 || size > 64<<20 {
			return errors.New("not the protocol of PostgreSQL")
		}
		body := make([]byte, size-4)
		if _, err := io.ReadFull(from, body); err != nil {
			return err
		}
		if first {
			c.startup(body)
		} else {
			c.message(header[0], body)
		}
		first = false
		if _, err := to.Write(append(header, body...)); err != nil {
			return err
		}
	}
}

func (c *tapped) startup(body []byte) {
	if binary.BigEndian.Uint32(body) == cancelRequest {
		return
	}
	words := bytes.Split(body[4:], []byte{0})
	for i := 0; i+1 < len(words); i += 2 {
		if string(words[i]) == "user" {
			c.role = string(words[i+1])
		}
	}
}

// message notes Query, and Bind of what Parse has named: each is one execution.
func (c *tapped) message(kind byte, body []byte) {
	words := bytes.SplitN(body, []byte{0}, 3)
	switch kind {
	case 'Q':
		c.note(string(words[0]))
	case 'P':
		c.prepared[string(words[0])] = string(words[1])
	case 'B':
		c.note(c.prepared[string(words[1])])
	}
}

func (c *tapped) note(sql string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ran = append(c.ran, statement{c.role, sql, c})
}

// await waits until a statement that contains a text has been committed.
func (w *wiretap) await(t *testing.T, text string) {
	t.Helper()
	eventually(t, text+" is committed", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		open := map[*tapped]bool{}
		for _, s := range w.ran {
			if open[s.on] && strings.EqualFold(s.sql, "commit") {
				return true
			}
			open[s.on] = open[s.on] || strings.Contains(s.sql, text)
		}
		return false
	})
}

// take returns what has run since it was asked last.
func (w *wiretap) take() []statement {
	w.mu.Lock()
	defer w.mu.Unlock()
	ran := w.ran
	w.ran = nil
	return ran
}
