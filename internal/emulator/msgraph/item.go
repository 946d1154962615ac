package msgraph

import (
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/emulator/odata"
	"gatehouse/internal/emulator/reply"
)

// item is one thing in a mailbox, a drive or a list of people.
type item struct {
	id    string
	shown map[string]any // its JSON
	keys  map[string]any // what $filter and $orderby compare, by property path

	onRequest map[string]any // properties shown only when $select names them
}

// edm is what a property is compared as.
type edm int

const (
	edmString edm = iota
	edmBool
	edmTime  // DateTimeOffset, written bare
	edmLocal // a time in a string, as in dateTimeTimeZone; taken as UTC
)

// itemKind is a resource type and what a query may do with it.
type itemKind struct {
	name       string         // of microsoft.graph.<name>
	properties []string       // what $select may name
	compared   map[string]edm // what $filter may compare
	ordered    []string       // what $orderby may name
	options    []string       // OData options the workload takes, lower case
	page, max  int            // entries of a page: without $top, and at most
	unpaired   bool           // $orderby does not need its properties in $filter
	// unsupported is the workload's refusal of what it, or the emulator, cannot do.
	unsupported func(message string) *problem
}

// parseError is what Graph's gateway says of an option it cannot read.
func parseError(message string) *problem {
	return &problem{http.StatusBadRequest, "RequestBroker--ParseUri", message}
}

// choice reads $select.
func (k *itemKind) choice(value string) ([]string, *problem) {
	var out []string
	for _, name := range odata.Names(value) {
		at := slices.IndexFunc(k.properties, func(known string) bool { return strings.EqualFold(known, name) })
		if at < 0 {
			return nil, badSelection(unknownProperty(reply.Clip(name), k.name))
		}
		out = append(out, k.properties[at])
	}
	return out, nil
}

// shaped is what $select leaves of an item: its id and etag always stay.
func (i item) shaped(choose []string) map[string]any {
	if choose == nil {
		return i.shown
	}
	out := map[string]any{}
	for _, name := range append([]string{"@odata.etag", "id"}, choose...) {
		if value, ok := i.shown[name]; ok {
			out[name] = value
		} else if value, ok := i.onRequest[name]; ok {
			out[name] = value
		}
	}
	return out
}
