package manage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/fault"
)

// untilSealed is how long a record may take to be sealed before nobody waits any more.
const untilSealed = 30 * time.Second

// Receipt returns the evidence of one record. It waits a while for one that is not
// sealed yet.
func Receipt(ctx context.Context, c *Client, id string) ([]byte, error) {
	within, cancel := context.WithTimeout(ctx, untilSealed)
	defer cancel()
	for {
		answer, err := c.exchange(ctx, call{method: http.MethodGet, path: "log/records/" + url.PathEscape(id) + "/receipt"})
		if err == nil {
			return answer.Body, nil
		}
		refused, ok := errors.AsType[*RefusedError](err)
		if !ok || refused.Status != http.StatusServiceUnavailable || pause(within, 2*time.Second) != nil {
			return nil, err
		}
	}
}

// pause waits, or returns why not.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// CheckReceipt verifies the evidence of one record, and that it is of the record with
// that id and of no other.
func CheckReceipt(receipt []byte, id string, trust evidence.Trust) (evidence.Report, error) {
	trust.Asked = evidence.Asked{One: true}
	report, err := evidence.Verify(bytes.NewReader(receipt), trust)
	if err != nil || report.Wrong != nil {
		return report, err
	}
	var line struct {
		Open map[string][]json.RawMessage `json:"open"`
	}
	lines := bytes.Split(receipt, []byte("\n"))
	if json.Unmarshal(lines[1], &line) != nil || len(line.Open["id"]) != 2 || string(line.Open["id"][1]) != `"`+id+`"` {
		return report, fault.Newf(fault.Upstream, "the evidence is sound, and it is not of record %.40q", id)
	}
	return report, nil
}
