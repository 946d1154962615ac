package whatif

import (
	"slices"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

// Places is where things stand that are served now: *tools.Catalog is one. Names says
// what they are called, by position.
type Places interface {
	Names() []string
	At(position int) *tools.Entry
	Resource(uri string) int
	Readable(position int, may func(position int) bool) bool
}

// wish is what a call wants to use, as a basis has it.
type wish struct {
	basis   *Basis
	call    *call
	places  Places // of a URI
	at      int    // position in the basis
	there   int    // of a URI: in places
	through string // of a URI that a template makes: the template's name
}

// wish finds what a call is about; nil beside a finding where that decides already.
func (b *Basis) wish(m matter) (*wish, finding) {
	if m.uri != "" {
		return b.resource(m)
	}
	at, served := b.position[m.thing]
	switch {
	case !served:
		return nil, finding{verdict: refused, rule: Rule{Kind: ByNotServed}}
	case !b.shows(m.toolset, m.thing):
		return nil, finding{verdict: refused, rule: Rule{Kind: ByToolset}}
	}
	return &wish{basis: b, call: m.call, at: at}, finding{}
}

// resource finds what a URI is read through. What is served now tells, as long as the
// basis serves the same.
func (b *Basis) resource(m matter) (*wish, finding) {
	if m.places == nil || !slices.Equal(m.places.Names(), b.configuration.Names()) {
		return nil, cannotTell(DefinitionUnknown)
	}
	there := m.places.Resource(m.uri)
	if there < 0 {
		return nil, finding{verdict: refused, rule: Rule{Kind: ByNotServed}}
	}
	w := &wish{basis: b, call: m.call, places: m.places, at: there, there: there}
	if entry := m.places.At(there); entry.Kind == tools.KindTemplate {
		w.through = entry.Name
	}
	return w, finding{}
}

// rule asks the predicate. It is Conditional of what it depends on only.
func (w *wish) rule(by authz.Caller, at authz.Circumstances) (verdict, authz.Gap) {
	var r authz.Ruling
	switch {
	case w.call.followsUp:
		r = by.MayFollowUp(w.at, at)
	case w.through != "" && !w.shown(w.there):
		return refused, 0
	case w.through != "":
		r = by.MayRead(w.at, w.call.uri, at)
	case w.places != nil:
		return w.read(by, at)
	default:
		r = by.MayCall(w.at, nil, at)
	}
	return said(r), r.Depends()
}

func said(r authz.Ruling) verdict {
	switch r.Verdict {
	case authz.Allowed:
		return through
	case authz.Conditional:
		return unclear
	case authz.Hidden, authz.NeedsScope, authz.NeedsStepUp, authz.Refused:
	}
	return refused
}

func (w *wish) shown(position int) bool {
	return w.basis.shows(w.call.toolset, w.places.Names()[position])
}

// read decides a read of what stands in the catalog itself: who may use a tool may read
// what it shows.
func (w *wish) read(by authz.Caller, at authz.Circumstances) (verdict, authz.Gap) {
	listed := func(position int) bool { return w.shown(position) && by.May(position).Listed() }
	switch {
	case !w.places.Readable(w.there, listed):
		if listed(w.there) || !w.shown(w.there) || w.places.At(w.there).Kind == tools.KindTool {
			return refused, 0
		}
	case w.places.At(w.there).Kind == tools.KindTool, !listed(w.there):
		return through, 0
	}
	r := by.MayCall(w.at, nil, at)
	return said(r), r.Depends()
}

// why finds the rule that a verdict rests on.
func (w *wish) why(by authz.Caller, at authz.Circumstances, v verdict) Rule {
	name := w.basis.configuration.Catalog[w.at].Name
	q := authz.Question{Tool: name, Now: at.Now, Gaps: at.Gaps, Kept: at.Kept}
	if w.through != "" {
		q.Tool, q.Through = w.call.thing, w.through
	}
	return ruleOf(by.Explain(q), v)
}
