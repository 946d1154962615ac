package manage

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/text"
)

// NewExportSchedule asks for an export of each period.
type NewExportSchedule struct {
	Name         string        `json:"name"`
	Every        string        `json:"every"` // day, week or month
	Filter       filter.Filter `json:"filter"`
	From         *time.Time    `json:"from,omitempty"`         // the first is of the period that this is in; nil: of the one under way
	Format       string        `json:"format"`                 // evidence, csv or ocsf
	Completeness string        `json:"completeness,omitempty"` // of evidence: proven or none; empty: what the format can prove
	Sink         string        `json:"sink"`
}

// ExportSchedule is a schedule of exports.
type ExportSchedule struct {
	Name    string          `json:"name"`
	Every   string          `json:"every"`
	Format  string          `json:"format"`
	Sink    string          `json:"sink"`
	Filter  json.RawMessage `json:"filter"`
	MadeBy  string          `json:"madeBy"`
	From    time.Time       `json:"from"`
	NextAt  time.Time       `json:"nextAt"`
	Trouble *struct {
		What string `json:"what"`
	} `json:"trouble"`
}

// ScheduleExport has an export of each period brought to a sink, and says on out when
// the first one is asked for.
func ScheduleExport(ctx context.Context, c *Client, n NewExportSchedule, out io.Writer) error {
	answer, err := c.exchange(ctx, call{method: http.MethodPost, path: "log/export-schedules", key: rand.Text(), body: n})
	if err != nil {
		return err
	}
	var made ExportSchedule
	if err := json.Unmarshal(answer.Body, &made); err != nil || made.Name == "" {
		return c.strange("has answered with no schedule", err)
	}
	_, err = fmt.Fprintln(out, made.line())
	return err
}

// ListExportSchedules writes the schedules to out, by name.
func ListExportSchedules(ctx context.Context, c *Client, out io.Writer) error {
	query, none := url.Values{}, true
	for {
		answer, err := c.exchange(ctx, call{method: http.MethodGet, path: "log/export-schedules", query: query})
		if err != nil {
			return err
		}
		var page struct {
			Items      []ExportSchedule `json:"items"`
			NextCursor string           `json:"nextCursor"`
		}
		if err := json.Unmarshal(answer.Body, &page); err != nil {
			return c.strange("has answered with no schedules", err)
		}
		for _, s := range page.Items {
			none = false
			if _, err := fmt.Fprintln(out, s.line()); err != nil {
				return err
			}
		}
		if page.NextCursor == "" {
			if none {
				_, err = fmt.Fprintln(out, "there are no schedules")
			}
			return err
		}
		query.Set("cursor", page.NextCursor)
	}
}

// CancelExportSchedule ends a schedule.
func CancelExportSchedule(ctx context.Context, c *Client, name string) error {
	_, err := c.exchange(ctx, call{method: http.MethodPost, path: "log/export-schedules/" + url.PathEscape(name) + "/cancel"})
	return err
}

// line is a schedule for people.
func (s ExportSchedule) line() string {
	said := fmt.Sprintf("%s  every %s  %s to %s  by %s; next: from %s on, asked for at %s", text.Line(s.Name), text.Line(s.Every), text.Line(s.Format), text.Line(s.Sink),
		text.Line(s.MadeBy), s.From.UTC().Format(time.DateOnly), s.NextAt.UTC().Format(time.RFC3339))
	if len(s.Filter) > len("{}") {
		said += "; only " + text.Line(string(s.Filter))
	}
	if s.Trouble != nil {
		said += ": " + text.Line(s.Trouble.What)
	}
	return said
}
