package notify_test

import (
	"crypto/tls"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/devstack"
	"gatehouse/internal/egress"
	"gatehouse/internal/localca"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
)

// noon is when the messages of these tests are sent.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// expiring is a message such as an organization gets.
func expiring() notify.Message {
	return notify.Message{
		ID: tenants.MustGUID("0b9b4d7e-6a0f-4f0e-9e53-5d3c5f8a1b2c"), Organization: "Contoso", Slug: "contoso", Kind: notify.Alert, At: noon,
		ConsoleURL: "https://gatehouse.example/organizations/contoso",
		Items: []notify.Item{{
			Cause: "credential_expiring", Severity: notify.Warning, Title: "The client secret of Gatehouse ends in 7 days",
			Text: "When it has ended, nobody can sign in.\nTools that ask Microsoft Graph fail first.", Remedy: "Make a new one under App registrations, Certificates & secrets.",
			Since: noon.Add(-time.Hour), URL: "https://entra.microsoft.com/#view/app",
		}},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// options are those of a Sender that reaches this machine and has no mail server.
func options(t *testing.T) notify.Options {
	t.Helper()
	web, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 4 << 10, Tracer: noop.NewTracerProvider().Tracer(""),
	})
	must(t, err)
	t.Cleanup(web.Close)
	return notify.Options{Web: web, Host: "gatehouse.example", Now: func() time.Time { return noon }}
}

func newSender(t *testing.T, o notify.Options) *notify.Sender {
	t.Helper()
	s, err := notify.New(o)
	must(t, err)
	return s
}

// serverAt is a mail server on this machine.
func serverAt(t *testing.T, addr string) *notify.Server {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	must(t, err)
	n, err := strconv.ParseUint(port, 10, 16)
	must(t, err)
	d, err := egress.NewDialer("localhost", uint16(n), egress.AllowLoopback)
	must(t, err)
	return &notify.Server{Dial: d, Name: "localhost", Security: notify.Plaintext, From: mail.Address{Name: "Gatehouse", Address: "gatehouse@example.com"}}
}

// mailbox starts a mail server.
func mailbox(t *testing.T, o devstack.MailboxOptions) *devstack.Mailbox {
	t.Helper()
	m, err := devstack.StartMailbox(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, m.Stop()) })
	return m
}

// mailing is a Sender with a mail server that speaks plaintext, and that server.
func mailing(t *testing.T) (*notify.Sender, *devstack.Mailbox) {
	t.Helper()
	m := mailbox(t, devstack.MailboxOptions{})
	o := options(t)
	o.Server = serverAt(t, m.Addr())
	return newSender(t, o), m
}

// letters are the mails that a server has.
func letters(t *testing.T, m *devstack.Mailbox) []devstack.Letter {
	t.Helper()
	var read []devstack.Letter
	for _, kept := range m.Mails() {
		l, err := kept.Open()
		must(t, err)
		read = append(read, l)
	}
	return read
}

// authority vouches for this machine.
func authority(t *testing.T) *localca.CA {
	t.Helper()
	ca, err := localca.Open(t.TempDir())
	must(t, err)
	return ca
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := notify.New(notify.Options{Server: &notify.Server{User: "me", From: mail.Address{Address: "nobody"}}})
	for _, word := range []string{"Web", "Host", "Now", "Dial", "Password", "From"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("error = %v, want it to name %s", err, word)
		}
	}
}

func TestItCanMailWithAServerOnly(t *testing.T) {
	t.Parallel()
	with, _ := mailing(t)
	without := newSender(t, options(t))
	if !with.CanMail() || without.CanMail() {
		t.Errorf("CanMail = %v with a server and %v without", with.CanMail(), without.CanMail())
	}
	if err := without.Mail(t.Context(), "it@contoso.example", expiring()); err == nil || notify.Permanent(err) {
		t.Errorf("error = %v, want one that a mail server mends", err)
	}
}

// serveTLS is the configuration of servers that an authority vouches for.
func serveTLS(ca *localca.CA) *tls.Config { return ca.TLSConfig(time.Now) }

var (
	_ notify.Web    = (*egress.Client)(nil)
	_ notify.Dialer = (*egress.Dialer)(nil)
)
