package notify

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"
	plaintext "text/template"

	mail "github.com/wneessen/go-mail"
)

//go:embed layout
var layout embed.FS

var functions = map[string]any{"label": label, "period": period, "lines": lines, "open": open, "host": host, "color": func(i Item) string { return colors[colorOf(i)] }}

var (
	htmlPart = template.Must(template.New("mail.html").Funcs(functions).ParseFS(layout, "layout/mail.html"))
	textPart = plaintext.Must(plaintext.New("mail.txt").Funcs(functions).ParseFS(layout, "layout/mail.txt"))
)

// colors are those of severities, dark enough to be read on white.
var colors = map[string]string{"Good": "#0e700e", "Attention": "#b10e1c", "Warning": "#8a3707", "Accent": "#0f548c"}

// page is what the parts of a mail show.
type page struct {
	Message
	Head, Lead string
	More       string
}

// compose makes the mail. All that differs between two attempts is the boundary of
// its parts.
func (s *Sender) compose(to string, m Message) (*mail.Msg, error) {
	m, left := m.fit(MaxItems)
	p := page{Message: m, Head: head(m, len(m.Items)+left), Lead: lead(m)}
	if left > 0 {
		p.More = "And " + plural(left, "more.", "more.")
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.To(to); err != nil {
		return nil, fmt.Errorf("address mail: %w", err)
	}
	msg.FromMailAddress(&s.server.From)
	msg.Subject(line(m.Organization+": "+p.Head, maxTitle))
	msg.SetDateWithValue(m.At)
	msg.SetMessageIDWithValue(m.ID.String() + "@" + s.host)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")  // [MS-OXCMAIL] §2.2.3.2.14, for Exchange
	if urgent(m) {
		msg.SetImportance(mail.ImportanceHigh)
	}
	var plain, rich bytes.Buffer
	if err := textPart.Execute(&plain, p); err != nil {
		return nil, fmt.Errorf("write text part: %w", err)
	}
	if err := htmlPart.Execute(&rich, p); err != nil {
		return nil, fmt.Errorf("write HTML part: %w", err)
	}
	msg.SetBodyString(mail.TypeTextPlain, strings.TrimSpace(plain.String())+"\n")
	msg.AddAlternativeString(mail.TypeTextHTML, rich.String())
	for _, a := range []*Attachment{m.Attachment, m.Second} {
		if a == nil {
			continue
		}
		if err := msg.AttachReader(a.Name, strings.NewReader(a.Text), mail.WithFileContentType(mail.TypeAppOctetStream), mail.WithFileEncoding(mail.EncodingB64)); err != nil {
			return nil, fmt.Errorf("attach to mail: %w", err)
		}
	}
	return msg, nil
}

// urgent reports whether a message may interrupt somebody.
func urgent(m Message) bool {
	for _, i := range m.Items {
		if m.Kind == Alert && i.Severity == Critical {
			return true
		}
	}
	return false
}
