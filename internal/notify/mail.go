package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	mail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"gatehouse/internal/fault"
)

// The bounds of a conversation with the mail server.
const (
	mailPatience    = 30 * time.Second
	goodbyePatience = time.Second
	maxReplies      = 1 << 20 // bytes, TLS included
)

// Mail sends a message once. The public text of an error says what the server made
// of it, without its words, which are the operator's. It is permanent if the server
// refuses the mailbox or the message for good; that the server cannot be reached, or
// refuses us, is not.
func (s *Sender) Mail(ctx context.Context, to string, m Message) error {
	if s.server == nil {
		return fault.New(fault.Unavailable, "this deployment has no mail server; whoever runs it can give it one")
	}
	if err := CheckAddress(to); err != nil {
		return final(fault.Wrap(fault.Invalid, fault.Public(err), err))
	}
	composed, err := s.compose(to, m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, mailPatience)
	defer cancel()
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "the mail server has too much to do", ctx.Err())
	}
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // the library only knows time limits of its own
	return s.converse(ctx, conn, composed)
}

// connect reaches the server, with TLS if that is how it begins.
func (s *Sender) connect(ctx context.Context) (net.Conn, error) {
	raw, err := s.server.Dial.Dial(ctx)
	if err != nil {
		return nil, troubled("could not be reached", err)
	}
	conn := net.Conn(&bounded{raw, io.LimitReader(raw, maxReplies)})
	if s.server.Security != ImplicitTLS {
		return conn, nil
	}
	secure := tls.Client(conn, s.tls())
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, troubled("does not speak TLS as it has to", err)
	}
	return secure, nil
}

func (s *Sender) tls() *tls.Config {
	return &tls.Config{ServerName: s.server.Name, RootCAs: s.server.Trust, MinVersion: tls.VersionTLS12}
}

// converse introduces us and hands the mail over.
func (s *Sender) converse(ctx context.Context, conn net.Conn, m *mail.Msg) error {
	client, err := s.client(conn)
	if err != nil {
		return err
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return introduction(err)
	}
	if err := client.SendWithSMTPClient(session, m); err != nil {
		return refusal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(goodbyePatience))
	_ = client.CloseWithSMTPClient(session) // what was taken stays taken
	return nil
}

// client speaks over a connection that is there already. A Client is good for one
// mail: the library changes it while it finds out how to authenticate.
func (s *Sender) client(conn net.Conn) (*mail.Client, error) {
	policy := mail.TLSMandatory
	if s.server.Security != StartTLS {
		policy = mail.NoTLS // there is TLS around it, or there shall be none
	}
	options := []mail.Option{
		mail.WithHELO(s.host), mail.WithTimeout(mailPatience), mail.WithTLSPolicy(policy), mail.WithTLSConfig(s.tls()), mail.WithoutNoop(), mail.WithoutRset(),
		mail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil }),
	}
	if s.server.User != "" {
		password, err := s.server.Password()
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, "the mail server's password cannot be read", err)
		}
		options = append(options, mail.WithUsername(s.server.User), mail.WithPassword(password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthSCRAMSHA256))
	}
	client, err := mail.NewClient(s.server.Name, options...)
	if err != nil {
		return nil, fmt.Errorf("make mail client: %w", err)
	}
	return client, nil
}

// introduction is what became of greeting, TLS and authentication.
func introduction(err error) error {
	switch {
	case errors.Is(err, smtp.ErrUnencrypted):
		return troubled("wants a password without TLS", err)
	default:
		return troubled("did not let us in", err)
	}
}

// refusal is what became of the mail: what the server says with 5xx of the recipient
// or the message it will say again. What it says of the sender is the operator's to
// mend.
func refusal(err error) error {
	said, ok := errors.AsType[*mail.SendError](err)
	if !ok || said.ErrorCode() == 0 {
		return troubled("broke off", err)
	}
	code := fmt.Sprint(said.ErrorCode())
	if enhanced := said.EnhancedStatusCode(); enhanced != "" {
		code += " " + enhanced
	}
	what := map[mail.SendErrReason]string{
		mail.ErrSMTPMailFrom: "refused the sender", mail.ErrSMTPRcptTo: "refused the address",
		mail.ErrSMTPData: "refused the message", mail.ErrSMTPDataClose: "refused the message",
	}[said.Reason]
	if what == "" {
		what = "refused"
	}
	failure := fault.Wrap(fault.Upstream, "the mail server "+what+": "+code, shown{err})
	if said.ErrorCode() >= 500 && said.Reason != mail.ErrSMTPMailFrom {
		return final(failure)
	}
	return failure
}

// troubled is a failure that may pass.
func troubled(what string, err error) error {
	if errors.Is(err, context.Canceled) && fault.KindOf(err) == fault.Internal {
		return err
	}
	return fault.Wrap(fault.Unavailable, "the mail server "+what, shown{err})
}

// maxShown bounds what of a server's words reaches a log.
const maxShown = 500

// shown is an error whose words, which are a stranger's, are one line and not long.
type shown struct{ cause error }

func (e shown) Error() string { return line(e.cause.Error(), maxShown) }
func (e shown) Unwrap() error { return e.cause }

// bounded ends a connection whose other side does not stop talking.
type bounded struct {
	net.Conn
	replies io.Reader
}

func (b *bounded) Read(p []byte) (int, error) { return b.replies.Read(p) }
