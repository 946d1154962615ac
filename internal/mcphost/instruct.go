package mcphost

import (
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// How much sources may say to the models of a client, in bytes: it stands before
// everything that a person asks.
const (
	mostInstruction  = 4 << 10  // of one source
	mostInstructions = 16 << 10 // of all
)

// The words for what does not fit.
const (
	cutShort = "\n(The rest is left out because it is long.)"
	leftOut  = "\n\n(Other sources have instructions too, which are left out because they are long.)"
)

// sourceInstructions is what sources say to models about themselves, as an admin
// has approved it: a section for each source of which the caller may see something
// here, in the order in which the view has them.
func sourceInstructions(by authz.Caller, req *request) string {
	visible := map[tenants.GUID]bool{}
	for at := range req.snap.Catalog.Names() {
		if e := req.snap.Catalog.At(at); e.Server != nil && !visible[e.Source] && req.listed(by, at) {
			visible[e.Source] = true
		}
	}
	var b strings.Builder
	full := false
	req.snap.Sources(func(source tools.Source, _ time.Time) {
		text := strings.TrimSpace(req.snap.Instructions(source.ID))
		if full || text == "" || !visible[source.ID] {
			return
		}
		section := "\n\n## " + titleOf(source) + "\n" + shortened(text)
		if full = b.Len()+len(section) > mostInstructions; full {
			section = leftOut
		}
		b.WriteString(section)
	})
	return b.String()
}

// titleOf is what people call a source.
func titleOf(s tools.Source) string {
	if s.Title == "" {
		return s.Name
	}
	return s.Title
}

// shortened returns what there is room for of a source's instructions.
func shortened(text string) string {
	if len(text) <= mostInstruction {
		return text
	}
	end := mostInstruction
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cutShort
}
