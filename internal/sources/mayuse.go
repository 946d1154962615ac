package sources

import (
	"slices"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

// mayUse reports whether somebody sees anything that a source serves in the
// catalog they were admitted for. While it serves nothing there, because nothing
// was read or approved yet, it is enough that a role of theirs allows something
// that the source could offer.
func mayUse(by authz.Caller, s tools.Source, catalog *tools.Catalog) bool {
	serves := false
	for at := range catalog.Names() {
		if catalog.At(at).Source != s.ID {
			continue
		}
		if by.May(at).Listed() {
			return true
		}
		serves = true
	}
	return !serves && slices.ContainsFunc(offerable, func(kind tools.Kind) bool {
		return by.CouldUse(s.PermissionName(kind, ""))
	})
}

// offerable is what of a source roles can allow.
var offerable = []tools.Kind{tools.KindTool, tools.KindPrompt, tools.KindResource}
