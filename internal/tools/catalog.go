package tools

import (
	"slices"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
)

// Catalog is what an organization has switched on, of every kind, sorted by
// permission name. It is immutable but for its bounded cache of encoded lists.
type Catalog struct {
	entries   []*Entry
	names     []string
	kinds     map[Kind][]int // positions, sorted
	uris      map[string]int // of resources and of our own apps
	apps      map[string]int // ui:// resource that its source does not list → first tool that shows it
	order     map[*Entry]int // in which the entries were given
	grants    map[int][]int  // position of a resource or of the first tool → tools that show it
	templates []*Entry       // in the order in which they were given
	at        map[*Entry]int // of the templates
	lists     *lists
}

// NewCatalog sorts the entries by permission name. Two of one name, or two apps
// of the platform's own with one URI, are refused. Of sources that claim one ui://
// resource, that has it whose entry stands first in entries; of those whose
// templates fit one URI, the one whose fitting template does.
func NewCatalog(entries []*Entry) (*Catalog, error) {
	c := &Catalog{
		entries: slices.Clone(entries), kinds: map[Kind][]int{}, uris: map[string]int{}, apps: map[string]int{},
		grants: map[int][]int{}, at: map[*Entry]int{}, lists: newLists(), order: make(map[*Entry]int, len(entries)),
	}
	for i, e := range entries {
		c.order[e] = i
	}
	slices.SortFunc(c.entries, func(a, b *Entry) int { return strings.Compare(a.Name, b.Name) })
	for i, e := range c.entries {
		if i > 0 && c.names[i-1] == e.Name {
			return nil, fault.Newf(fault.Conflict, "%s stands in the catalog twice; rename one", e.Name)
		}
		c.names = append(c.names, e.Name)
		c.kinds[e.Kind] = append(c.kinds[e.Kind], i)
		switch e.Kind {
		case KindResource:
			c.uris[e.Shown] = i
		case KindTemplate:
			c.at[e] = i
			c.templates = append(c.templates, e)
		case KindTool, KindPrompt, KindInstructions:
		}
	}
	slices.SortFunc(c.templates, func(a, b *Entry) int { return c.order[a] - c.order[b] })
	return c, c.linkApps()
}

// linkApps notes which tools show which ui:// resource. The platform's own come
// first, and a tool has no say about a resource of another source.
func (c *Catalog) linkApps() error {
	for _, i := range c.kinds[KindTool] {
		e := c.entries[i]
		if e.App == nil {
			continue
		}
		if at, taken := c.uris[e.UI]; taken && c.entries[at].App != nil {
			return fault.Newf(fault.Conflict, "tool %s: app %s belongs to another tool already", e.Shown, e.UI)
		}
		c.uris[e.UI] = i
	}
	showing := slices.DeleteFunc(slices.Clone(c.kinds[KindTool]), func(i int) bool { return c.entries[i].App != nil || c.entries[i].UI == "" })
	slices.SortFunc(showing, func(i, j int) int { return c.order[c.entries[i]] - c.order[c.entries[j]] })
	claimed := map[string]bool{}
	for _, i := range showing {
		if e := c.entries[i]; !claimed[e.UI] {
			claimed[e.UI] = true
			c.claimApp(e)
		}
		c.linkApp(i)
	}
	return nil
}

// claimApp takes a resource from another source that lists it, where the first tool
// that shows it was there before.
func (c *Catalog) claimApp(tool *Entry) {
	at, listed := c.uris[tool.UI]
	if !listed {
		return
	}
	if holder := c.entries[at]; holder.App == nil && holder.Source != tool.Source && c.order[tool] < c.order[holder] {
		delete(c.uris, tool.UI)
	}
}

// linkApp notes that the tool at a position shows a resource, if that is its
// source's.
func (c *Catalog) linkApp(tool int) {
	e := c.entries[tool]
	at, known := c.uris[e.UI]
	if !known {
		at, known = c.apps[e.UI]
	}
	switch {
	case !known:
		c.apps[e.UI] = tool
	case c.entries[at].Source == e.Source:
		c.grants[at] = append(c.grants[at], tool)
	}
}

// Names returns the permission names; a name's index is the entry's position.
// The caller must not change it.
func (c *Catalog) Names() []string { return c.names }

// Position returns where the entry with a permission name stands, or -1.
func (c *Catalog) Position(permissionName string) int {
	at, found := slices.BinarySearch(c.names, permissionName)
	if !found {
		return -1
	}
	return at
}

// At returns the entry at a position that a method of the catalog gave.
func (c *Catalog) At(position int) *Entry { return c.entries[position] }

// Offers reports whether the catalog has anything of a kind. Apps of tools are
// resources.
func (c *Catalog) Offers(kind Kind) bool {
	return len(c.kinds[kind]) > 0 || kind == KindResource && len(c.uris)+len(c.apps) > 0
}

// Tool returns the position of the tool that clients call by this name, or -1.
func (c *Catalog) Tool(name string) int { return c.find(KindTool, name) }

// Prompt returns the position of the prompt that clients call by this name, or
// -1.
func (c *Catalog) Prompt(name string) int { return c.find(KindPrompt, name) }

func (c *Catalog) find(kind Kind, shown string) int {
	of := c.kinds[kind]
	at, found := slices.BinarySearchFunc(of, shown, func(i int, shown string) int { return strings.Compare(c.entries[i].Shown, shown) })
	if !found {
		return -1
	}
	return of[at]
}

// Resource returns the position of what a URI is read through, or -1: the
// resource with this URI; else the first tool whose app it is; else the most
// particular template that it fits, of the source that was the first to have one: no
// later source takes reads from it by being more particular.
func (c *Catalog) Resource(uri string) int {
	if at, ok := c.uris[uri]; ok {
		return at
	}
	if at, ok := c.apps[uri]; ok {
		return at
	}
	var best *Entry
	for _, e := range c.templates {
		if best != nil && (e.Source != best.Source || e.template.literals <= best.template.literals) {
			continue
		}
		if e.template.matches(uri) {
			best = e
		}
	}
	if best == nil {
		return -1
	}
	return c.at[best]
}

// Through returns the permission name of the template through which a resource is
// read that permissionName names; empty where it stands in the catalog itself, or
// nothing makes it.
func (c *Catalog) Through(permissionName string) string {
	uri, ok := strings.CutPrefix(permissionName, PermissionName(KindResource, ""))
	if !ok || c.Position(permissionName) >= 0 {
		return ""
	}
	if at := c.Resource(uri); at >= 0 && c.entries[at].Kind == KindTemplate {
		return c.entries[at].Name
	}
	return ""
}

// Readable reports whether somebody may know of what Resource has found: it is
// theirs, or a tool of theirs shows it.
func (c *Catalog) Readable(position int, may func(position int) bool) bool {
	return may(position) || slices.ContainsFunc(c.grants[position], may)
}

// Selected is a set of positions of one catalog.
type Selected []uint64

// Has reports whether the position is in the set.
func (s Selected) Has(position int) bool {
	return position >= 0 && position/64 < len(s) && s[position/64]&(1<<(position%64)) != 0
}

// Narrow returns the positions whose permission names any of the patterns
// matches.
func (c *Catalog) Narrow(patterns []string) Selected {
	set := make(Selected, (len(c.names)+63)/64)
	for i, name := range c.names {
		if slices.ContainsFunc(patterns, func(p string) bool { return authz.Matches(p, name) }) {
			set[i/64] |= 1 << (i % 64)
		}
	}
	return set
}
