package notify

import (
	"fmt"
	"net/url"
	"time"
)

// head is what a message is about, in one line.
func head(m Message, count int) string {
	switch m.Kind {
	case Test:
		return "Test message"
	case Digest:
		return "Digest of " + plural(count, "alert", "alerts")
	case Resolved:
		if count == 1 && len(m.Items) == 1 {
			return "Resolved: " + m.Items[0].Title
		}
		return plural(count, "alert is resolved", "alerts are resolved")
	case Checkpoint:
		return "Checkpoint of the log"
	case Alert:
	}
	if count == 1 && len(m.Items) == 1 {
		return m.Items[0].Title
	}
	return plural(count, "new alert", "new alerts")
}

// lead is what stands before the items.
func lead(m Message) string {
	switch m.Kind {
	case Test:
		return "Somebody who administers " + m.Organization + " has asked whether messages arrive here. This one has, and there is nothing to do."
	case Digest:
		return "What is open or new in " + m.Organization + ", the most important first."
	case Resolved:
		return "In " + m.Organization + " this is no longer wrong. There is nothing to do."
	case Checkpoint:
		return "Gatehouse keeps a log of what is done in " + m.Organization + ". This mail holds it to what it says today. There is nothing to do but to keep it."
	case Alert:
	}
	return "In " + m.Organization + " something needs an administrator."
}

// period says since when an item is what it is.
func period(i Item) string {
	if i.Since.IsZero() {
		return ""
	}
	if i.Resolved.IsZero() {
		return "Since " + stamp(i.Since)
	}
	return stamp(i.Since) + " to " + stamp(i.Resolved)
}

// stamp is a time as people anywhere read it alike.
func stamp(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// label is a severity as people read it; of what is over none matters.
func label(i Item) string {
	if !i.Resolved.IsZero() {
		return "Resolved"
	}
	switch i.Severity {
	case Critical:
		return "Critical"
	case Info:
		return "For information"
	case Warning:
	}
	return "Warning"
}

// open is what a link says: where it leads, so that nobody has to believe it.
func open(address string) string { return "Open " + host(address) }

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
