package witness

import (
	"fmt"
	"strings"

	"gatehouse/internal/fault"
)

// String returns the report for people: what is wrong, or what was proven and what was
// not.
func (r Report) String() string {
	var b strings.Builder
	if r.Platform.Origin != "" {
		fmt.Fprintf(&b, "platform: %s, %d entries, %s\n", r.Platform.Origin, r.Platform.Size, stamp(r.Platform.At))
	}
	if r.Wrong != nil {
		fmt.Fprintf(&b, "WRONG: %s\n", fault.Public(r.Wrong))
		return b.String()
	}
	if r.Entry != nil {
		fmt.Fprintf(&b, "entry:    %d is the checkpoint of %s, %d records, %s\n", r.Seq, r.Entry.Origin, r.Entry.Size, stamp(r.Entry.At))
	}
	if r.Held != nil {
		fmt.Fprintf(&b, "held:     the log of the entry begins with the %d records of %s that you hold\n", r.Held.Size, stamp(r.Held.At))
	}
	if r.Compared {
		b.WriteString("compared: the platform's log begins with the one whose checkpoint you hold\n")
	}
	if !r.Since.IsZero() {
		fmt.Fprintf(&b, "anchored: since %s, records below %d\n", stamp(r.Since), r.Entry.Size)
	}
	for _, open := range r.Open {
		fmt.Fprintf(&b, "not checked: %s\n", open)
	}
	return b.String()
}
