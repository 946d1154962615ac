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
	if len(r.NotChecked) > 0 {
		b.WriteString("\nNot checked:\n")
	}
	for i, n := range r.NotChecked {
		fmt.Fprintf(&b, "  %s  %s\n", n.ID, n.Title)
		if i+1 == len(r.NotChecked) || r.NotChecked[i+1].Reason != n.Reason || r.NotChecked[i+1].Remedy != n.Remedy {
			fmt.Fprintf(&b, "    %s %s\n", n.Reason, n.Remedy)
		}
	}
	if len(r.Findings)+len(r.NotChecked) == 0 {
		b.WriteString("\nEverything is as it should be.\n")
	}
	return b.String()
}

func (f Finding) text(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s %s: %s\n  %s\n  Where: %s\n         %s\n", strings.ToUpper(string(f.Severity)), f.ID, f.Title, f.Detail, f.Setting, f.Link)
	for _, line := range f.Fix {
		fmt.Fprintf(b, "  Fix:   %s\n", line)
	}
}
