package manage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/text"
)

// examination is the body that asks for one.
type examination struct {
	GraphToken string `json:"graphToken,omitempty"`
}

// instead says who else can run an examination where the registration to be
// examined may be what keeps automations out.
func (c *Client) instead(err error) error {
	_, broken := errors.AsType[resourceError](err)
	refused, ok := errors.AsType[*RefusedError](err)
	if !broken && (!ok || refused.Status != http.StatusUnauthorized) {
		return err
	}
	return fmt.Errorf("%w\nNo automation gets in while the app registration to be examined is broken. A person can run the same examination: "+
		"POST %s, signed in as an administrator", err, c.address("doctor"))
}

// Doctor has the deployment examine the organization's connection, writes the
// report to out, and reports whether nothing found is an error. A token for
// Microsoft Graph lets it read the app registration; without one, what it could
// not look at is in the report. Where the registration itself keeps automations
// out, the error says who else can look.
func Doctor(ctx context.Context, c *Client, graphToken string, out io.Writer) (healthy bool, err error) {
	answer, err := c.exchange(ctx, call{method: http.MethodPost, path: "doctor", body: examination{graphToken}})
	if err != nil {
		return false, c.instead(err)
	}
	var report onboarding.Report
	if err := json.Unmarshal(answer.Body, &report); err != nil || report.At.IsZero() {
		return false, fault.Wrap(fault.Upstream, c.Base.Host+" answered with no report that this version of gatehouse understands; use the version of the deployment", err)
	}
	open, err := c.openAlerts(ctx)
	if err != nil {
		return false, err
	}
	if _, err := io.WriteString(out, report.Text()+open.text()); err != nil {
		return false, fmt.Errorf("write report: %w", err)
	}
	return report.Healthy(), nil
}

// alerts are what was noticed and is not over.
type alerts struct {
	Items []struct {
		Severity string    `json:"severity"`
		Title    string    `json:"title"`
		Text     string    `json:"text"`
		Remedy   string    `json:"remedy"`
		Link     string    `json:"link"`
		Since    time.Time `json:"since"`
	} `json:"items"`
}

// openAlerts asks what is noticed; a deployment that does not say has noticed nothing.
func (c *Client) openAlerts(ctx context.Context) (a alerts, err error) {
	answer, err := c.exchange(ctx, call{method: http.MethodGet, path: "alerts", query: url.Values{"state": {"open"}, "limit": {"200"}}})
	if refused, ok := errors.AsType[*RefusedError](err); ok && refused.Status == http.StatusNotFound {
		return alerts{}, nil
	}
	if err != nil {
		return alerts{}, err
	}
	if err := json.Unmarshal(answer.Body, &a); err != nil {
		return alerts{}, fault.Wrap(fault.Upstream, c.Base.Host+" answered with no alerts that this version of gatehouse understands; use the version of the deployment", err)
	}
	return a, nil
}

// text is what is noticed as people read it; empty without anything.
func (a alerts) text() string {
	if len(a.Items) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nNoticed by the worker and open: %d\n", len(a.Items))
	for _, i := range a.Items {
		fmt.Fprintf(&b, "\n%s  %s\n  since %s\n", strings.ToUpper(i.Severity), text.Line(i.Title), i.Since.UTC().Format(time.RFC3339))
		for _, said := range []string{i.Text, i.Remedy, i.Link} {
			for line := range strings.Lines(said) {
				fmt.Fprintf(&b, "  %s\n", text.Line(strings.TrimSpace(line)))
			}
		}
	}
	return b.String()
}
