package manage

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// LogHead is what a deployment says of an organization's log: its name, its keys, and how
// far it is sealed. None of it is to be believed until it was compared with what came to
// the organization in another way.
type LogHead struct {
	Origin     string     `json:"origin"`
	Size       int64      `json:"size"`
	First      int64      `json:"first"`
	SealedAt   *time.Time `json:"sealedAt"`
	Waiting    int64      `json:"waiting"`
	Checkpoint string     `json:"checkpoint"`
	Keys       []struct {
		Key         string `json:"key"`
		Fingerprint string `json:"fingerprint"`
		From        int64  `json:"from"`
		Named       bool   `json:"named"`
	} `json:"keys"`
}

// ReadLogHead asks for it.
func ReadLogHead(ctx context.Context, c *Client) (h LogHead, err error) {
	answer, err := c.exchange(ctx, call{method: http.MethodGet, path: "log"})
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(answer.Body, &h); err != nil {
		return h, c.strange("has answered with no log", err)
	}
	return h, nil
}

// KeyLines are the keys, a line each.
func (h LogHead) KeyLines() string {
	var b strings.Builder
	for _, k := range h.Keys {
		b.WriteString(k.Key + "\n")
	}
	return b.String()
}

// WriteText writes it for people.
func (h LogHead) WriteText(out io.Writer) error {
	if h.Origin == "" {
		_, err := fmt.Fprintln(out, "nothing is sealed yet; what has happened is sealed within seconds")
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "log:     %s\nrecords: %d, up to %s; %d wait to be sealed\n", h.Origin, h.Size, h.SealedAt.UTC().Format(time.RFC3339), h.Waiting)
	if h.First > 0 {
		fmt.Fprintf(&b, "kept:    from record %d on; the time of those before is over\n", h.First)
	}
	for i, k := range h.Keys {
		since := "its first key"
		switch {
		case k.Named:
			since = fmt.Sprintf("from record %d on, named by the key before", k.From)
		case i > 0:
			since = fmt.Sprintf("from record %d on, NOT named by the key before: ask why", k.From)
		}
		fmt.Fprintf(&b, "key:     %s\n         %s; SHA-256 of the public key: %s\n", k.Key, since, k.Fingerprint)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
