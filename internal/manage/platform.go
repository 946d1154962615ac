package manage

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/witness"
	"gatehouse/internal/fault"
)

// PlatformProof asks for the proof that checkpoints of the organization are in the
// platform's log: that its log begins with what held commits to, and the platform's with
// what platform does. Each may be nil.
func PlatformProof(ctx context.Context, c *Client, held, platform []byte) ([]byte, error) {
	query := url.Values{}
	for name, note := range map[string][]byte{"held": held, "since": platform} {
		if note == nil {
			continue
		}
		point, err := proof.ReadCheckpoint(note)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, fault.Public(err), err)
		}
		query.Set(name, strconv.FormatInt(point.Size, 10))
	}
	answer, err := c.exchange(ctx, call{method: http.MethodGet, path: "log/platform", query: query})
	if err != nil {
		return nil, err
	}
	if len(answer.Body) > witness.Most {
		return nil, c.strange("has answered with no proof", nil)
	}
	return answer.Body, nil
}
