package manage

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/fault"
	"gatehouse/internal/text"
)

// Search asks for records of the organization's log.
type Search struct {
	Filter filter.Filter
	Most   int // how many, at least 1
	Form   Form
}

// Form is how records are shown.
type Form uint8

// The forms.
const (
	Lines Form = iota // one a line, for people
	JSON              // one a line, whole
)

// logPage is what searchLog answers.
type logPage struct {
	Items []struct {
		Seq    int64                      `json:"seq"`
		Fields map[string]json.RawMessage `json:"fields"`
	} `json:"items"`
	NextCursor string     `json:"nextCursor"`
	SealedAt   *time.Time `json:"sealedAt"`
}

// mostOfPage is how many records the deployment returns at a time.
const mostOfPage = 200

// SearchLog writes the records of the log that the filter asks for to out, the newest
// first, and to said up to when the log is sealed.
func SearchLog(ctx context.Context, c *Client, s Search, out, said io.Writer) error {
	query, left := queryOf(s.Filter), s.Most
	for {
		query.Set("limit", strconv.Itoa(min(left, mostOfPage)))
		answer, err := c.exchange(ctx, call{method: http.MethodGet, path: "log/records", query: query})
		if err != nil {
			return err
		}
		var page logPage
		if err := json.Unmarshal(answer.Body, &page); err != nil {
			return c.strange("has answered with no records", err)
		}
		for _, r := range page.Items {
			if err := show(r.Seq, r.Fields, s.Form, out); err != nil {
				return fmt.Errorf("write records: %w", err)
			}
		}
		if left -= len(page.Items); page.NextCursor == "" || left <= 0 {
			return sealedUpTo(page.SealedAt, said)
		}
		query.Set("cursor", page.NextCursor)
	}
}

// strange is the fault of an answer that is of another version.
func (c *Client) strange(what string, cause error) error {
	return fault.Wrap(fault.Upstream, c.Base.Host+" "+what+" that this version of gatehouse understands; use the version of the deployment", cause)
}

func sealedUpTo(at *time.Time, said io.Writer) error {
	line := "nothing is sealed yet\n"
	if at != nil {
		line = "sealed up to " + at.UTC().Format(time.RFC3339) + "\n"
	}
	_, err := io.WriteString(said, line)
	return err
}

// queryOf is a filter as searchLog takes it.
func queryOf(f filter.Filter) url.Values {
	q := url.Values{"client": f.Clients, "tool": f.Tools, "kind": f.Kinds, "effect": f.Effects, "outcome": f.Outcomes, "role": f.Roles}
	for _, p := range f.People {
		q.Add("person", p.String())
	}
	for name, t := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !t.IsZero() {
			q.Set(name, t.UTC().Format(time.RFC3339Nano))
		}
	}
	if f.Text != "" {
		q.Set("text", f.Text)
	}
	return q
}

// show writes a record on a line.
func show(seq int64, fields map[string]json.RawMessage, form Form, out io.Writer) error {
	if form == JSON {
		line, err := json.Marshal(struct {
			Seq    int64                      `json:"seq"`
			Fields map[string]json.RawMessage `json:"fields"`
		}{seq, fields})
		if err != nil {
			return err
		}
		_, err = out.Write(append(line, '\n'))
		return err
	}
	var words []string
	for _, name := range []string{"at", "actor_name", "kind", "phase", "tool", "target", "outcome", "reason", "id"} {
		var word string
		_ = json.Unmarshal(fields[name], &word) // what is absent or erased is a dash
		switch {
		case name == "at" && len(word) > len(time.DateTime):
			word = strings.Replace(word[:len(time.DateTime)], "T", " ", 1)
		case name == "phase" && word != "intent":
			continue
		case name == "phase":
			word = "begins"
		case (name == "tool" || name == "target" || name == "outcome" || name == "reason") && word == "":
			continue
		case word == "":
			word = "-"
		}
		words = append(words, text.Line(word))
	}
	_, err := fmt.Fprintln(out, strings.Join(words, "  "))
	return err
}
