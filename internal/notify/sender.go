package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/mail"
	"time"

	"gatehouse/internal/egress"
)

// Options is what a Sender is made from. Web, Host, Now are required; without
// Server it cannot mail.
type Options struct {
	Web    Web
	Server *Server
	Host   string // of this deployment: it greets mail servers with it, and Message-IDs end in it
	Now    func() time.Time
}

// Web exchanges requests with URLs that organizations choose. An egress.Client
// does, with all its guards, and without following redirects.
type Web interface {
	Do(ctx context.Context, req *http.Request) (*egress.Response, error)
}

// Dialer connects to the mail server. An egress.Dialer does.
type Dialer interface {
	Dial(ctx context.Context) (net.Conn, error)
}

// Security is how a connection to a mail server is protected.
type Security uint8

// StartTLS speaks nothing but the greeting before TLS and refuses a server that
// does not offer it (RFC 3207); ImplicitTLS begins with TLS (RFC 8314 §3.3);
// Plaintext is for a server on this machine in development.
const (
	StartTLS Security = iota
	ImplicitTLS
	Plaintext
)

// Server is the operator's mail server. All fields but User, Password and Trust are
// required.
type Server struct {
	Dial     Dialer
	Name     string // what its certificate has to be good for
	Security Security
	User     string                 // empty: it asks nobody who they are
	Password func() (string, error) // asked for each mail, so that it may change; required with User
	From     mail.Address
	Trust    *x509.CertPool // nil: the system's authorities
}

// Sender sends messages to contacts. It is safe for concurrent use.
type Sender struct {
	web    Web
	server *Server
	host   string
	now    func() time.Time
	places chan struct{}
}

// mailsAtOnce bounds the connections to the mail server; most servers allow a few
// dozen for an account.
const mailsAtOnce = 8

// New returns a Sender, or an error that names every option that is missing.
func New(o Options) (*Sender, error) {
	var errs []error
	for name, missing := range map[string]bool{"Web": o.Web == nil, "Host": o.Host == "", "Now": o.Now == nil} {
		if missing {
			errs = append(errs, fmt.Errorf("notify: %s is missing", name))
		}
	}
	if o.Server != nil {
		errs = append(errs, o.Server.check())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Sender{o.Web, o.Server, o.Host, o.Now, make(chan struct{}, mailsAtOnce)}, nil
}

func (s *Server) check() error {
	var errs []error
	if s.Dial == nil || s.Name == "" {
		errs = append(errs, errors.New("notify: the mail server has no Dial or no Name"))
	}
	if s.User != "" && s.Password == nil {
		errs = append(errs, errors.New("notify: the mail server's User has no Password"))
	}
	if err := CheckAddress(s.From.Address); err != nil {
		errs = append(errs, fmt.Errorf("notify: From: %w", err))
	}
	return errors.Join(errs...)
}

// CanMail reports whether there is a mail server.
func (s *Sender) CanMail() bool { return s.server != nil }
