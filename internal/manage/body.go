package manage

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/text"
)

// CallBody is a body as the management API shows it.
type CallBody struct {
	Part      string `json:"part"`
	Standing  string `json:"standing"`
	Form      string `json:"form"`
	Bytes     int64  `json:"bytes"`
	Truncated bool   `json:"truncated"`
	Text      string `json:"text"`
}

// Body writes the bodies of a call to out, and how each stands to the record. It reports
// whether all that are there are proven.
func Body(ctx context.Context, c *Client, id, reason string, out io.Writer) (proven bool, err error) {
	answer, err := c.exchange(ctx, call{
		method: http.MethodPost, path: "log/records/" + url.PathEscape(id) + "/body", body: map[string]string{"reason": reason},
	})
	if err != nil {
		return false, err
	}
	var found struct {
		Seq    int64      `json:"seq"`
		Bodies []CallBody `json:"bodies"`
	}
	if err := json.Unmarshal(answer.Body, &found); err != nil || len(found.Bodies) == 0 {
		return false, fault.Wrap(fault.Upstream, c.Base.Host+" has answered with nothing that this version of gatehouse understands; use the version of the deployment", err)
	}
	proven = true
	var said strings.Builder
	for _, b := range found.Bodies {
		fmt.Fprintf(&said, "%s: %s\n", text.Line(b.Part), b.says(found.Seq))
		if b.Text != "" {
			said.WriteString(text.Line(b.Text) + "\n")
		}
		proven = proven && b.Standing != "altered"
	}
	if _, err := io.WriteString(out, said.String()); err != nil {
		return proven, fmt.Errorf("write bodies: %w", err)
	}
	return proven, nil
}

// says is how a body stands, in words.
func (b CallBody) says(seq int64) string {
	switch b.Standing {
	case "gone":
		return fmt.Sprintf("gone; record %d commits to a body whose time is over", seq)
	case "erased":
		return "erased, with the person whose call it was"
	}
	what := fmt.Sprintf("%s, of %d bytes", text.Line(b.Form), b.Bytes)
	if b.Truncated {
		what += ", truncated"
	}
	if b.Standing == "proven" {
		return what + fmt.Sprintf("; proven: record %d commits to it", seq)
	}
	return what + fmt.Sprintf("; NOT PROVEN: record %d does not commit to this, or is not as it was sealed", seq)
}
