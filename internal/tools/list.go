package tools

import (
	"iter"
	"slices"
	"sync"
)

// lists keeps encoded lists, those of the last while: when one generation is
// full it becomes the old one, and what nobody has asked for since goes with
// the one before.
type lists struct {
	mu    sync.RWMutex
	young map[listKey][]byte
	old   map[listKey][]byte
	size  int // bytes of young
}

type listKey struct {
	kind Kind
	key  string
}

// The bounds of one generation of a catalog's lists.
const (
	maxLists     = 128
	maxListBytes = 4 << 20
)

func newLists() *lists { return &lists{young: map[listKey][]byte{}} }

func (l *lists) get(k listKey) ([]byte, bool) {
	l.mu.RLock()
	list, ok := l.young[k]
	aged := false
	if !ok {
		list, aged = l.old[k]
	}
	l.mu.RUnlock()
	if aged {
		l.put(k, list)
	}
	return list, ok || aged
}

func (l *lists) put(k listKey, list []byte) {
	cost := len(list) + len(k.key)
	if cost > maxListBytes {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.young[k]; ok {
		return
	}
	if len(l.young) >= maxLists || l.size+cost > maxListBytes {
		l.old, l.young, l.size = l.young, map[listKey][]byte{}, 0
	}
	l.young[k] = list
	l.size += cost
}

// List returns the definitions of one kind that may says yes to, comma
// separated, in order. Equal keys must stand for equal answers of may: a list is
// encoded once for each while there is room. The caller must not change it.
func (c *Catalog) List(kind Kind, key string, may func(position int) bool) []byte {
	k := listKey{kind, key}
	if list, ok := c.lists.get(k); ok {
		return list
	}
	list := []byte{}
	for _, definition := range c.listed(kind, 0, may) {
		if len(list) > 0 {
			list = append(list, ',')
		}
		list = append(list, definition...)
	}
	list = slices.Clip(list)
	c.lists.put(k, list)
	return list
}

// Page is List from behind the entry with the permission name after, or from the
// beginning if that is empty, and at most so many, but never none of some. next is
// where the following page begins, or empty after the last one. An entry that has
// gone since does not matter.
func (c *Catalog) Page(kind Kind, after string, most int, may func(position int) bool) (list []byte, next string) {
	from := 0
	if after != "" {
		at, found := slices.BinarySearch(c.names, after)
		from = at
		if found {
			from++
		}
	}
	list = []byte{}
	n, last := 0, 0
	for at, definition := range c.listed(kind, from, may) {
		if n > 0 && n >= most {
			return list, c.names[last]
		}
		if n > 0 {
			list = append(list, ',')
		}
		list = append(list, definition...)
		n, last = n+1, at
	}
	return list, ""
}

// Shown goes through what a list of a kind that may says yes to shows, in order: names
// of tools and prompts, URIs, and URI templates.
func (c *Catalog) Shown(kind Kind, may func(position int) bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := range c.listed(kind, 0, may) {
			if !yield(c.entries[at].shownIn(kind)) {
				return
			}
		}
	}
}

// shownIn is what a list of a kind calls the entry: among resources, a tool of our own
// is its app.
func (e *Entry) shownIn(kind Kind) string {
	if kind == KindResource && e.App != nil {
		return e.App.URI
	}
	return e.Shown
}

// listed goes through what a list of a kind shows, from a position on.
func (c *Catalog) listed(kind Kind, from int, may func(position int) bool) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for at := from; at < len(c.entries); at++ {
			if definition := c.definition(kind, at, may); definition != nil && !yield(at, definition) {
				return
			}
		}
	}
}

// definition is what a list of a kind shows for a position, or nil. Among the
// resources that is the app of a tool of our own, and not what a source calls by
// its URI.
func (c *Catalog) definition(kind Kind, at int, may func(position int) bool) []byte {
	e := c.entries[at]
	switch {
	case kind == KindResource && e.App != nil && may(at):
		return e.appDefinition
	case kind != e.Kind:
		return nil
	case kind == KindResource && c.uris[e.Shown] == at && c.Readable(at, may), kind != KindResource && may(at):
		return e.definition
	}
	return nil
}
