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
	Items      []found    `json:"items"`
	NextCursor string     `json:"nextCursor"`
	SealedAt   *time.Time `json:"sealedAt"`
}

// found is a record as it was found: with what was erased of it, and what is wrong.
type found struct {
	Seq     int64                      `json:"seq"`
	Leaf    string                     `json:"leaf,omitempty"`
	Fields  map[string]json.RawMessage `json:"fields"`
	Erased  []string                   `json:"erased,omitempty"`
	Trouble string                     `json:"trouble,omitempty"`
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
			if err := r.show(s.Form, out); err != nil {
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

// show writes a record. What is wrong with it comes first, and what was erased last: no
// record looks like another that is whole.
func (r found) show(form Form, out io.Writer) error {
	if form == JSON {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		_, err = out.Write(append(line, '\n'))
		return err
	}
	var words []string
	if r.Trouble != "" {
		words = append(words, fmt.Sprintf("%s (record %d)", strings.ToUpper(text.Line(r.Trouble)), r.Seq))
	}
	words = append(words, r.words()...)
	if len(r.Erased) > 0 {
		words = append(words, "(erased: "+text.Line(strings.Join(r.Erased, ", "))+")")
	}
	_, err := fmt.Fprintln(out, strings.Join(words, "  "))
	return err
}

// words are what a line says of a record.
func (r found) words() (words []string) {
	for _, name := range []string{"at", "actor_name", "kind", "phase", "tool", "target", "outcome", "reason", "id"} {
		var word string
		_ = json.Unmarshal(r.Fields[name], &word) // what is absent or erased is a dash
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
	return words
}
