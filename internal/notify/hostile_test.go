package notify_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/devstack"
	"gatehouse/internal/notify"
)

// hostile is a message whose every text wants to be something else.
func hostile(words string) notify.Message {
	m := expiring()
	m.Organization, m.Slug, m.ConsoleURL = words, words, words
	m.Items[0] = notify.Item{Cause: words, Severity: notify.Severity(words), Title: words, Text: words, Remedy: words, URL: words, Since: noon}
	return m
}

// expected are the header fields that a mail may have.
var expected = []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Auto-Response-Suppress"}

// held fails if a mail has a header field or a recipient that nobody gave it.
func held(t *testing.T, m devstack.Mail) devstack.Letter {
	t.Helper()
	l, err := m.Open()
	must(t, err)
	for name := range l.Header {
		if !slices.Contains(expected, name) {
			t.Errorf("the mail has a field %q: %q", name, l.Header.Get(name))
		}
	}
	if to, err := mail.ParseAddressList(l.Header.Get("To")); err != nil || len(to) != 1 || len(m.To) != 1 || to[0].Address != m.To[0] {
		t.Errorf("to %v and %v, %v", to, m.To, err)
	}
	if from, err := mail.ParseAddressList(l.Header.Get("From")); err != nil || len(from) != 1 || from[0].Address != "gatehouse@example.com" {
		t.Errorf("from %v, %v", from, err)
	}
	for _, line := range strings.Split(string(m.Raw), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n\x00") {
			t.Errorf("the mail has a line %.100q of %d bytes (RFC 5322 §2.1.1)", line, len(line))
		}
	}
	return l
}

func TestNamesStayNames(t *testing.T) {
	t.Parallel()
	s, box := mailing(t)
	for _, words := range []string{
		"x\r\nBcc: everybody@contoso.example\r\n\r\nbody", "x\nBcc: everybody@contoso.example", "\x00\x01\u202egpj.exe", "=?utf-8?q?Bcc:_a?=",
		"<img src=https://evil.example/x.png onerror=alert(1)>", "</td></tr></table><script>alert(1)</script>", "javascript:alert(1)", "data:text/html,x",
		".\r\nQUIT\r\n", "{{.ConsoleURL}}", strings.Repeat("ä", 4_000), strings.Repeat("x", 4_000), "\xff\xfe", "--boundary--\r\n",
		"https://a.example/\"onclick=\"alert(1)", "http://a.example/", "https://user@a.example/",
	} {
		must(t, s.Mail(t.Context(), "it@contoso.example", hostile(words)))
		kept := box.Mails()
		l := held(t, kept[len(kept)-1])
		for _, markup := range []string{"<img", "<script", `href="javascript`, `href="data`, `href="http://`, ` onclick="`, "user@a.example/\""} {
			if strings.Contains(l.HTML, markup) {
				t.Errorf("%q becomes %s", words, markup)
			}
		}
		for _, invisible := range []string{"\u202e", "\x00", "\x01", "\r"} {
			if strings.Contains(l.Subject+l.Text+l.HTML, invisible) {
				t.Errorf("%q keeps %q", words, invisible)
			}
		}
		if strings.Contains(l.Subject, "\n") || len(l.Subject) > 250 {
			t.Errorf("the subject is %q", l.Subject)
		}
	}
}

func TestTextsHaveAnEnd(t *testing.T) {
	t.Parallel()
	s, box := mailing(t)
	must(t, s.Mail(t.Context(), "it@contoso.example", hostile(strings.Repeat("x\n", 4_000))))
	if n := len(letters(t, box)[0].Text); n > 12_000 {
		t.Errorf("the text part has %d bytes", n)
	}
}

func TestSeverityIsOneOfOurs(t *testing.T) {
	t.Parallel()
	url, got := receiver(t, http.StatusOK, nil)
	must(t, newSender(t, options(t)).Post(t.Context(), notify.Webhook{URL: url, Shape: notify.Plain, Secret: notify.NewSecret()}, hostile("worst")))
	if body := string((<-got).body); !strings.Contains(body, `"severity":"warning"`) {
		t.Errorf("body is %s", body)
	}
}

func TestMailLoadsNothing(t *testing.T) {
	t.Parallel()
	s, box := mailing(t)
	must(t, s.Mail(t.Context(), "it@contoso.example", expiring()))
	html := strings.ToLower(letters(t, box)[0].HTML)
	for _, remote := range []string{"<img", "<link", "<style", "<script", "url(", "@import", "src=", "background="} {
		if strings.Contains(html, remote) {
			t.Errorf("the mail has %s", remote)
		}
	}
}

// cards posts a message in the shape of Teams and returns what arrives.
func cards(t *testing.T, s *notify.Sender, m notify.Message) []byte {
	t.Helper()
	got := make(chan []byte, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- body
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	if err := s.Post(t.Context(), notify.Webhook{URL: server.URL, Shape: notify.Teams, Secret: notify.NewSecret()}, m); err != nil {
		t.Fatal(err)
	}
	return <-got
}

func FuzzMail(f *testing.F) {
	f.Add("Contoso", "Bcc: x\r\n", "<b>", "https://a.example/")
	f.Add("=?utf-8?b?QmNj?=", "\r\n.\r\n", "\u2028\u0000", "javascript:x")
	f.Add(strings.Repeat("é", 300), strings.Repeat(" ", 300), "\t\v\f", "https://"+strings.Repeat("a", 3_000))
	box, err := devstack.StartMailbox(f.Context(), devstack.MailboxOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = box.Stop() })
	f.Fuzz(func(t *testing.T, organization, title, body, url string) {
		o := options(t)
		o.Server = serverAt(t, box.Addr())
		m := expiring()
		m.Organization, m.ConsoleURL = organization, url
		m.Items[0].Title, m.Items[0].Text, m.Items[0].Remedy, m.Items[0].URL = title, body, title+body, url
		must(t, newSender(t, o).Mail(t.Context(), "it@contoso.example", m))
		kept := box.Mails()
		held(t, kept[len(kept)-1])
	})
}

func FuzzCheckAddress(f *testing.F) {
	for _, a := range []string{"it@contoso.com", "a@b.c\r\nRCPT TO:<x@y.z>", `"a b"@c.de`, "a@b.c,d@e.f", "ü@b.cd"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if notify.CheckAddress(address) != nil {
			return
		}
		if list, err := mail.ParseAddressList(address); err != nil || len(list) != 1 || list[0].Address != address || strings.ContainsAny(address, " <>\r\n\t,;:\"\\()") {
			t.Errorf("%q is taken, and means %v, %v", address, list, err)
		}
	})
}

func TestCardsKnowNoMarkdown(t *testing.T) {
	t.Parallel()
	s := newSender(t, options(t))
	words := "[sign in](https://evil.example) **now**"
	body := cards(t, s, hostile(words))
	var message struct {
		Type        string
		Attachments []struct {
			ContentType string
			Content     struct {
				Type    string
				Version string
				Body    []map[string]any
				Actions []map[string]any
			}
		}
	}
	must(t, json.Unmarshal(body, &message))
	if message.Type != "message" || len(message.Attachments) != 1 || message.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" {
		t.Fatalf("message is %s", body)
	}
	content := message.Attachments[0].Content
	if content.Type != "AdaptiveCard" || content.Version != "1.4" || len(content.Actions) != 0 {
		t.Errorf("card is %+v", content)
	}
	seen := 0
	for _, element := range content.Body {
		seen += texts(t, element, words)
	}
	if seen < 4 {
		t.Errorf("the words are in %d places", seen)
	}
}

// texts fails for an element whose text Teams would read as Markdown, and counts the
// others that have the words.
func texts(t *testing.T, element map[string]any, words string) (seen int) {
	t.Helper()
	for name, value := range element {
		switch value := value.(type) {
		case string:
			if !strings.Contains(value, words) {
				break
			}
			if seen++; element["type"] != "TextRun" || name != "text" {
				t.Errorf("%s of %v has the words", name, element["type"])
			}
		case []any:
			for _, inner := range value {
				seen += texts(t, inner.(map[string]any), words)
			}
		}
	}
	return seen
}

func TestCardsAreSmallEnough(t *testing.T) {
	t.Parallel()
	s := newSender(t, options(t))
	m := expiring()
	m.Kind, m.ConsoleURL = notify.Digest, "https://gatehouse.example/"+strings.Repeat("a", 2_000)
	m.Items[0].Text, m.Items[0].Remedy, m.Items[0].Title = strings.Repeat("ü", 4_000), strings.Repeat("\\", 4_000), strings.Repeat("\"", 4_000)
	for len(m.Items) < 120 {
		m.Items = append(m.Items, m.Items[0])
	}
	body := cards(t, s, m)
	if len(body) > 20<<10 || !strings.Contains(string(body), "Digest of 120 alerts") || !strings.Contains(string(body), "more.") {
		t.Errorf("%d bytes: %.3000s", len(body), body)
	}
	m.Items = m.Items[:1]
	if body := cards(t, s, m); strings.Contains(string(body), "more.") {
		t.Errorf("%s", body)
	}
}

func TestMailHasRoomForSomeItems(t *testing.T) {
	t.Parallel()
	s, box := mailing(t)
	m := expiring()
	m.Kind = notify.Digest
	for len(m.Items) < notify.MaxItems+3 {
		m.Items = append(m.Items, m.Items[0])
	}
	must(t, s.Mail(t.Context(), "it@contoso.example", m))
	l := letters(t, box)[0]
	if n := strings.Count(l.Text, "Warning: "); n != notify.MaxItems || !strings.Contains(l.Text, "And 3 more.") || !strings.Contains(l.HTML, "And 3 more.") || l.Subject != "Contoso: Digest of 53 alerts" {
		t.Errorf("%d items under %q in\n%s", n, l.Subject, l.Text)
	}
}
