package manage

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// LogExport asks for an export of the organization's log.
type LogExport struct {
	Filter       filter.Filter `json:"filter"`
	Format       string        `json:"format"`                 // evidence, csv or ocsf
	Completeness string        `json:"completeness,omitempty"` // of evidence: proven or none; empty: what the format can prove
	Checkpoints  []int64       `json:"checkpoints,omitempty"`  // sizes of those that are held
	Sink         string        `json:"sink,omitempty"`         // whom it is brought to; empty: the content is read
}

// Exported is what came of it.
type Exported struct {
	ID       string    `json:"id"`
	From     int64     `json:"from"`
	To       int64     `json:"to"`
	SealedAt time.Time `json:"sealedAt"`
	Token    string    `json:"token"`
}

// ExportLog writes an export of the log to out, whole. A content that is broken off on
// its way is gone on with, without a line twice, unless it is broken off again and again
// at the same place.
func ExportLog(ctx context.Context, c *Client, x LogExport, out io.Writer) (Exported, error) {
	made, err := c.createExport(ctx, x)
	if err != nil {
		return Exported{}, err
	}
	t := &taker{out: bufio.NewWriter(out), number: numbers[x.Format], last: -1}
	for failures := 0; ; failures++ {
		before := t.lines
		err := c.content(ctx, made.Token, t)
		if err == nil {
			return made, t.out.Flush()
		}
		if t.lines > before {
			failures = 0
		}
		_, refused := errors.AsType[*RefusedError](err)
		if refused || ctx.Err() != nil || t.failed != nil || failures >= mostFailures || pause(ctx, again<<failures) != nil {
			return Exported{}, err
		}
	}
}

// How often a content may be broken off at one place, and how long is waited at first.
const (
	mostFailures = 4
	again        = 500 * time.Millisecond
)

func (c *Client) createExport(ctx context.Context, x LogExport) (made Exported, err error) {
	what := call{method: http.MethodPost, path: "log/exports", key: rand.Text(), body: x}
	answer, err := c.exchange(ctx, what)
	if _, refused := errors.AsType[*RefusedError](err); err != nil && !refused && ctx.Err() == nil {
		answer, err = c.exchange(ctx, what)
	}
	if err != nil {
		return Exported{}, err
	}
	if err := json.Unmarshal(answer.Body, &made); err != nil || made.Token == "" && x.Sink == "" {
		return Exported{}, c.strange("has made an export and answered with nothing", err)
	}
	return made, nil
}

// patience bounds the wait for a content. Of one that goes on after a long part, the
// deployment makes that part again before it says anything.
var patience = egress.OpenOptions{Begin: time.Minute, Idle: 15 * time.Minute, MaxBytes: math.MaxInt64}

// content takes what is left of an export.
func (c *Client) content(ctx context.Context, token string, t *taker) error {
	req, err := c.request(ctx, call{method: http.MethodGet, path: "log/exports/content", query: url.Values{"token": {token}, "after": {strconv.FormatInt(t.last, 10)}}})
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "*/*")
	stream, err := c.HTTP.Open(ctx, req, patience)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Body.Close() }()
	if stream.Status != http.StatusOK {
		said, err := io.ReadAll(io.LimitReader(stream.Body, 64<<10))
		if err != nil {
			return err
		}
		return refusalOf(c.Base.Host, &egress.Response{Status: stream.Status, Header: stream.Header, Body: said})
	}
	return t.take(stream.Body)
}

// numbers find the number of a record in its line. Other lines have none.
var numbers = map[string]*regexp.Regexp{
	"evidence": regexp.MustCompile(`,"seq":(\d+)}\n$`),
	"csv":      regexp.MustCompile(`^"(\d+)",`),
	"ocsf":     regexp.MustCompile(`"sequence":(\d+)`), // in texts, quotes are escaped
}

// taker takes whole lines, and knows from where on the rest is missing.
type taker struct {
	out    *bufio.Writer
	number *regexp.Regexp
	last   int64 // the number of the last record; -1: none yet
	since  int   // lines after it
	lines  int   // all of them
	failed error // out does not take them
}

// take takes what follows the last record, of which the lines since then are known.
func (t *taker) take(in io.Reader) error {
	lines, known := bufio.NewReaderSize(in, 64<<10), t.since
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return fault.Wrap(fault.Unavailable, "the export was broken off", err)
		}
		if known > 0 {
			known--
			continue
		}
		if _, t.failed = t.out.Write(line); t.failed != nil {
			return fmt.Errorf("write export: %w", t.failed)
		}
		t.lines++
		t.since++
		if found := t.number.FindSubmatch(line); found != nil {
			if t.last, err = strconv.ParseInt(string(found[1]), 10, 64); err != nil {
				return fault.Wrap(fault.Upstream, "the export has a record without a number", err)
			}
			t.since = 0
		}
	}
}
