package webhook

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// handshakeTime is how long an endpoint may take to answer for itself
// (learn.microsoft.com, graph/change-notifications-delivery-webhooks).
const handshakeTime = 10 * time.Second

// Verdict is what came of a handshake.
type Verdict uint8

// Verdicts.
const (
	Proved      Verdict = iota
	NoURL               // the address is none
	Unreachable         // it did not answer in time
	NotOK               // it answered with another status than 200
	OtherToken          // it did not send the token back as plain text
)

// Handshake sends a token to an endpoint, which must send it back, decoded, as
// plain text, in time.
func (c *Courier) Handshake(ctx context.Context, address, token string) Verdict {
	u, err := url.Parse(address)
	if err != nil {
		return NoURL
	}
	query := "validationToken=" + strings.ReplaceAll(url.QueryEscape(token), "+", "%20")
	if u.RawQuery != "" {
		query = u.RawQuery + "&" + query
	}
	u.RawQuery = query
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), http.NoBody)
	if err != nil {
		return NoURL
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	answer, err := c.carrier.RoundTrip(r)
	if err != nil {
		return Unreachable
	}
	defer func() { _ = answer.Body.Close() }() // it has been read
	text, err := io.ReadAll(io.LimitReader(answer.Body, int64(len(token))+1))
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	switch {
	case answer.StatusCode != http.StatusOK:
		return NotOK
	case err != nil:
		return Unreachable
	case kind != "text/plain" || string(text) != token:
		return OtherToken
	}
	return Proved
}
