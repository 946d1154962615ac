package onboarding

import (
	"fmt"
	"strings"
	"time"
)

// Text is the report for people, as `gatehouse doctor` prints it: what was found,
// worst first within the order of mending, then what was not looked at.
func (r Report) Text() string {
	var b strings.Builder
	counts := map[Severity]int{}
	for _, f := range r.Findings {
		counts[f.Severity]++
	}
	fmt.Fprintf(&b, "Examined %s: %d errors, %d warnings, %d hints, %d not checked.\n",
		r.At.UTC().Format(time.RFC3339), counts[Error], counts[Warning], counts[Info], len(r.NotChecked))
	for _, severity := range []Severity{Error, Warning, Info} {
		for _, f := range r.Findings {
			if f.Severity == severity {
				f.text(&b)
			}
		}
	}
	r.unknown(&b)
	if len(r.Findings)+len(r.NotChecked) == 0 {
		b.WriteString("\nEverything is as it should be.\n")
	}
	return b.String()
}

// unknown lists the questions that are open, those with one reason together.
func (r Report) unknown(b *strings.Builder) {
	type why struct{ reason, remedy string }
	var order []why
	open := map[why][]NotChecked{}
	for _, n := range r.NotChecked {
		w := why{n.Reason, n.Remedy}
		if open[w] == nil {
			order = append(order, w)
		}
		open[w] = append(open[w], n)
	}
	for _, w := range order {
		fmt.Fprintf(b, "\nNot checked: %s %s\n", w.reason, w.remedy)
		for _, n := range open[w] {
			fmt.Fprintf(b, "  %s (%s)\n", n.Title, n.ID)
		}
	}
}

func (f Finding) text(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s %s: %s\n  %s\n  Where: %s\n         %s\n", strings.ToUpper(string(f.Severity)), f.ID, f.Title, f.Detail, f.Setting, f.Link)
	for _, line := range f.Fix {
		fmt.Fprintf(b, "  Fix:   %s\n", line)
	}
}
