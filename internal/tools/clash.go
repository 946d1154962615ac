package tools

import (
	"fmt"

	"gatehouse/internal/tenants"
)

// maxClashes is how many clashes of one definition a person is shown, and
// maxComparing how many characters are compared to find them.
const (
	maxClashes   = 10
	maxComparing = 1_000_000
)

// Clashes returns what a definition of a source would share with what other
// sources serve: a name, an app, or URIs that a template makes. Named tells the
// names of sources. Of many clashes it returns the first.
func (c *Catalog) Clashes(s Source, o Offer, named func(tenants.GUID) string) []Flag {
	x := &clashes{of: c, source: s, offer: o, named: named, left: maxComparing}
	x.name()
	switch o.Kind {
	case KindTool:
		if v, err := parse(o.Definition); err == nil {
			x.app("/_meta", uiOf(v))
			x.listed("/_meta", uiOf(v))
		}
	case KindResource:
		x.app("/uri", o.Name)
		x.fits()
	case KindTemplate:
		x.template()
	case KindPrompt, KindInstructions:
	}
	return x.found
}

type clashes struct {
	of     *Catalog
	source Source
	offer  Offer
	named  func(tenants.GUID) string
	found  []Flag
	left   int // characters to compare
}

// others calls each with the entries of other sources of a kind, until there are
// enough clashes or enough has been compared.
func (x *clashes) others(kind Kind, each func(e *Entry)) {
	for _, at := range x.of.kinds[kind] {
		e := x.of.entries[at]
		if len(x.found) >= maxClashes || x.left < 0 {
			return
		}
		if e.Source != x.source.ID {
			each(e)
		}
	}
}

func (x *clashes) add(path string, e *Entry, finding string) {
	holder := "The platform itself"
	if e.Source != (tenants.GUID{}) {
		holder = "Source " + x.named(e.Source)
	}
	x.found = append(x.found, Flag{FlagClash, path, holder + " " + finding, excerpt(e.Shown)})
}

// compared takes from what may be compared, and says so when that is used up.
func (x *clashes) compared(characters int) bool {
	if x.left -= characters; x.left >= 0 {
		return true
	}
	x.found = append(x.found, Flag{Code: FlagClash, Path: "/uriTemplate", Finding: "Other sources have so many resources and templates that not all were compared; some may be of the same URIs."})
	return false
}

// name looks for another source's definition of the same name.
func (x *clashes) name() {
	shown := x.source.Shown(x.offer.Kind, x.offer.Name)
	at := x.of.Position(PermissionName(x.offer.Kind, shown))
	if at < 0 || x.of.entries[at].Source == x.source.ID {
		return
	}
	path, remedy := "/name", "rename one of the two, or leave this one"
	switch x.offer.Kind {
	case KindResource:
		path, remedy = "/uri", "leave this one, or withdraw that one"
	case KindTemplate:
		path, remedy = "/uriTemplate", "leave this one, or withdraw that one"
	case KindTool, KindPrompt, KindInstructions:
	}
	x.add(path, x.of.entries[at], "serves the same name already, and this one would be left out; "+remedy+".")
}

// app looks for tools of other sources that show a resource.
func (x *clashes) app(path, uri string) {
	if uri == "" {
		return
	}
	x.others(KindTool, func(e *Entry) {
		if e.UI == uri {
			x.add(path, e, fmt.Sprintf("has an app of this URI, which its tool %s shows; whoever had it first keeps it.", e.Own))
		}
	})
}

// listed looks for a resource of another source that a tool shows.
func (x *clashes) listed(path, uri string) {
	x.others(KindResource, func(e *Entry) {
		if e.Shown == uri {
			x.add(path, e, "has a resource of the URI that this tool shows; whoever had it first keeps it.")
		}
	})
}

// fits looks for templates of other sources through which a resource was read
// until now.
func (x *clashes) fits() {
	x.others(KindTemplate, func(e *Entry) {
		if x.compared(len(x.offer.Name)) && e.template.matches(x.offer.Name) {
			x.add("/uri", e, "has a template that makes this URI; reads of it go to this source, once it is approved.")
		}
	})
}

// template looks for what a template could make that other sources have.
func (x *clashes) template() {
	t, err := parseTemplate(x.offer.Name)
	if err != nil {
		return
	}
	x.others(KindResource, func(e *Entry) {
		if x.compared(len(e.Shown)) && t.matches(e.Shown) {
			x.add("/uriTemplate", e, "has a resource that this template makes too, and keeps it while it is approved there.")
		}
	})
	x.others(KindTool, func(e *Entry) {
		if e.UI != "" && x.compared(len(e.UI)) && t.matches(e.UI) {
			x.add("/uriTemplate", e, fmt.Sprintf("has an app that this template makes too, which its tool %s shows, and keeps it while it is approved there.", e.Own))
		}
	})
	x.others(KindTemplate, func(e *Entry) {
		if e.Shown != x.offer.Name && overlap(t, e.template, &x.left) {
			x.add("/uriTemplate", e, "has a template that makes some of the same URIs; whoever had them first keeps them.")
		}
	})
	if x.left < 0 {
		x.left = 0
		x.compared(1)
	}
}
