package tools

import (
	"slices"
	"strings"
	"sync"

	"gatehouse/internal/fault"
)

// Selection is a tool that an organization has switched on, with the effect its
// admin decided.
type Selection struct {
	Name   string
	Effect Effect
}

// Registry is the tools this process can run. Catalogs that select the same
// tools are one and the same object, whichever organization asks: ten thousand
// organizations with one selection cost one catalog.
type Registry struct {
	tools map[string]Tool

	mu       sync.Mutex
	entries  map[Selection]*Entry
	catalogs map[string]*Catalog
}

// maxCatalogs bounds the shared catalogs; past it a catalog belongs to
// whoever asked and dies with its snapshot.
const maxCatalogs = 1024

// NewRegistry checks every tool. The error joins all complaints.
func NewRegistry(all []Tool) (*Registry, error) {
	r := &Registry{tools: map[string]Tool{}, entries: map[Selection]*Entry{}, catalogs: map[string]*Catalog{}}
	entries := make([]*Entry, 0, len(all))
	for _, t := range all {
		e, err := r.entry(t, t.Effect)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		r.tools[t.Name] = t
	}
	_, err := NewCatalog(entries)
	return r, err
}

// Tools returns every tool with the effect it is delivered with, by name.
func (r *Registry) Tools() []Selection {
	all := make([]Selection, 0, len(r.tools))
	for _, t := range r.tools {
		all = append(all, Selection{t.Name, t.Effect})
	}
	slices.SortFunc(all, func(a, b Selection) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Definition returns a tool as lists show it; nil: there is no such tool. The caller
// must not change it.
func (r *Registry) Definition(name string) []byte {
	t, ok := r.tools[name]
	if !ok {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.entries[Selection{name, t.Effect}].Definition()
}

// Catalog returns the catalog of a selection. A selected tool that this
// process cannot run is a fault of kind NotFound naming it.
func (r *Registry) Catalog(selected []Selection) (*Catalog, error) {
	sorted := slices.Clone(selected)
	slices.SortFunc(sorted, func(a, b Selection) int { return strings.Compare(a.Name, b.Name) })
	var key strings.Builder
	for _, s := range sorted {
		key.WriteString(s.Name + "\x00" + string(s.Effect) + "\x00")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.catalogs[key.String()]; ok {
		return c, nil
	}
	c, err := r.build(sorted)
	if err == nil && len(r.catalogs) < maxCatalogs {
		r.catalogs[key.String()] = c
	}
	return c, err
}

func (r *Registry) build(selected []Selection) (*Catalog, error) {
	entries := make([]*Entry, 0, len(selected))
	for _, s := range selected {
		t, ok := r.tools[s.Name]
		if !ok {
			return nil, fault.Newf(fault.NotFound, "tool %s is not one this server can run", s.Name)
		}
		e, err := r.entry(t, s.Effect)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return NewCatalog(entries)
}

func (r *Registry) entry(t Tool, effect Effect) (*Entry, error) {
	key := Selection{t.Name, effect}
	if e, ok := r.entries[key]; ok {
		return e, nil
	}
	t.Effect = effect
	e, err := NewEntry(t)
	if err != nil {
		return nil, err
	}
	r.entries[key] = e
	return e, nil
}

// Has reports whether this process can run the tool.
func (r *Registry) Has(name string) bool {
	_, ok := r.tools[name]
	return ok
}
