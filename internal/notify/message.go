package notify

import (
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

// Kind says why there is a message.
type Kind string

// The kinds.
const (
	Alert    Kind = "alert"    // something is wrong
	Resolved Kind = "resolved" // something no longer is
	Digest   Kind = "digest"   // all that is open or new
	Test     Kind = "test"     // an admin wants to see whether it arrives

	// Checkpoint brings a commitment to a log, by mail only, as an attachment.
	Checkpoint Kind = "checkpoint"
)

// Severity says how much something matters.
type Severity string

// The severities.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Message is what a contact is told. ID, Organization, Slug, Kind and At are
// required. Texts are plain: nothing in them is taken for markup. What is longer
// than the bounds below is cut, items beyond MaxItems are counted and left out.
type Message struct {
	ID           tenants.GUID // the same for every attempt and every contact: by it receivers know a repetition
	Organization string       // as people call it
	Slug         string
	Kind         Kind
	Items        []Item // most important first; a Test may have none
	ConsoleURL   string // where an admin sees and changes what is told to whom; empty: nowhere
	At           time.Time
	Attachment   *Attachment `json:",omitempty"` // of a mail; nil: none
	Second       *Attachment `json:",omitempty"` // likewise
}

// Attachment is a text that arrives byte for byte.
type Attachment struct{ Name, Text string }

// Item is one thing that is told.
type Item struct {
	Cause    string // stable, for programs: credential_expiring
	Severity Severity
	Title    string // one line
	Text     string // what it means; line breaks are kept
	Remedy   string // what to do; empty: nothing
	Since    time.Time
	Resolved time.Time // zero while it is open
	URL      string    // where to do it: https, or http on this machine; empty: nowhere
}

// The bounds of a message.
const (
	MaxItems = 50
	maxTitle = 200   // bytes
	maxText  = 2_000 // bytes
	maxURL   = 2_048 // bytes
)

// fit returns the message as it is shown: everything visible, nothing too long.
// left is how many items there is no room for.
func (m Message) fit(most int) (_ Message, left int) {
	m.Organization, m.Slug = line(m.Organization, maxTitle), line(m.Slug, maxTitle)
	m.ConsoleURL = link(m.ConsoleURL)
	if len(m.Items) > most {
		left = len(m.Items) - most
	}
	items := make([]Item, 0, len(m.Items)-left)
	for _, i := range m.Items[:len(m.Items)-left] {
		i.Cause, i.Title = line(i.Cause, maxTitle), line(i.Title, maxTitle)
		i.Text, i.Remedy = strings.Join(lines(i.Text), "\n"), strings.Join(lines(i.Remedy), "\n")
		i.URL = link(i.URL)
		i.Severity = known(i.Severity)
		items = append(items, i)
	}
	m.Items = items
	return m, left
}

func known(s Severity) Severity {
	switch s {
	case Info, Warning, Critical:
		return s
	default:
		return Warning
	}
}

// line is a text as one line, cut with a mark.
func line(s string, most int) string {
	s = strings.TrimSpace(text.Line(text.Storable(s)))
	if len(s) <= most {
		return s
	}
	return text.Cut(s, most-len("…")) + "…"
}

// lines are those of a text that say something.
func lines(s string) []string {
	var said []string
	if len(s) > maxText {
		s = text.Cut(s, maxText-len("…")) + "…"
	}
	for l := range strings.Lines(s) {
		if l = line(l, maxText); l != "" {
			said = append(said, l)
		}
	}
	return said
}

// link is a URL that may be followed from a message, or nothing.
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURL || u.Host == "" || u.User != nil {
		return ""
	}
	if u.Scheme == "https" || u.Scheme == "http" && thisMachine(u.Hostname()) {
		return u.String()
	}
	return ""
}
