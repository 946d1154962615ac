package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/devstack"
	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// notifier is what a worker with further variables tells contacts with.
func notifier(t *testing.T, further ...string) (*notify.Sender, error) {
	t.Helper()
	c, err := config.Source{ReadFile: os.ReadFile, Environ: append([]string{
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=http://localhost:8080", "GATEHOUSE_WORKER_LISTEN=localhost:0",
		"GATEHOUSE_DATABASE_URL=postgres://worker@localhost/x", "GATEHOUSE_REDIS_URL=redis://localhost", "GATEHOUSE_KEK=" + encoded(1),
	}, further...)}.Worker()
	if err != nil {
		t.Fatal(err)
	}
	tel, err := telemetry.Setup(t.Context(), telemetry.Options{Service: "test", LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	s, end, err := app.NotifierForTest(c.Process, tel)
	if err == nil {
		t.Cleanup(end)
	}
	return s, err
}

func testMessage() notify.Message {
	return notify.Message{ID: tenants.NewGUID(), Organization: "Contoso", Slug: "contoso", Kind: notify.Test, At: time.Now()}
}

func TestConfigurationReachesTheMailServer(t *testing.T) {
	t.Parallel()
	box, err := devstack.StartMailbox(t.Context(), devstack.MailboxOptions{User: "alerts@example.com", Password: "first"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Stop() })
	file := filepath.Join(t.TempDir(), "password")
	write := func(password string) {
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first")
	variables := []string{"GATEHOUSE_SMTP_URL=smtp://alerts%40example.com@" + strings.Replace(box.Addr(), "127.0.0.1", "localhost", 1), "GATEHOUSE_SMTP_PASSWORD_FILE=" + file, "GATEHOUSE_MAIL_FROM=Gatehouse <gatehouse@example.com>"}
	s, err := notifier(t, append(variables, "GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true")...)
	if err != nil || !s.CanMail() {
		t.Fatal(s, err)
	}
	if err := s.Mail(t.Context(), "it@contoso.example", testMessage()); err != nil || len(box.Mails()) != 1 {
		t.Errorf("%d mails, %v", len(box.Mails()), err)
	}
	write("second")
	if err := s.Mail(t.Context(), "it@contoso.example", testMessage()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("with another password in the file: %v", err)
	}
	if s, err = notifier(t, variables...); err != nil {
		t.Fatal(err)
	}
	if err := s.Mail(t.Context(), "it@contoso.example", testMessage()); fault.KindOf(err) != fault.Unavailable || len(box.Mails()) != 1 {
		t.Errorf("without leave to reach this machine: %v", err)
	}
}

func TestConfigurationReachesWebhooks(t *testing.T) {
	t.Parallel()
	came := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { came <- r.Header.Get("Webhook-Id") }))
	t.Cleanup(server.Close)
	w, m := notify.Webhook{URL: server.URL, Shape: notify.Plain, Secret: notify.NewSecret()}, testMessage()
	s, err := notifier(t)
	if err != nil || s.CanMail() {
		t.Fatal(s, err)
	}
	if err := s.Post(t.Context(), w, m); err == nil {
		t.Error("this machine was reached without leave")
	}
	if s, err = notifier(t, "GATEHOUSE_ALLOW_LOOPBACK_EGRESS=true"); err != nil {
		t.Fatal(err)
	}
	if err := s.Post(t.Context(), w, m); err != nil || <-came != m.ID.String() {
		t.Error(err)
	}
}

func TestSenderThatNobodyCouldAnswerIsNamed(t *testing.T) {
	t.Parallel()
	if _, err := notifier(t, "GATEHOUSE_SMTP_URL=smtp://localhost:1025", "GATEHOUSE_MAIL_FROM=gatehouse@localhost"); err == nil || !strings.HasPrefix(err.Error(), "GATEHOUSE_MAIL_FROM: ") {
		t.Errorf("error = %v", err)
	}
}
