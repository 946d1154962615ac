package manage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
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
	if _, err := io.WriteString(out, report.Text()); err != nil {
		return false, fmt.Errorf("write report: %w", err)
	}
	return report.Healthy(), nil
}
