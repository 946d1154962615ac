package reconcile

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/text"
)

// difference is a line of a result.
type difference struct {
	Where       string    `json:"where"` // log or entra: the side that has it
	Explained   bool      `json:"explained"`
	Reason      Reason    `json:"reason"`
	At          time.Time `json:"at"`
	Token       string    `json:"token,omitempty"`
	Person      string    `json:"person,omitempty"`
	Name        string    `json:"name,omitempty"`
	Client      string    `json:"client,omitempty"`
	Record      string    `json:"record,omitempty"`    // of the log, the first that names the token
	Records     int       `json:"records,omitempty"`   // how many do
	RequestID   string    `json:"requestId,omitempty"` // of the sign-in
	Correlation string    `json:"correlationId,omitempty"`
}

func (r Result) differences() []difference {
	all := make([]difference, 0, len(r.OnlyHere)+len(r.OnlyThere))
	for _, h := range r.OnlyHere {
		all = append(all, difference{
			Where: "log", Explained: h.Reason.Explains(), Reason: h.Reason, At: h.First, Token: h.Token, Person: h.Person, Client: h.Client, Record: h.Record, Records: h.Records,
		})
	}
	for _, s := range r.OnlyThere {
		all = append(all, difference{
			Where: "entra", Explained: s.Reason.Explains(), Reason: s.Reason, At: s.At, Token: s.Token, Person: s.Person, Name: s.Name, Client: s.App,
			RequestID: s.RequestID, Correlation: s.Correlation,
		})
	}
	return all
}

// Remarks says what the comparison rests on and what it leaves open.
func (r Result) Remarks() (remarks []string) {
	if !r.Uses.Header.Filter.IsZero() {
		remarks = append(remarks, "The evidence is of a filter ("+r.Uses.Header.Filter.String()+"): tokens that its records do not name count as not shown.")
	}
	if len(r.Scope.Apps) == 0 {
		remarks = append(remarks, "Not compared: sign-ins that the log does not have. Say which applications are Gatehouse's with --app.")
	}
	if n := r.count(NotCovered); n > 0 {
		remarks = append(remarks, fmt.Sprintf("Of %d tokens nobody can say whether Entra has their sign-in: what the export covers besides its rows, only who downloaded it knows. "+
			"Say with --from and --to what the download was asked for; it should begin two days before the evidence.", n))
	}
	if n := r.unrecorded(); n > 0 {
		remarks = append(remarks, fmt.Sprintf("%d tokens have ids such as Gatehouse gives, and the evidence has no record of their issue: export records of the kind token_issued with the others, from two hours before.", n))
	}
	if r.Uses.Closed > 0 {
		remarks = append(remarks, fmt.Sprintf("Of %d records the token is closed, because its person was erased or it was withheld: they are not compared.", r.Uses.Closed))
	}
	return remarks
}

// count counts the tokens of a reason.
func (r Result) count(reason Reason) (n int) {
	for _, h := range r.OnlyHere {
		if h.Reason == reason {
			n++
		}
	}
	return n
}

// unrecorded counts unexplained tokens that look like Gatehouse's own.
func (r Result) unrecorded() (n int) {
	for _, h := range r.OnlyHere {
		if !h.Reason.Explains() && shaped(h.Token) {
			n++
		}
	}
	return n
}

// covered is what the export covers, as far as anybody says.
func (r Result) covered() string {
	from, to := "its first row", "its last row"
	if !r.Scope.From.IsZero() {
		from = r.Scope.From.UTC().Format(time.RFC3339)
	}
	if !r.Scope.To.IsZero() {
		to = r.Scope.To.UTC().Format(time.RFC3339)
	}
	return "from " + from + " to " + to + ", as --from and --to say"
}

// WriteText writes the result for people: the counts, then what nothing explains.
func (r Result) WriteText(out io.Writer) error {
	var b strings.Builder
	day := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	fmt.Fprintf(&b, "log:      %s, %d tokens from %s to %s\n", r.Uses.Header.Origin, len(r.Uses.Tokens), day(r.Uses.From), day(r.Uses.To))
	fmt.Fprintf(&b, "entra:    %d sign-ins from %s to %s, %d of them for the applications named\n", r.SignIns, day(r.First), day(r.Last), r.Ours)
	if !r.Scope.From.IsZero() || !r.Scope.To.IsZero() {
		fmt.Fprintf(&b, "covered:  %s\n", r.covered())
	}
	fmt.Fprintf(&b, "both:     %d tokens of the log have their sign-in\n", r.Both)
	for _, side := range []struct{ where, title string }{{"log", "in the log and not in Entra's export"}, {"entra", "in Entra's export and not in the log"}} {
		fmt.Fprintf(&b, "\n%s\n", side.title)
		counts := map[Reason]int{}
		for _, d := range r.differences() {
			if d.Where == side.where {
				counts[d.Reason]++
			}
		}
		if len(counts) == 0 {
			b.WriteString("  none\n")
		}
		for _, reason := range order {
			if n := counts[reason]; n > 0 {
				fmt.Fprintf(&b, "  %6d  %s\n", n, reason.Text())
			}
		}
	}
	for _, d := range r.differences() {
		if !d.Explained {
			fmt.Fprintf(&b, "\nUNEXPLAINED  %s  %s\n  %s\n", d.Where, day(d.At), text.Line(d.facts()))
		}
	}
	for _, remark := range r.Remarks() {
		fmt.Fprintf(&b, "\n%s\n", text.Line(remark))
	}
	fmt.Fprintf(&b, "\n%d differences, %d of them unexplained\n", len(r.OnlyHere)+len(r.OnlyThere), r.Unexplained())
	_, err := io.WriteString(out, b.String())
	return err
}

var order = []Reason{
	Brokered, SignedInEarlier, UsedLater, OtherLog, FailedSignIn, OutsideEvidence, SignedInToUs, NeverShown, NotCovered, NoSuchSignIn, NothingAboutThem,
}

// facts are what finds a difference in the log or in Entra.
func (d difference) facts() string {
	var all []string
	for _, f := range []struct{ name, value string }{
		{"token", d.Token}, {"person", d.Person}, {"name", d.Name}, {"app", d.Client}, {"record", d.Record}, {"request id", d.RequestID}, {"correlation id", d.Correlation},
	} {
		if f.value != "" {
			all = append(all, f.name+" "+f.value)
		}
	}
	return strings.Join(all, ", ")
}

// WriteJSON writes the result as one JSON object.
func (r Result) WriteJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{
		"origin": r.Uses.Header.Origin, "tokens": len(r.Uses.Tokens), "signIns": r.SignIns, "ours": r.Ours, "both": r.Both,
		"unexplained": r.Unexplained(), "differences": r.differences(), "remarks": append([]string{}, r.Remarks()...),
	})
}

// WriteCSV writes a line for each difference. No cell of it is a formula to a
// spreadsheet.
func (r Result) WriteCSV(out io.Writer) error {
	table := text.AppendRow(nil, []string{"where", "explained", "reason", "at", "token", "person", "name", "client", "record", "records", "request_id", "correlation_id"})
	for _, d := range r.differences() {
		line := []string{
			d.Where, strconv.FormatBool(d.Explained), string(d.Reason), d.At.UTC().Format(time.RFC3339), d.Token, d.Person, d.Name, d.Client, d.Record, strconv.Itoa(d.Records), d.RequestID, d.Correlation,
		}
		for i := range line {
			line[i] = text.Line(line[i])
		}
		table = text.AppendRow(table, line)
	}
	_, err := out.Write(table)
	return err
}
