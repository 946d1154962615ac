package orgfile

import (
	"fmt"
	"strings"

	"gatehouse/internal/access"
	"gatehouse/internal/tools"
)

// MaxWaiting is how many approvals that wait are told one by one.
const MaxWaiting = 50

// Waiting returns which approvals of a document nothing is served for in the state
// that it has made, because their sources offer something else, or nothing, under
// their names. Offered has what all of these sources offer.
func Waiting(d Document, made access.Whole, offered map[access.Definition]tools.Hash) []access.Warning {
	var out []access.Warning
	more := 0
	there := byKey(made.Access.Sources, func(s tools.Source) string { return s.Name })
	for _, a := range d.Approvals {
		now, offers := offered[access.Definition{Source: there[a.Source].ID, Kind: a.Kind, Name: a.Name}]
		var why string
		switch {
		case !offers:
			why = "waits: the source does not offer it, as far as it has been read; nothing is served for it until the source offers exactly this" + unprefixed(a)
		case now.String() != a.Hash:
			why = "waits: the source offers something else under this name now, and nobody gets that; read the definition, or correct the hash"
		default:
			continue
		}
		if len(out) == MaxWaiting {
			more++
			continue
		}
		out = append(out, access.Warning{Path: entryPath("approvals", a.key()), Message: why})
	}
	if more > 0 {
		out = append(out, access.Warning{Path: "approvals", Message: fmt.Sprintf("%d more wait for their definitions", more)})
	}
	return out
}

// unprefixed says of a name with the source's prefix that it has one too many.
func unprefixed(a Approval) string {
	if own, has := strings.CutPrefix(a.Name, a.Source+"_"); has {
		return "; if its own name is " + own + ", leave the prefix out"
	}
	return ""
}
