package membership_test

import (
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

func (b *bench) testimonies() []membership.Testimony {
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	return append([]membership.Testimony{}, b.store.testimonies...)
}

// TestWhatAnAnswerSaysIsKept: once while it stays the same, again after a while, and
// at once when it says something else.
func TestWhatAnAnswerSaysIsKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.listing(b.groups[0])
	q.Organization.Membership.Soft = time.Hour
	q.Identity.Name = "Alice"
	for _, step := range []struct {
		after time.Duration
		more  bool // the token lists the second group too
		kept  int
	}{
		{0, false, 1},
		{membership.SeenEvery - time.Second, false, 1},
		{time.Second, false, 2},
		{time.Second, true, 3},
		{time.Second, true, 3},
	} {
		b.advance(step.after)
		if step.more {
			q.Groups.Groups = b.groups[:2]
		}
		b.seen(t, q)
		if kept := b.testimonies(); len(kept) != step.kept {
			t.Fatalf("%+v: %d testimonies", step, len(kept))
		}
	}
	kept := b.testimonies()
	last := kept[len(kept)-1]
	if last.Person != q.Identity.OID || last.Kind != q.Identity.Kind || last.Name != "Alice" || last.Source != authz.SourceToken {
		t.Errorf("kept is %+v", last)
	}
	if last.Answers[b.groups[0]] != authz.Member || last.Answers[b.groups[1]] != authz.Member || len(last.Answers) != len(q.Mapped) {
		t.Errorf("answers are %v of %v", last.Answers, q.Mapped)
	}
	if kept[0].Answers[b.groups[1]] != authz.NotMember {
		t.Errorf("the first answers are %v", kept[0].Answers)
	}
}

// TestWhatCouldNotBeKeptIsKeptLater: and the answer does not wait for it.
func TestWhatCouldNotBeKeptIsKeptLater(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.listing(b.groups[0])
	b.store.deaf = true
	b.seen(t, q)
	if kept := b.testimonies(); len(kept) != 0 {
		t.Fatalf("%d testimonies", len(kept))
	}
	b.store.mu.Lock()
	b.store.deaf = false
	b.store.mu.Unlock()
	b.seen(t, q)
	if kept := b.testimonies(); len(kept) != 1 {
		t.Errorf("%d testimonies", len(kept))
	}
}

// TestWhatGraphSaidDatesFromWhenItWasAsked: what rests on a record alone is as old
// as the record.
func TestWhatGraphSaidDatesFromWhenItWasAsked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.overage()
	asked := b.clock().Add(-soft / 2)
	b.store.records[b.person] = membership.Record{Person: b.person, AskedAt: asked, Answers: map[tenants.GUID]authz.Answer{b.groups[0]: authz.Member, b.groups[1]: authz.NotMember}}
	b.seen(t, q)
	if kept := b.testimonies(); len(kept) != 1 || kept[0].Source != authz.SourceGraph || !kept[0].At.Equal(asked) {
		t.Errorf("kept are %+v", kept)
	}
}

func TestAnAppHasNoGroupsToKeep(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.listing(b.groups[0])
	q.Identity.Delegated, q.Identity.Kind = false, authz.App
	b.seen(t, q)
	if kept := b.testimonies(); len(kept) != 0 {
		t.Errorf("kept are %+v", kept)
	}
}
