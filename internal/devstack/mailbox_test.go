//go:build unix

package devstack_test

import (
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"

	"gatehouse/internal/devstack"
)

func startMailbox(t *testing.T, o devstack.MailboxOptions) *devstack.Mailbox {
	t.Helper()
	m, err := devstack.StartMailbox(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, m.Stop()) })
	return m
}

// post hands a mail over as any program does.
func post(m *devstack.Mailbox, auth smtp.Auth, to, text string) error {
	at := strings.Replace(m.Addr(), "127.0.0.1", "localhost", 1)
	return smtp.SendMail(at, auth, "from@example.com", []string{to}, []byte(text))
}

func TestMailboxKeepsTheLastMails(t *testing.T) {
	t.Parallel()
	m := startMailbox(t, devstack.MailboxOptions{})
	if len(m.Mails()) != 0 {
		t.Errorf("%d mails at first", len(m.Mails()))
	}
	for i := range 503 {
		must(t, post(m, nil, "to@example.com", fmt.Sprintf("Subject: =?utf-8?q?=E2=84=96_%d?=\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\none=3Done\r\n", i)))
	}
	kept := m.Mails()
	if len(kept) != 500 || kept[0].From != "from@example.com" || kept[0].To[0] != "to@example.com" {
		t.Fatalf("%d mails, the first %+v", len(kept), kept[0])
	}
	for i, want := range map[int]string{0: "№ 3", 499: "№ 502"} {
		if l, err := kept[i].Open(); err != nil || l.Subject != want || l.Text != "one=one\n" {
			t.Errorf("mail %d is %+v, %v; want %s", i, l, err, want)
		}
	}
}

func TestMailboxAsksWhoItIs(t *testing.T) {
	t.Parallel()
	m := startMailbox(t, devstack.MailboxOptions{User: "alerts", Password: "right"})
	for name, c := range map[string]struct {
		auth smtp.Auth
		code int
	}{
		"nobody":         {nil, 530},
		"wrong password": {smtp.PlainAuth("", "alerts", "wrong", "localhost"), 535},
		"wrong user":     {smtp.PlainAuth("", "others", "right", "localhost"), 535},
	} {
		said, ok := errors.AsType[*textproto.Error](post(m, c.auth, "to@example.com", "x"))
		if !ok || said.Code != c.code {
			t.Errorf("%s: %v, want %d", name, said, c.code)
		}
	}
	must(t, post(m, smtp.PlainAuth("", "alerts", "right", "localhost"), "to@example.com", "x"))
	if n := len(m.Mails()); n != 1 {
		t.Errorf("%d mails were taken", n)
	}
}

func TestMailboxRefusesWhoIsSaidToBeRefused(t *testing.T) {
	t.Parallel()
	m := startMailbox(t, devstack.MailboxOptions{})
	for to, code := range map[string]int{"refused@example.com": 550, "later@example.com": 450} {
		if said, ok := errors.AsType[*textproto.Error](post(m, nil, to, "x")); !ok || said.Code != code {
			t.Errorf("%s: %v, want %d", to, said, code)
		}
	}
	if said, ok := errors.AsType[*textproto.Error](post(m, nil, "to@example.com", strings.Repeat("x\r\n", 400_000))); !ok || said.Code != 552 {
		t.Errorf("of more than a megabyte: %v, want 552", said)
	}
	if n := len(m.Mails()); n != 0 {
		t.Errorf("%d mails were taken", n)
	}
}

func TestMailboxStops(t *testing.T) {
	t.Parallel()
	for range 20 { // also while it begins
		m, err := devstack.StartMailbox(t.Context(), devstack.MailboxOptions{})
		must(t, err)
		must(t, m.Stop())
		must(t, m.Stop())
		if conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", m.Addr()); err == nil {
			_ = conn.Close()
			t.Fatal("it still listens")
		}
	}
}
