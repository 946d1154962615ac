package manage

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/text"
)

// ExportJob is an export that is brought to a sink.
type ExportJob struct {
	ID       string    `json:"id"`
	State    string    `json:"state"`
	Sink     string    `json:"sink"`
	Format   string    `json:"format"`
	AskedAt  time.Time `json:"askedAt"`
	Progress struct {
		From    int64 `json:"from"`
		To      int64 `json:"to"`
		Next    int64 `json:"next"`
		Percent int   `json:"percent"`
		Records int64 `json:"records"`
		Bytes   int64 `json:"bytes"`
	} `json:"progress"`
	Object *struct {
		Name   string `json:"name"`
		Bytes  int64  `json:"bytes"`
		SHA256 string `json:"sha256"`
	} `json:"object"`
	Trouble *struct {
		What   string     `json:"what"`
		NextAt *time.Time `json:"nextAt"`
	} `json:"trouble"`
}

// over reports whether nothing more comes of an export.
func (j ExportJob) over() bool {
	return j.State == "done" || j.State == "failed" || j.State == "cancelled"
}

// watchEvery is how often is asked how far an export is.
const watchEvery = time.Second

// BringExport has an export of the log brought to a sink, and says how far it is until
// it has ended. Whoever stops waiting (ctx) leaves it as it is: it goes on.
func BringExport(ctx context.Context, c *Client, x LogExport, out io.Writer) error {
	made, err := c.createExport(ctx, x)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "export %s begins; it goes on without you, and gatehouse audit exports says how far it is\n", made.ID); err != nil {
		return err
	}
	for said := ""; ; {
		j, err := c.exportJob(ctx, made.ID)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // whoever stops waiting has been told
		}
		if err != nil {
			return err
		}
		if line := j.line(); line != said {
			said = line
			if _, err := fmt.Fprintln(out, line); err != nil {
				return err
			}
		}
		switch {
		case j.State == "done":
			return nil
		case j.over():
			return fault.Newf(fault.Upstream, "the export has not arrived: it is %s", j.State)
		}
		if pause(ctx, watchEvery) != nil {
			return nil //nolint:nilerr // it goes on without anybody watching
		}
	}
}

func (c *Client) exportJob(ctx context.Context, id string) (j ExportJob, err error) {
	return c.exportAnswer(ctx, call{method: http.MethodGet, path: "log/exports/" + url.PathEscape(id)})
}

func (c *Client) exportAnswer(ctx context.Context, what call) (j ExportJob, err error) {
	answer, err := c.exchange(ctx, what)
	if err != nil {
		return j, err
	}
	if err := json.Unmarshal(answer.Body, &j); err != nil || j.ID == "" {
		return j, c.strange("has answered with no export", err)
	}
	return j, nil
}

// ListExports writes exports to sinks to out, the last asked for first.
func ListExports(ctx context.Context, c *Client, out io.Writer) error {
	query := url.Values{}
	for {
		answer, err := c.exchange(ctx, call{method: http.MethodGet, path: "log/exports", query: query})
		if err != nil {
			return err
		}
		var page struct {
			Items      []ExportJob `json:"items"`
			NextCursor string      `json:"nextCursor"`
		}
		if err := json.Unmarshal(answer.Body, &page); err != nil {
			return c.strange("has answered with no exports", err)
		}
		for _, j := range page.Items {
			if _, err := fmt.Fprintf(out, "%s  %s  %s\n", j.ID, j.AskedAt.UTC().Format(time.RFC3339), j.line()); err != nil {
				return err
			}
		}
		if page.NextCursor == "" {
			return nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

// CancelExport has an export end without an object, and says on out where it is.
func CancelExport(ctx context.Context, c *Client, id string, out io.Writer) error {
	j, err := c.exportAnswer(ctx, call{method: http.MethodPost, path: "log/exports/" + url.PathEscape(id) + "/cancel"})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, j.line())
	return err
}

// line is an export for people.
func (j ExportJob) line() string {
	p := j.Progress
	words := []string{j.State, text.Line(j.Format) + " to " + text.Line(j.Sink)}
	if j.Object == nil {
		words = append(words, fmt.Sprintf("%d%%: %d of %d records looked at, %d exported, %d bytes arrived", p.Percent, p.Next-p.From, p.To-p.From, p.Records, p.Bytes))
	} else {
		words = append(words, fmt.Sprintf("%d records, %d bytes, SHA-256 %s, %s", p.Records, j.Object.Bytes, text.Line(j.Object.SHA256), text.Line(j.Object.Name)))
	}
	if j.Trouble != nil {
		words = append(words, text.Line(j.Trouble.What))
		if j.Trouble.NextAt != nil {
			words = append(words, "tried again at "+j.Trouble.NextAt.UTC().Format(time.RFC3339))
		}
	}
	return strings.Join(words, "  ")
}
