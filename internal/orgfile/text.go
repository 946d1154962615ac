package orgfile

import (
	"fmt"
	"strings"
)

// Text returns the changes for a reader, without colours: a line for each,
// beginning with + (added), - (removed), ~ (changed) or = (kept, though the
// document does not mention it), and below it what it is made of.
func (c Changes) Text() string {
	var b strings.Builder
	if c.None() {
		b.WriteString("no changes\n")
	}
	for _, change := range c {
		b.WriteString(change.line() + "\n")
		for _, f := range change.Fields {
			b.WriteString("    " + f.line(change.Kind) + "\n")
		}
	}
	if !c.None() {
		b.WriteString(c.summary() + "\n")
	}
	return b.String()
}

var signs = map[Kind]string{Added: "+ ", Changed: "~ ", Removed: "- ", Kept: "= "}

func (c Change) line() string {
	line := signs[c.Kind] + c.Path
	if c.Kind == Kept {
		line += " (not in the file; --prune removes it)"
	}
	return line
}

func (f Field) line(kind Kind) string {
	if kind == Added {
		return f.Path + ": " + f.After
	}
	return f.Path + ": " + orNothing(f.Before) + " -> " + orNothing(f.After)
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

func (c Changes) summary() string {
	count := map[Kind]int{}
	for _, change := range c {
		count[change.Kind]++
	}
	return fmt.Sprintf("%d to add, %d to change, %d to remove", count[Added], count[Changed], count[Removed])
}
