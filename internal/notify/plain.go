package notify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// The body of the shape Plain, as docs/notifications.md shows it.
type (
	plainBody struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      plainData `json:"data"`
	}
	plainData struct {
		Organization plainOrganization `json:"organization"`
		URL          string            `json:"url,omitempty"`
		Items        []plainItem       `json:"items"`
		More         int               `json:"more,omitempty"`
	}
	plainOrganization struct {
		Slug string `json:"slug"`
		Name string `json:"name"`
	}
	plainItem struct {
		Cause    string     `json:"cause"`
		Severity Severity   `json:"severity"`
		Title    string     `json:"title"`
		Text     string     `json:"text"`
		Remedy   string     `json:"remedy,omitempty"`
		Since    time.Time  `json:"since"`
		Resolved *time.Time `json:"resolved,omitempty"`
		URL      string     `json:"url,omitempty"`
	}
)

// types are the kinds as receivers read them.
var types = map[Kind]string{Alert: "alert.raised", Resolved: "alert.resolved", Digest: "digest", Test: "test"}

func plain(m Message) ([]byte, error) {
	m, left := m.fit(MaxItems)
	body := plainBody{types[m.Kind], instant(m.At), plainData{
		Organization: plainOrganization{m.Slug, m.Organization}, URL: m.ConsoleURL, Items: make([]plainItem, 0, len(m.Items)), More: left,
	}}
	for _, i := range m.Items {
		item := plainItem{i.Cause, i.Severity, i.Title, i.Text, i.Remedy, instant(i.Since), nil, i.URL}
		if !i.Resolved.IsZero() {
			at := instant(i.Resolved)
			item.Resolved = &at
		}
		body.Data.Items = append(body.Data.Items, item)
	}
	return marshal(body)
}

// instant is a time as messages carry it: UTC, whole seconds.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// marshal writes texts as they are: they are for receivers that read JSON, not for
// pages.
func marshal(body any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
