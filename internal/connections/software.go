package connections

import (
	"slices"
	"strings"

	"gatehouse/internal/text"
)

const (
	// MaxName is how long the name of a client may be, in bytes; it is cut.
	MaxName = 60
	// MaxSoftware is how long software may be, in bytes: what organizations list as
	// a client has this room.
	MaxSoftware = 2_000
	// Unnamed is what a client is called that has no name.
	Unnamed = "unnamed"
)

// SoftwareOf is what administrators govern of registrations: those with the same
// name and the same redirect URIs are one software, whoever registered them and how
// often. It is the name and each URI in angle brackets, sorted; of http on this
// machine without the port, which differs from one start of a client to the next.
func SoftwareOf(name string, redirects []string) string {
	patterns := make([]string, 0, len(redirects))
	for _, uri := range redirects {
		pattern, _ := portless(uri)
		patterns = append(patterns, pattern)
	}
	slices.Sort(patterns)
	var b strings.Builder
	b.WriteString(ShownName(name))
	for _, pattern := range slices.Compact(patterns) {
		b.WriteString(" <" + pattern + ">")
	}
	return b.String()
}

// ShownName returns the name of a client as it may be shown and listed: printable,
// on one line, without angle brackets, and never empty.
func ShownName(name string) string {
	printable := strings.NewReplacer("<", " ", ">", " ").Replace(text.Line(text.Cut(name, 10*MaxName)))
	one := strings.Join(strings.Fields(printable), " ")
	if short := strings.TrimSpace(text.Cut(one, MaxName)); short != "" {
		return short
	}
	return Unnamed
}
