package snapshot_test

import (
	"testing"

	"gatehouse/internal/snapshot"
	"gatehouse/internal/tools"
)

// TestTextsAreReadOnce: a change of something else moves none of them.
func TestTextsAreReadOnce(t *testing.T) {
	t.Parallel()
	w, r := newWorkshop(t, source(notes, "notes", tools.Prefixed)), &rows{}
	r.data = w.data
	leases := leasesOver(t, r, w.builder)
	r.data.Pinned = []tools.Pinned{aTool(notes, "search"), aTool(notes, "write"), aResource(notes, "file:///a")}
	org, version := r.data.Organization.ID, int64(1)
	next := func(texts int64, names ...string) *snapshot.Snapshot {
		t.Helper()
		version++
		r.version.Store(version)
		r.texts.Store(0)
		leases.Heard(snapshot.Change{Org: org, Version: version})
		snap := must(leases.Get(t.Context(), "contoso"))
		expect(t, snap.Catalog.Names(), names...)
		if got := r.texts.Load(); got != texts {
			t.Errorf("%d texts are read, want %d", got, texts)
		}
		return snap
	}
	next(3, "notes_search", "notes_write", "pay", "resource:file:///a")
	next(0, "notes_search", "notes_write", "pay", "resource:file:///a")
	r.data.Pinned[0].Effect = tools.Read
	first := next(1, "notes_search", "notes_write", "pay", "resource:file:///a")
	r.data.Sources[0].Name = "memos"
	renamed := next(0, "memos_search", "memos_write", "pay", "resource:file:///a")
	w.data = r.data
	fresh := w.build(t)
	for _, name := range fresh.Catalog.Names() {
		got, want := renamed.Catalog.At(renamed.Catalog.Position(name)), fresh.Catalog.At(fresh.Catalog.Position(name))
		if string(got.Definition()) != string(want.Definition()) {
			t.Errorf("%s is %s, want %s", name, got.Definition(), want.Definition())
		}
		if err := got.CheckArguments([]byte(`{}`)); err != nil && got.Kind == tools.KindTool {
			t.Errorf("%s: %v", name, err)
		}
	}
	if first.Catalog.Position("notes_search") < 0 {
		t.Error("an earlier view has changed")
	}
}

// TestChangesWithoutEndKeepNobodyFromBeingServed: what a load began with is good
// enough after a while, and the next request looks again.
func TestChangesWithoutEndKeepNobodyFromBeingServed(t *testing.T) {
	t.Parallel()
	r := &rows{}
	leases := polled(t, r)
	org := r.data.Organization.ID
	r.during = func() { leases.Heard(snapshot.Change{Org: org, Version: r.version.Add(1)}) }
	first := must(leases.Get(t.Context(), "contoso"))
	if r.loads.Load() != 2 || first.Version != 2 {
		t.Errorf("version %d after %d loads", first.Version, r.loads.Load())
	}
	r.during = nil
	if next := must(leases.Get(t.Context(), "contoso")); next.Version != 3 || r.loads.Load() != 3 {
		t.Errorf("version %d after %d loads", next.Version, r.loads.Load())
	}
}
