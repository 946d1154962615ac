package manage

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/internal/text"
)

// WriteJSON writes all of it as one JSON object.
func (f Foresight) WriteJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(f)
}

// replayReasons say why nobody can tell, in words.
var replayReasons = map[string]string{
	"arguments":  "a condition looks at an argument that the log does not keep in clear",
	"membership": "it is not on record whether they were in a group that counted then",
	"group":      "it depends on a group that counts only under the proposal",
	"app_role":   "it depends on app roles of the token, which are not recorded",
	"context":    "it depends on authentication contexts of the sign-in, which are not recorded",
	"time":       "a condition or an assignment changed while the call was under way",
	"agent":      "whether a guest came through an agent is not recorded",
	"client":     "by which entry of the AI apps it would have been known is not recorded",
	"issuer":     "whether the token was Entra's or Gatehouse's is not recorded",
	"sign_in":    "the proposal changes which tokens are accepted",
	"definition": "what a resource would have been read through is not known",
	"then":       "the record does not say whether the rules had let it through",
	"altered":    "the record holds not all of what was sent",
	"door":       "they did not get in, and what they would have called is not known",
	"erased":     "who called has been erased",
	"unreadable": "the record is not as it was stored",
}

// says is a rule in words.
func (r *ForeseenRule) says() string {
	if r == nil {
		return ""
	}
	permission := fmt.Sprintf("role %s, permission %d", r.Role, r.Permission)
	if r.Subject != "" {
		permission += ", given to " + strings.ReplaceAll(r.Subject, "_", " ")
	}
	switch r.Kind {
	case "allow", "deny":
		return r.Kind + " of " + permission
	case "condition":
		return "no condition holds: " + permission
	}
	if says, known := ruleWords[r.Kind]; known {
		return says
	}
	return r.Kind
}

var ruleWords = map[string]string{
	"step_up":        "a stronger sign-in",
	"no_role":        "no role of theirs allows it",
	"client_ceiling": "maximum permissions of the AI app",
	"scope_ceiling":  "maximum of the token's scopes",
	"toolset":        "the toolset does not have it",
	"not_served":     "it is not switched on, or not approved",
	"guests":         "guests are refused",
	"agents":         "agents are refused",
	"apps":           "applications are refused",
	"client":         "the AI app is not listed",
}

// WriteText writes it for people to read.
func (f Foresight) WriteText(out io.Writer) error {
	var b strings.Builder
	c := f.Calls
	fmt.Fprintf(&b, "%d records since %s were read, %d to %d: %d calls\n", c.Records, stamp(&c.Since), c.From, max(c.From, c.To-1), c.Calls)
	fmt.Fprintf(&b, "  %d decided alike, %d would have been refused, %d let through, %d cannot be told\n", c.Unchanged, c.Loses, c.Gains, c.CannotTell)
	for _, part := range [...]struct{ change, title string }{{"loses", "WOULD HAVE BEEN REFUSED"}, {"gains", "WOULD HAVE BEEN LET THROUGH"}, {"cannot_tell", "CANNOT BE TOLD"}} {
		c.rows(&b, part.change, part.title)
	}
	if len(c.Reasons) > 0 {
		b.WriteString("\nwhy it cannot be told, and of how many calls; one may have several reasons\n")
	}
	for _, r := range c.Reasons {
		says, known := replayReasons[r.Reason]
		if !known {
			says = text.Line(r.Reason)
		}
		fmt.Fprintf(&b, "  %d  %s\n", r.Calls, says)
	}
	if c.Omitted > 0 {
		fmt.Fprintf(&b, "\n%d calls are in the sums and have no line\n", c.Omitted)
	}
	f.rights(&b)
	for _, remark := range f.Remarks {
		b.WriteString(text.Line(remark) + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// rows writes a table of the calls to which one thing happens.
func (c ForeseenCalls) rows(b *strings.Builder, change, title string) {
	t, began := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0), false
	for _, r := range c.Items {
		if r.Change != change {
			continue
		}
		if !began {
			_, _ = fmt.Fprintf(t, "\n%s\tTOOL\tCALLS\tLAST\tBY\n", title)
			began = true
		}
		by := r.Rule.says()
		if r.Rule == nil {
			by = strings.Join(r.Reasons, ", ")
		}
		if r.Already > 0 {
			by += fmt.Sprintf(" (%d so already now)", r.Already)
		}
		last := r.Last.UTC().Format(time.DateTime)
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\n", text.Line(AccessPerson{Person: r.Person, Name: r.Name}.shown()), text.Line(r.Tool), r.Calls, last, text.Line(by))
	}
	_ = t.Flush() // to memory
}

// rights writes who could use more or less.
func (f Foresight) rights(b *strings.Builder) {
	if len(f.Access) == 0 {
		b.WriteString("\nnobody who is known could use more or less\n")
		return
	}
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprint(t, "\nWHO COULD, CALLED OR NOT\tTOOL\tNOW\tTHEN\tBY\n")
	for _, p := range f.Access {
		for _, tool := range p.Tools {
			var by []string
			for _, r := range tool.Rules {
				by = append(by, r.Role+" to "+r.given())
			}
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n",
				text.Line(AccessPerson{Person: p.Person, Name: p.Name}.shown()), text.Line(tool.Tool), tool.Before, tool.After, text.Line(strings.Join(by, "; ")))
		}
	}
	_ = t.Flush() // to memory
}
