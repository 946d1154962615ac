package odata

import "strings"

// Order is one property of an $orderby.
type Order struct {
	Path       string
	Descending bool
}

// ParseOrderBy reads an $orderby. The error is an *Error.
func ParseOrderBy(text string) ([]Order, error) {
	var out []Order
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 0 || len(words) > 2 {
			return nil, &Error{Reason: Syntax, Text: text}
		}
		o := Order{Path: words[0]}
		if len(words) == 2 {
			if o.Descending = strings.EqualFold(words[1], "desc"); !o.Descending && !strings.EqualFold(words[1], "asc") {
				return nil, &Error{Reason: Syntax, Text: text, Near: words[1]}
			}
		}
		out = append(out, o)
	}
	return out, nil
}

// Names are what a $select lists. An empty name stays, for whoever minds.
func Names(text string) []string {
	out := strings.Split(text, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}
