package demo_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/demo"
)

const mailToken = "token of the mailroom"

// mailroom serves what a stack keeps of what was sent, and returns a data directory
// that names it and its mail server.
func mailroom(t *testing.T) (url, data, mails string) {
	t.Helper()
	handler, at, stop, err := demo.MailroomForTest(t.Context(), mailToken)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	raw, err := json.Marshal(demo.File{BaseURL: "http://localhost", MailURL: server.URL, ControlToken: mailToken})
	if err != nil {
		t.Fatal(err)
	}
	data = t.TempDir()
	if err := os.WriteFile(filepath.Join(data, demo.FileName), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL, data, strings.TrimPrefix(at, "smtp://")
}

func printed(t *testing.T, q demo.MailQuery) string {
	t.Helper()
	var out bytes.Buffer
	if err := demo.PrintMail(t.Context(), q, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// letter is a mail as it stands on the wire.
const letter = "From: gatehouse@gatehouse.example\r\nTo: it@contoso.example\r\nSubject: Contoso: a secret ends\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain\r\n\r\nIn seven days.\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>In seven=20days.</p>\r\n--b--\r\n"

func TestWhatWasSentIsPrinted(t *testing.T) {
	t.Parallel()
	url, data, mails := mailroom(t)
	if got := printed(t, demo.MailQuery{Data: data}); got != "Nothing has been sent yet.\n" {
		t.Errorf("before anything was sent: %q", got)
	}
	if err := smtp.SendMail(mails, nil, "gatehouse@gatehouse.example", []string{"it@contoso.example"}, []byte(letter)); err != nil {
		t.Fatal(err)
	}
	if err := smtp.SendMail(mails, nil, "gatehouse@gatehouse.example", []string{"it@contoso.example"}, []byte("no mail")); err != nil {
		t.Fatal(err)
	}
	if got := hook(t, url, "", `{"type":"test"}`); got != http.StatusNoContent {
		t.Fatalf("status %d", got)
	}
	got := printed(t, demo.MailQuery{Data: data})
	for _, want := range []string{"mail to it@contoso.example\nSubject: Contoso: a secret ends\n\nIn seven days.\n", "no mail", "webhook /hook  id 7\n\n{\"type\":\"test\"}"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if got := printed(t, demo.MailQuery{Data: data, Last: 1}); strings.Contains(got, "seven") || !strings.Contains(got, `"test"`) {
		t.Errorf("the last one is\n%s", got)
	}
	if got := printed(t, demo.MailQuery{Data: data, HTML: true}); got != "<p>In seven days.</p>" {
		t.Errorf("the HTML part is %q", got)
	}
	var first demo.Sent
	if err := json.NewDecoder(strings.NewReader(printed(t, demo.MailQuery{Data: data, Whole: true}))).Decode(&first); err != nil || first.Header["From"] != "gatehouse@gatehouse.example" {
		t.Errorf("%+v, %v", first, err)
	}
}

// hook sends a message to the webhook of a mailroom, which calls itself by a name.
func hook(t *testing.T, url, host, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/hook", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	req.Header.Set("Webhook-Id", "7")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestMailroomIsForItsMachineAndItsOwner(t *testing.T) {
	t.Parallel()
	url, data, _ := mailroom(t)
	if got := hook(t, url, "rebound.example", "{}"); got != http.StatusForbidden {
		t.Errorf("under a foreign name: status %d", got)
	}
	if got := hook(t, url, "", strings.Repeat("x", 65<<10)); got != http.StatusRequestEntityTooLarge {
		t.Errorf("with too much: status %d", got)
	}
	if got := printed(t, demo.MailQuery{Data: data}); got != "Nothing has been sent yet.\n" {
		t.Errorf("what was refused is kept: %q", got)
	}
	for _, token := range []string{"", "Bearer wrong", mailToken} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/sent", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("with %q: status %d", token, resp.StatusCode)
		}
	}
}

func TestMailOfNobodyIsExplained(t *testing.T) {
	t.Parallel()
	_, data, _ := mailroom(t)
	for want, q := range map[string]demo.MailQuery{
		"nothing has run":   {Data: t.TempDir()},
		"is negative":       {Data: data, Last: -1},
		"with an HTML part": {Data: data, HTML: true},
	} {
		if err := demo.PrintMail(t.Context(), q, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q in it", err, want)
		}
	}
}
