package notify_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/devstack"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
)

func TestMailArrivesAsItIsMeant(t *testing.T) {
	t.Parallel()
	s, box := mailing(t)
	must(t, s.Mail(t.Context(), "it@contoso.example", expiring()))
	mails := box.Mails()
	if len(mails) != 1 || mails[0].From != "gatehouse@example.com" || len(mails[0].To) != 1 || mails[0].To[0] != "it@contoso.example" {
		t.Fatalf("mails are %+v", mails)
	}
	l := letters(t, box)[0]
	for name, want := range map[string]string{
		"From": `"Gatehouse" <gatehouse@example.com>`, "To": "<it@contoso.example>", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
		"Message-Id": "<0b9b4d7e-6a0f-4f0e-9e53-5d3c5f8a1b2c@gatehouse.example>", "Date": "Sun, 22 Nov 2026 12:00:00 +0000", "User-Agent": "", "X-Mailer": "", "Importance": "",
	} {
		if got := l.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if want := "Contoso: The client secret of Gatehouse ends in 7 days"; l.Subject != want {
		t.Errorf("subject is %q, want %q", l.Subject, want)
	}
	for _, part := range []string{l.Text, strings.ReplaceAll(l.HTML, "&amp;", "&")} {
		for _, said := range []string{
			"Warning", "ends in 7 days", "nobody can sign in.", "Microsoft Graph fail first", "What to do:", "Certificates & secrets", "22 November 2026, 11:00 UTC",
			"https://entra.microsoft.com/#view/app", "https://gatehouse.example/organizations/contoso", "has made this address a contact",
		} {
			if !strings.Contains(part, said) {
				t.Errorf("%q is not in\n%s", said, part)
			}
		}
	}
}

func TestCriticalAlertIsImportant(t *testing.T) {
	t.Parallel()
	s, box := mailing(t)
	m := expiring()
	m.Items[0].Severity = notify.Critical
	must(t, s.Mail(t.Context(), "it@contoso.example", m))
	m.Kind = notify.Digest
	must(t, s.Mail(t.Context(), "it@contoso.example", m))
	if l := letters(t, box); l[0].Header.Get("Importance") != "high" || l[1].Header.Get("Importance") != "" {
		t.Errorf("importance is %q of an alert and %q of a digest", l[0].Header.Get("Importance"), l[1].Header.Get("Importance"))
	}
}

func TestMailThatIsSentAgainIsTheSame(t *testing.T) {
	t.Parallel()
	s, box := mailing(t)
	for range 2 {
		must(t, s.Mail(t.Context(), "it@contoso.example", expiring()))
	}
	l := letters(t, box)
	if l[0].Header.Get("Message-Id") != l[1].Header.Get("Message-Id") || l[0].Header.Get("Date") != l[1].Header.Get("Date") || l[0].HTML != l[1].HTML || l[0].Text != l[1].Text {
		t.Error("two attempts differ")
	}
}

func TestWhatTheServerSaysDecidesWhetherToTryAgain(t *testing.T) {
	t.Parallel()
	s, box := mailing(t)
	for to, want := range map[string]struct {
		permanent bool
		public    string
	}{
		"refused@contoso.example": {true, "the mail server refused the address: 550 5.1.1"},
		"later@contoso.example":   {false, "the mail server refused the address: 450 4.2.0"},
	} {
		err := s.Mail(t.Context(), to, expiring())
		if err == nil || notify.Permanent(err) != want.permanent || fault.Public(err) != want.public || fault.KindOf(err) != fault.Upstream {
			t.Errorf("%s: %v (%q), permanent %v; want %+v", to, err, fault.Public(err), notify.Permanent(err), want)
		}
	}
	if n := len(box.Mails()); n != 0 {
		t.Errorf("%d mails were taken", n)
	}
	if err := s.Mail(t.Context(), "it@contoso.example, others@contoso.example", expiring()); !notify.Permanent(err) || fault.KindOf(err) != fault.Invalid {
		t.Errorf("error about two addresses = %v, want a permanent Invalid", err)
	}
}

// secured is a Sender whose server wants a user and speaks TLS as s says.
func secured(t *testing.T, security notify.Security, password string) (*notify.Sender, *devstack.Mailbox) {
	t.Helper()
	ca := authority(t)
	o := devstack.MailboxOptions{User: "alerts@example.com", Password: "right", TLS: serveTLS(ca)}
	if security == notify.ImplicitTLS {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		must(t, err)
		o.Listeners = []net.Listener{tls.NewListener(l, serveTLS(ca))}
	}
	box := mailbox(t, o)
	with := options(t)
	with.Server = serverAt(t, box.Addr())
	with.Server.Security, with.Server.User, with.Server.Trust = security, "alerts@example.com", ca.Pool()
	with.Server.Password = func() (string, error) { return password, nil }
	return newSender(t, with), box
}

func TestItAuthenticatesOverTLS(t *testing.T) {
	t.Parallel()
	for name, security := range map[string]notify.Security{"STARTTLS": notify.StartTLS, "TLS": notify.ImplicitTLS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, box := secured(t, security, "right")
			must(t, s.Mail(t.Context(), "it@contoso.example", expiring()))
			if n := len(box.Mails()); n != 1 {
				t.Errorf("%d mails were taken", n)
			}
			s, box = secured(t, security, "wrong")
			err := s.Mail(t.Context(), "it@contoso.example", expiring())
			if fault.KindOf(err) != fault.Unavailable || notify.Permanent(err) || len(box.Mails()) != 0 {
				t.Errorf("with the wrong password: %v", err)
			}
		})
	}
}

func TestItDoesNotTrustStrangers(t *testing.T) {
	t.Parallel()
	for name, security := range map[string]notify.Security{"STARTTLS": notify.StartTLS, "TLS": notify.ImplicitTLS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
			must(t, err)
			own := devstack.MailboxOptions{TLS: serveTLS(authority(t))}
			if security == notify.ImplicitTLS {
				l = tls.NewListener(l, own.TLS)
			}
			own.Listeners = []net.Listener{l}
			box := mailbox(t, own)
			o := options(t)
			o.Server = serverAt(t, box.Addr())
			o.Server.Security, o.Server.Trust = security, authority(t).Pool() // of another authority
			err = newSender(t, o).Mail(t.Context(), "it@contoso.example", expiring())
			if _, unknown := errors.AsType[*tls.CertificateVerificationError](err); !unknown || notify.Permanent(err) || len(box.Mails()) != 0 {
				t.Errorf("error = %v, want one about the certificate", err)
			}
		})
	}
}

func TestWithoutTLSNothingIsSaid(t *testing.T) {
	t.Parallel()
	box := mailbox(t, devstack.MailboxOptions{})
	o := options(t)
	o.Server = serverAt(t, box.Addr())
	o.Server.Security = notify.StartTLS // which this server does not offer
	err := newSender(t, o).Mail(t.Context(), "it@contoso.example", expiring())
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "STARTTLS") || len(box.Mails()) != 0 {
		t.Errorf("error = %v, want one about STARTTLS", err)
	}
}

// talker accepts connections and says the lines to each, one after what it hears.
func talker(t *testing.T, said ...string) *notify.Server {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				heard := make([]byte, 64<<10)
				for _, line := range said {
					if _, err := conn.Write([]byte(line)); err != nil {
						return
					}
					if _, err := conn.Read(heard); err != nil {
						return
					}
				}
				_, _ = conn.Read(heard) // silent until the other side has enough
			}()
		}
	}()
	return serverAt(t, l.Addr().String())
}

func TestRepliesHaveOneMeaning(t *testing.T) {
	t.Parallel()
	const greeting, hello, ok, data = "220 mail\r\n", "250 mail\r\n", "250 ok\r\n", "354 go on\r\n"
	for name, c := range map[string]struct {
		said      []string
		permanent bool
		public    string
	}{
		"refuses us":           {[]string{"554 go away\r\n"}, false, "the mail server did not let us in"},
		"refuses the sender":   {[]string{greeting, hello, "550 who are you\r\n", ok}, false, "the mail server refused the sender: 550"},
		"refuses the message":  {[]string{greeting, hello, ok, ok, data, "554 spam\r\n", ok}, true, "the mail server refused the message: 554"},
		"is full":              {[]string{greeting, hello, ok, ok, data, "452 full\r\n", ok}, false, "the mail server refused the message: 452"},
		"forgets what it said": {[]string{greeting, hello, ok, ok, data, "250 taken\r\n", "421 bye\r\n"}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.Server = talker(t, c.said...)
			err := newSender(t, o).Mail(t.Context(), "it@contoso.example", expiring())
			if c.public == "" {
				must(t, err)
				return
			}
			if err == nil || fault.Public(err) != c.public || notify.Permanent(err) != c.permanent {
				t.Errorf("error = %v (%q), permanent %v; want %+v", err, fault.Public(err), notify.Permanent(err), c)
			}
		})
	}
}

func TestServerThatDoesNotStopIsLeft(t *testing.T) {
	t.Parallel()
	endless := strings.Repeat("220-"+strings.Repeat("x", 2_000)+"\r\n", 1_000)
	o := options(t)
	o.Server = talker(t, endless+"220 mail\r\n", "250 mail\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "250 taken\r\n")
	if err := newSender(t, o).Mail(t.Context(), "it@contoso.example", expiring()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("error = %v, want Unavailable", err)
	}
}

func TestWordsOfAServerAreOneShortLine(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Server = talker(t, "220 mail\r\n", "250 mail\r\n", "550-who\r\n550 \x1b[31m"+strings.Repeat("x", 9_000)+"\r\n", "250 ok\r\n")
	err := newSender(t, o).Mail(t.Context(), "it@contoso.example", expiring())
	if err == nil || len(err.Error()) > 1_000 || strings.ContainsAny(err.Error(), "\x1b\n") || !strings.Contains(err.Error(), "who") {
		t.Errorf("error = %q", err)
	}
}

func TestEndOfTheContextEndsTheMail(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Server = talker(t, "220 mail\r\n", "250 mail\r\n") // and never a word about the sender
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := newSender(t, o).Mail(ctx, "it@contoso.example", expiring())
	if fault.KindOf(err) != fault.Unavailable || notify.Permanent(err) || time.Since(began) > 15*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestMailServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	o := options(t)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	o.Server = serverAt(t, l.Addr().String())
	must(t, l.Close())
	if err := newSender(t, o).Mail(t.Context(), "it@contoso.example", expiring()); fault.KindOf(err) != fault.Unavailable || notify.Permanent(err) {
		t.Errorf("error = %v, want Unavailable", err)
	}
	d, err := egress.NewDialer("127.0.0.1", 25, egress.RefuseLoopback)
	must(t, err)
	o.Server.Dial = d
	if err := newSender(t, o).Mail(t.Context(), "it@contoso.example", expiring()); !errors.Is(err, egress.ErrDestination) {
		t.Errorf("error = %v, want ErrDestination", err)
	}
}
