//go:build unix

package devstack

import (
	"bytes"
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// MailboxOptions says which mail server to start. The zero value starts one that
// speaks plaintext on a free port of 127.0.0.1 and asks nobody who they are.
type MailboxOptions struct {
	Listeners []net.Listener // where it listens instead
	TLS       *tls.Config    // offers STARTTLS with it
	User      string         // takes mail of this user alone
	Password  string
}

// Mailbox is a mail server in this process that delivers nothing: it keeps the last
// mails in memory. An address whose local part is "refused" is refused for good, one
// whose local part is "later" for the time being.
type Mailbox struct {
	options MailboxOptions
	server  *smtp.Server
	addr    string
	stop    func() error

	mu   sync.Mutex
	kept []Mail
}

// Mail is one mail as it was handed over.
type Mail struct {
	From string
	To   []string
	At   time.Time
	Raw  []byte
}

// The bounds of a mailbox.
const (
	maxMails       = 500
	maxMailBytes   = 1 << 20
	mailboxTimeout = 30 * time.Second
)

// StartMailbox starts a mail server, which listens when it returns.
func StartMailbox(ctx context.Context, o MailboxOptions) (*Mailbox, error) {
	if len(o.Listeners) == 0 {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("start mailbox: %w", err)
		}
		o.Listeners = []net.Listener{l}
	}
	m := &Mailbox{options: o, addr: o.Listeners[0].Addr().String()}
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{box: m}, nil }))
	m.server.Domain, m.server.TLSConfig, m.server.ErrorLog = "localhost", o.TLS, log.New(io.Discard, "", 0)
	m.server.ReadTimeout, m.server.WriteTimeout, m.server.MaxMessageBytes = mailboxTimeout, mailboxTimeout, maxMailBytes
	m.server.AllowInsecureAuth = o.TLS == nil
	var serving sync.WaitGroup
	for _, l := range o.Listeners {
		serving.Go(func() { _ = m.server.Serve(l) }) // it ends when the mailbox stops
	}
	m.stop = sync.OnceValue(func() error {
		var errs []error
		for _, l := range o.Listeners { // of which the server may not know yet
			errs = append(errs, l.Close())
		}
		if err := m.server.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
		serving.Wait()
		return errors.Join(errs...)
	})
	return m, nil
}

// Addr is where it listens, host:port.
func (m *Mailbox) Addr() string { return m.addr }

// Stop ends it and forgets its mails. Further calls return what the first did.
func (m *Mailbox) Stop() error { return m.stop() }

// Mails returns what is kept, the oldest first.
func (m *Mailbox) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.kept)
}

func (m *Mailbox) keep(mail Mail) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept = append(m.kept, mail); len(m.kept) > maxMails {
		m.kept = slices.Delete(m.kept, 0, len(m.kept)-maxMails)
	}
}

// mailSession is what one connection is about.
type mailSession struct {
	box   *Mailbox
	known bool
	from  string
	to    []string
}

// AuthMechanisms implements smtp.AuthSession.
func (s *mailSession) AuthMechanisms() []string {
	if s.box.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		o := s.box.options
		if o.User == "" || user != o.User || subtle.ConstantTimeCompare([]byte(password), []byte(o.Password)) != 1 {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.box.options.User != "" && !s.known {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch local, _, _ := strings.Cut(to, "@"); local {
	case "refused":
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user here"}
	case "later":
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "Try again later"}
	}
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session.
func (s *mailSession) Data(r io.Reader) error {
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(r); err != nil {
		return err
	}
	s.box.keep(Mail{s.from, s.to, time.Now(), raw.Bytes()})
	return nil
}

// Reset implements smtp.Session.
func (s *mailSession) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *mailSession) Logout() error { return nil }
