package manage

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

// AccessQuestion says what a report of access is about.
type AccessQuestion struct {
	At     time.Time // zero: now
	Tool   string    // a name or a pattern; empty: all
	Client string    // an AI app; empty: none's maximum permissions count
	People []tenants.GUID
}

// AccessReport is who could use what at an instant, all pages of it.
type AccessReport struct {
	At            time.Time      `json:"at"`
	Configuration AccessBasis    `json:"configuration"`
	Remarks       []string       `json:"remarks"`
	Items         []AccessPerson `json:"people"`
}

// AccessBasis is the configuration on record that a report rests on.
type AccessBasis struct {
	Since   time.Time `json:"since"`
	Version int64     `json:"version"`
	Record  string    `json:"record"`
	Digest  string    `json:"digest"`
}

// AccessPerson is one person in a report.
type AccessPerson struct {
	Person        tenants.GUID   `json:"person"`
	Name          string         `json:"name"`
	Kind          string         `json:"kind"`
	UnknownGroups []tenants.GUID `json:"unknownGroups"`
	Tools         []AccessTool   `json:"tools"`
}

// AccessTool is one tool that a person could use, or may have been able to.
type AccessTool struct {
	Tool    string       `json:"tool"`
	Effect  string       `json:"effect"`
	Verdict string       `json:"verdict"`
	Rules   []AccessRule `json:"rules"`
}

// AccessRule is an assignment of a role, and what it rested on.
type AccessRule struct {
	Role        string          `json:"role"`
	Assignment  tenants.GUID    `json:"assignment"`
	SubjectKind string          `json:"subjectKind"`
	Subject     string          `json:"subject,omitempty"`
	SubjectName string          `json:"subjectName,omitempty"`
	Conditions  []string        `json:"conditions,omitempty"`
	Evidence    *AccessEvidence `json:"evidence,omitempty"`
}

// AccessEvidence is what was known of a person and a group.
type AccessEvidence struct {
	Answer     string     `json:"answer"`
	Source     string     `json:"source,omitempty"`
	Since      *time.Time `json:"since,omitempty"`
	Until      *time.Time `json:"until,omitempty"`
	LastAnswer string     `json:"lastAnswer,omitempty"`
}

// accessPage is how many people are asked for at a time.
const accessPage = "200"

// Access reads the whole report.
func (c *Client) Access(ctx context.Context, q AccessQuestion) (AccessReport, error) {
	query := url.Values{"limit": {accessPage}}
	if !q.At.IsZero() {
		query.Set("at", q.At.UTC().Format(time.RFC3339Nano))
	}
	for name, value := range map[string]string{"tool": q.Tool, "client": q.Client} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(q.People) > 0 {
		ids := make([]string, len(q.People))
		for i, id := range q.People {
			ids[i] = id.String()
		}
		query.Set("person", strings.Join(ids, ","))
	}
	var all AccessReport
	for {
		answer, err := c.exchange(ctx, call{method: http.MethodGet, path: "access", query: query})
		if err != nil {
			return AccessReport{}, err
		}
		var page struct {
			AccessReport
			Items      []AccessPerson `json:"items"`
			NextCursor string         `json:"nextCursor"`
		}
		if err := json.Unmarshal(answer.Body, &page); err != nil || page.At.IsZero() {
			return AccessReport{}, fault.Wrap(fault.Upstream, c.Base.Host+" answered with no report that this version of gatehouse understands; use the version of the deployment", err)
		}
		people := slices.Concat([]AccessPerson{}, all.Items, page.Items)
		all = page.AccessReport
		all.Items = people
		if page.NextCursor == "" {
			return all, nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

// WriteJSON writes the report as one JSON object.
func (r AccessReport) WriteJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

// accessColumns are the columns of the table for spreadsheets.
var accessColumns = []string{
	"at", "person", "name", "kind", "tool", "effect", "verdict", "role", "assignment", "subject_kind", "subject", "subject_name", "conditions",
	"answer", "source", "since", "until", "last_answer",
}

// WriteCSV writes a line for each rule that gave, or may have given, somebody a
// tool. No cell of it is a formula to a spreadsheet.
func (r AccessReport) WriteCSV(out io.Writer) error {
	table := text.AppendRow(nil, accessColumns)
	r.each(func(p AccessPerson, t AccessTool, rule AccessRule) {
		e := rule.evidence()
		table = text.AppendRow(table, []string{
			stamp(&r.At), p.Person.String(), p.Name, p.Kind, t.Tool, t.Effect, t.Verdict, rule.Role, rule.Assignment.String(), rule.SubjectKind, rule.Subject,
			rule.SubjectName, strings.Join(rule.Conditions, "; "), e.Answer, e.Source, stamp(e.Since), stamp(e.Until), e.LastAnswer,
		})
	})
	_, err := out.Write(table)
	return err
}

func (r AccessReport) each(do func(AccessPerson, AccessTool, AccessRule)) {
	for _, p := range r.Items {
		for _, t := range p.Tools {
			for _, rule := range t.Rules {
				do(p, t, rule)
			}
		}
	}
}

func (r AccessRule) evidence() AccessEvidence {
	if r.Evidence == nil {
		return AccessEvidence{}
	}
	return *r.Evidence
}

func stamp(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// WriteTable writes the report for people to read: whom, what, by which rule, and
// what that rested on.
func (r AccessReport) WriteTable(out io.Writer) error {
	_, err := fmt.Fprintf(out, "access as of %s, decided by configuration %d of %s (record %s)\n\n",
		stamp(&r.At), r.Configuration.Version, stamp(&r.Configuration.Since), r.Configuration.Record)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "PERSON\tTOOL\tVERDICT\tROLE\tGIVEN TO\tEVIDENCE")
	r.each(func(p AccessPerson, tool AccessTool, rule AccessRule) {
		verdict := tool.Verdict
		if tool.Effect != "" && tool.Effect != "read" {
			verdict += " (" + tool.Effect + ")"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", text.Line(p.shown()), text.Line(tool.Tool), verdict, text.Line(rule.Role), text.Line(rule.given()), text.Line(rule.says()))
	})
	if err := t.Flush(); err != nil {
		return err
	}
	without := 0
	for _, p := range r.Items {
		if len(p.Tools) == 0 {
			without++
		}
	}
	_, err = fmt.Fprintf(out, "\n%d people, of whom %d could use nothing that was asked about\n", len(r.Items), without)
	for _, remark := range r.Remarks {
		if err == nil {
			_, err = fmt.Fprintln(out, text.Line(remark))
		}
	}
	return err
}

func (p AccessPerson) shown() string {
	if p.Name == "" {
		return p.Person.String()
	}
	return p.Name + " " + p.Person.String()
}

// given is whom the role was assigned to.
func (r AccessRule) given() string {
	to := strings.ReplaceAll(r.SubjectKind, "_", " ")
	switch {
	case r.SubjectName != "":
		to += " " + r.SubjectName
	case r.Subject != "":
		to += " " + r.Subject
	}
	return to
}

// says is what a rule rested on, in words.
func (r AccessRule) says() string {
	says := "the rule itself"
	if e := r.Evidence; e != nil {
		switch {
		case e.Answer != "unknown":
			says = fmt.Sprintf("%s by %s, %s to %s", strings.ReplaceAll(e.Answer, "_", " "), e.Source, stamp(e.Since), stamp(e.Until))
		case e.LastAnswer != "":
			says = fmt.Sprintf("not known; last %s by %s, %s", strings.ReplaceAll(e.LastAnswer, "_", " "), e.Source, stamp(e.Until))
		default:
			says = "not known"
		}
	}
	if len(r.Conditions) > 0 {
		says += "; if " + strings.Join(r.Conditions, " or ")
	}
	return says
}
