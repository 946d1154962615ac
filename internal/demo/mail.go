package demo

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/egress"
	"gatehouse/internal/localca"
)

// MailQuery is what to print of what the platform has sent.
type MailQuery struct {
	Data  string // directory of the stack that runs
	Last  int    // how many messages, the newest; 0: all
	Whole bool   // each with its header fields and HTML part, in JSON
	HTML  bool   // the HTML part of the newest mail alone
}

// The bounds of asking the running stack.
const (
	mailPatience = 10 * time.Second
	maxSent      = 64 << 20 // bytes
)

// PrintMail prints the mails that the platform has sent, and what came to the
// demo's webhook, the newest last.
func PrintMail(ctx context.Context, q MailQuery, out io.Writer) error {
	if q.Last < 0 {
		return errors.New("how many of the last messages is negative; 0 is all of them")
	}
	at, err := Running(q.Data)
	if err != nil {
		return err
	}
	sent, err := at.sent(ctx, q.Data)
	if err != nil {
		return fmt.Errorf("is gatehouse-dev running? %w", err)
	}
	if q.HTML {
		return printHTML(sent, out)
	}
	if len(sent) == 0 {
		_, err := fmt.Fprintln(out, "Nothing has been sent yet.")
		return err
	}
	if q.Last > 0 && len(sent) > q.Last {
		sent = sent[len(sent)-q.Last:]
	}
	for _, s := range sent {
		if err := printSent(s, q, out); err != nil {
			return err
		}
	}
	return nil
}

// sent asks the stack that runs.
func (f File) sent(ctx context.Context, data string) (sent []Sent, err error) {
	o := egress.Options{Loopback: egress.AllowLoopback, Timeout: mailPatience, MaxResponseBytes: maxSent, Tracer: noop.NewTracerProvider().Tracer("")}
	if strings.HasPrefix(f.MailURL, "https://") {
		authority, err := localca.Open(data)
		if err != nil {
			return nil, err
		}
		o.Trust = []*x509.Certificate{authority.Certificate()}
	}
	client, err := egress.New(o)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.MailURL+"/sent", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+f.ControlToken)
	answer, err := client.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, fmt.Errorf("ask for mail: status %d", answer.Status)
	}
	return sent, json.Unmarshal(answer.Body, &sent)
}

func printSent(s Sent, q MailQuery, out io.Writer) error {
	if q.Whole {
		return json.NewEncoder(out).Encode(s)
	}
	if s.From == "" {
		_, err := fmt.Fprintf(out, "=== %s  webhook %s  id %s\n\n%s\n\n", s.At.Format(time.RFC3339), s.To, s.Header["Webhook-Id"], s.Text)
		return err
	}
	_, err := fmt.Fprintf(out, "=== %s  mail to %s\nSubject: %s\n\n%s\n\n", s.At.Format(time.RFC3339), s.To, s.Subject, strings.TrimSpace(s.Text))
	return err
}

func printHTML(sent []Sent, out io.Writer) error {
	for _, s := range slices.Backward(sent) {
		if s.HTML != "" {
			_, err := io.WriteString(out, s.HTML)
			return err
		}
	}
	return errors.New("no mail with an HTML part has been sent")
}
