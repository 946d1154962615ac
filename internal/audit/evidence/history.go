package evidence

import (
	"fmt"
	"time"

	"gatehouse/internal/audit/proof"
)

// history is the tree as the file grows it, which is looked at when it has the size of
// the checkpoint that the reader holds.
type history struct {
	tree    proof.Frontier
	watched bool
	target  int64
	reached bool
	root    proof.Hash // at the target

	others []proof.Checkpoint
	met    map[int]bool // of others, by their place: whether the root is theirs
}

func (h *history) leaf(leaf proof.Hash) {
	h.tree.Append(leaf)
	h.look()
}

// subtree takes one of Plan's, which begins where the tree ends.
func (h *history) subtree(s proof.Subtree, hash proof.Hash) {
	_ = h.tree.AppendSubtree(s.Level, hash)
	h.look()
}

func (h *history) look() {
	if h.watched && h.tree.Size() == h.target {
		h.reached, h.root = true, h.tree.Root()
	}
	for i, c := range h.others {
		if h.tree.Size() == c.Size {
			h.met[i] = h.tree.Root() == c.Root
		}
	}
}

// Anchor says what a checkpoint that the reader holds proves about the range.
type Anchor uint8

// The anchors.
const (
	NoAnchor  Anchor = iota // no checkpoint was given
	Whole                   // every record of the range is older than it
	Part                    // some are
	Earlier                 // none is; the history before them is unchanged
	Unreached               // the file does not lead to its size
	Later                   // it is newer than the log that the file knows
)

// slack is how far apart two clocks of a platform may be.
const slack = time.Minute

// compare holds the history against the reader's checkpoint and, where they
// contradict each other, says how.
func (h *history) compare(own, theirs proof.Checkpoint, head Header) (a Anchor, why string) {
	switch {
	case own.Size > theirs.Size && (theirs.At.Sub(own.At) > slack || head.Produced.Truncate(time.Millisecond).Sub(own.At) > slack):
		return Later, fmt.Sprintf("the log was rolled back: the file is younger than your checkpoint, and knows %d records, not %d", theirs.Size, own.Size)
	case own.Size > theirs.Size:
		return Later, ""
	case !h.reached:
		return Unreached, ""
	case h.root != own.Root:
		return Unreached, fmt.Sprintf("the log was rewritten: its first %d records are not those of your checkpoint", own.Size)
	case own.Size >= head.To:
		return Whole, ""
	case own.Size <= head.From:
		return Earlier, ""
	}
	return Part, ""
}

// times follows when the records of a range were sealed, where that is open.
type times struct{ first, last string } // as they are written, which compares; empty: not known

// see looks at one record and says what cannot be.
func (t *times) see(r proof.Record, first bool) (why string) {
	at, wrong := instantOf(r, "at")
	sealed, wrong2 := instantOf(r, "sealed_at")
	switch {
	case wrong || wrong2:
		return "an instant is not spelled as instants are"
	case sealed == "":
		return ""
	case at != "" && sealed < at:
		return "the record was made after it was sealed"
	case sealed < t.last:
		return "the record was sealed before one that precedes it"
	}
	if first {
		t.first = sealed
	}
	t.last = sealed
	return ""
}

// instantOf returns an instant of a record where it is open.
func instantOf(r proof.Record, name string) (text string, wrong bool) {
	value, _ := find(r.Fields, name)
	if value == nil {
		return "", false
	}
	c := cursor{rest: value}
	text = c.text()
	_, err := parseInstant(text)
	return text, err != nil
}
