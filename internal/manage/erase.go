package manage

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Erasure names who is to be erased from the log.
type Erasure struct {
	Person tenants.GUID `json:"person"`
	Names  []string     `json:"names,omitempty"`
}

// AskErasure asks for a person to be erased from the organization's log, and writes to
// out what has to happen next. When the answer is lost it asks again, once.
func AskErasure(ctx context.Context, c *Client, e Erasure, out io.Writer) error {
	what := call{method: http.MethodPost, path: "erasures", key: rand.Text(), body: e}
	answer, err := c.exchange(ctx, what)
	if _, refused := errors.AsType[*RefusedError](err); err != nil && !refused && ctx.Err() == nil {
		answer, err = c.exchange(ctx, what)
	}
	if err != nil {
		return err
	}
	var made struct{ ID tenants.GUID }
	if err := json.Unmarshal(answer.Body, &made); err != nil || made.ID.IsZero() {
		return fault.Wrap(fault.Upstream, c.Base.Host+" has done what was asked and answered with nothing that this version of gatehouse understands; use the version of the deployment", err)
	}
	_, err = fmt.Fprintf(out, "Erasure %s is asked for; nothing is erased yet. Within thirty days an owner has to approve it, signed in, who has not asked for it, and say the object ID and the number of names (%d) again:\n%s\n",
		made.ID, len(e.Names), c.Base.JoinPath("o", c.Org.String(), "audit", "erasures"))
	if err != nil {
		return fmt.Errorf("write what was asked for: %w", err)
	}
	return nil
}
