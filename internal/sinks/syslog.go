package sinks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"gatehouse/internal/fault"
)

// Dialer connects to a public address at one of the ports that syslog over TLS may
// have. egress.DialSyslog does.
type Dialer func(ctx context.Context, host string, port uint16) (net.Conn, error)

// Syslog sends messages of RFC 5424 over TLS, each after the count of its bytes (RFC
// 5425 §4.3), one connection a batch. The protocol has no acknowledgement; but who has
// read everything answers our close_notify with its own (RFC 5425 §4.4), and only then
// they have arrived.
type Syslog struct {
	Dial  Dialer
	Host  string // of this deployment, as messages name it
	Trust *x509.CertPool
}

// The bounds of a conversation.
const (
	syslogPatience = 30 * time.Second
	syslogPort     = 6514     // RFC 5425 §4.1
	maxSaid        = 64 << 10 // of a receiver, which has nothing to say
)

// Bounds implements Carrier.
func (Syslog) Bounds() (records, size int) { return 1_000, 4 << 20 }

// Anchor implements Carrier.
func (s Syslog) Anchor(ctx context.Context, to For, a Anchor) error {
	return s.send(ctx, to, s.message(nil, message{severityInfo, a.At, KindCheckpoint, object(a.entry())}))
}

// Records implements Carrier.
func (s Syslog) Records(ctx context.Context, to For, b Batch) error {
	var frames []byte
	for _, e := range b.Entries {
		frames = s.message(frames, message{syslogSeverity(e), e.at(), e.text("kind"), e.JSON(b.Origin)})
	}
	return s.send(ctx, to, frames)
}

// The severities (RFC 5424 §6.2.1), and the facility: log audit.
const (
	severityError   = 3
	severityWarning = 4
	severityInfo    = 6
	facilityAudit   = 13
)

func syslogSeverity(e Entry) int {
	switch e.text("outcome") {
	case "fault", "unknown":
		return severityError
	case "refused", "tool_error":
		return severityWarning
	}
	return severityInfo
}

type message struct {
	severity int
	at       time.Time
	id       string
	text     []byte // JSON
}

// message appends a frame. What it says is in ASCII, so that no receiver has to know
// how it is encoded.
func (s Syslog) message(dst []byte, m message) []byte {
	id := m.id
	if id == "" {
		id = "-"
	}
	line := fmt.Appendf(nil, "<%d>1 %s %s gatehouse - %.32s - ", facilityAudit*8+m.severity, m.at.UTC().Format(anchorTime), s.Host, id)
	line = appendASCII(line, m.text)
	return append(append(strconv.AppendInt(dst, int64(len(line)), 10), ' '), line...)
}

// appendASCII appends JSON with everything escaped that is not ASCII.
func appendASCII(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r < utf8.RuneSelf:
			dst = append(dst, text[0])
		case r > 0xffff:
			r -= 0x10000
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
		text = text[n:]
	}
	return dst
}

func (s Syslog) send(ctx context.Context, to For, frames []byte) error {
	u, err := url.Parse(to.Sink.URL)
	if err != nil || u.Hostname() == "" {
		return fault.New(fault.Invalid, "url is no receiver of syslog; use one such as tls://siem.example.com:6514")
	}
	port := uint64(syslogPort)
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil {
			return fault.New(fault.Invalid, "url names no port")
		}
	}
	config := &tls.Config{ServerName: u.Hostname(), RootCAs: s.Trust, MinVersion: tls.VersionTLS12}
	if to.Secret != "" {
		certificate, err := tls.X509KeyPair([]byte(to.Secret), []byte(to.Secret))
		if err != nil { // the error might repeat the key
			return fault.New(fault.Invalid, "the secret is no certificate with its private key in PEM; give both, one after the other")
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	ctx, cancel := context.WithTimeout(ctx, syslogPatience)
	defer cancel()
	raw, err := s.Dial(ctx, u.Hostname(), uint16(port))
	if err != nil {
		return err
	}
	defer func() { _ = raw.Close() }()
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	return converse(ctx, tls.Client(raw, config), u.Hostname(), frames)
}

// converse hands frames over and waits until the receiver has read them.
func converse(ctx context.Context, conn *tls.Conn, host string, frames []byte) error {
	if err := conn.HandshakeContext(ctx); err != nil {
		return fault.Wrap(fault.Upstream, host+" does not speak TLS as it has to, has no certificate that is good for this name, or wants one of us", err)
	}
	if _, err := conn.Write(frames); err != nil {
		return fault.Wrap(fault.Upstream, host+" broke off while it was sent messages", err)
	}
	if err := conn.CloseWrite(); err != nil {
		return fault.Wrap(fault.Upstream, host+" broke off while it was sent messages", err)
	}
	said, err := io.Copy(io.Discard, io.LimitReader(conn, maxSaid))
	if said == maxSaid || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.Wrap(fault.Unavailable, host+" did not say that it has read everything, by ending the connection in its turn", err)
	}
	return nil
}
