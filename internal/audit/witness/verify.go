package witness

import (
	"fmt"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// Trust is what a reader relies on, and nothing else.
type Trust struct {
	Keys     []proof.Key // at least one
	Held     []byte      // checkpoint of the organization's log that left the operator's hands; nil: none
	Platform []byte      // checkpoint of the platform's log that somebody else holds, or the reader since long; nil: none
	Origin   string      // of the organization's log; empty: whichever the proof is about
}

// Report is what a proof comes to.
type Report struct {
	Wrong    error // what is wrong; nil: nothing is
	Platform proof.Checkpoint
	Entry    *proof.Checkpoint // of the organization
	Seq      int64             // number of that entry
	Held     *proof.Checkpoint // what the reader holds of the organization's log, found to be what Entry begins with
	Since    time.Time         // Entry is anchored since then; zero: it is not
	Compared bool              // the platform's checkpoint of the reader is what this log begins with
	Open     []string          // what could not be checked
}

// Verify checks a proof. It fails only if there is no verdict: without a key that reads,
// or with a checkpoint of the reader's that is of no use.
func Verify(file []byte, t Trust) (r Report, err error) {
	if len(t.Keys) == 0 {
		return r, fault.New(fault.Invalid, "no key is given")
	}
	p, err := Parse(file)
	if err != nil {
		r.Wrong = err
		return r, nil //nolint:nilerr // the report says so
	}
	keys, err := p.keys(t.Keys)
	if err == nil {
		r.Platform, err = p.platform(keys)
	}
	if err != nil {
		r.Wrong = err
		return r, nil //nolint:nilerr // the report says so
	}
	mine, err := t.platform(keys, r.Platform.Origin)
	if err != nil {
		return r, err
	}
	if r.Wrong = r.compare(p, mine); r.Wrong != nil {
		return r, nil //nolint:nilerr // the report says so
	}
	if p.Entry == nil {
		if t.Held != nil {
			r.Open = append(r.Open, "the proof says nothing of an organization's checkpoint")
		}
		return r, nil
	}
	held, err := t.held(keys)
	if err != nil {
		return r, err
	}
	if r.Wrong = r.entry(*p.Entry, keys, t.Origin); r.Wrong == nil {
		r.Wrong = r.holds(*p.Entry, held)
	}
	if r.Wrong == nil {
		r.anchor(mine)
	}
	return r, nil
}

// mostApart is how far clocks may be apart.
const mostApart = time.Minute

// compare holds the platform's checkpoint against the one that the reader has.
func (r *Report) compare(p Proof, mine *proof.Checkpoint) error {
	if mine == nil {
		r.Open = append(r.Open, "NOT COMPARED: no checkpoint of the platform's log from elsewhere was given, and the operator could have made this log for you alone")
		return nil
	}
	if mine.Size > r.Platform.Size {
		if r.Platform.At.Sub(mine.At) > mostApart {
			return fault.Newf(fault.Invalid, "the platform's log was rolled back: at %s it had %d entries, and later, at %s, %d", stamp(mine.At), mine.Size, stamp(r.Platform.At), r.Platform.Size)
		}
		r.Open = append(r.Open, fmt.Sprintf("NOT COMPARED: the platform's checkpoint that you hold has %d entries, and the proof's has %d; ask for the proof again", mine.Size, r.Platform.Size))
		return nil
	}
	growth := Growth{Size: mine.Size}
	if mine.Size < r.Platform.Size {
		if p.Consistency == nil || p.Consistency.Size != mine.Size {
			r.Open = append(r.Open, fmt.Sprintf("NOT COMPARED: the proof says nothing of the platform's log of %d entries, which you hold; ask for the proof with it", mine.Size))
			return nil
		}
		growth = *p.Consistency
	}
	hashes, err := readHashes(growth.Hashes)
	if err == nil {
		err = checkConsistency(hashes, *mine, r.Platform)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, fmt.Sprintf("the platform's log is another than the one whose checkpoint of %d entries you hold: somebody was shown another log, or it was rewritten", mine.Size), err)
	}
	r.Compared = true
	return nil
}

// entry checks that the organization's checkpoint is in the platform's log.
func (r *Report) entry(e Entry, keys []proof.Key, origin string) error {
	c, err := proof.ReadCheckpoint([]byte(e.Checkpoint))
	if err == nil {
		if origin == "" {
			origin = c.Origin
		}
		c, err = proof.OpenCheckpoint([]byte(e.Checkpoint), origin, keys...)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, "the entry: "+fault.Public(err), err)
	}
	salt, err := readSalt(e.Salt)
	if err != nil {
		return err
	}
	leaf, err := Leaf(salt, []byte(e.Checkpoint))
	if err != nil {
		return err
	}
	path, err := readHashes(e.Hashes)
	if err == nil {
		err = checkInclusion(path, r.Platform, e.Seq, leaf)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, fmt.Sprintf("the checkpoint is not entry %d of the platform's log", e.Seq), err)
	}
	r.Entry, r.Seq = &c, e.Seq
	return nil
}

// holds checks that the log of the entry begins with what the reader holds.
func (r *Report) holds(e Entry, held *proof.Checkpoint) error {
	if held == nil {
		r.Open = append(r.Open, "no checkpoint of the organization's log was given; the entry says what the operator wants it to say")
		return nil
	}
	if held.Origin != r.Entry.Origin {
		return fault.Newf(fault.Invalid, "the entry is of the log %.200q, and you hold a checkpoint of %.200q", r.Entry.Origin, held.Origin)
	}
	if held.Size > r.Entry.Size {
		r.Open = append(r.Open, fmt.Sprintf("the checkpoint that you hold has %d records, and the entry's has %d; the platform's log gets a newer one within the hour", held.Size, r.Entry.Size))
		return nil
	}
	growth := Growth{Size: held.Size}
	if held.Size < r.Entry.Size {
		if e.Held == nil || e.Held.Size != held.Size {
			r.Open = append(r.Open, fmt.Sprintf("the proof says nothing of the log of %d records, which you hold; ask for the proof with it", held.Size))
			return nil
		}
		growth = *e.Held
	}
	hashes, err := readHashes(growth.Hashes)
	if err == nil {
		err = checkConsistency(hashes, *held, *r.Entry)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, fmt.Sprintf("the log in the platform's is another than the one whose checkpoint of %d records you hold: it was rewritten, or somebody was shown another", held.Size), err)
	}
	r.Held = held
	return nil
}

// anchor says since when nobody could have changed what the entry covers unseen.
func (r *Report) anchor(mine *proof.Checkpoint) {
	if !r.Compared {
		return
	}
	if r.Seq >= mine.Size {
		r.Open = append(r.Open, fmt.Sprintf("the entry is younger than the platform's checkpoint that you hold, which has %d entries", mine.Size))
		return
	}
	r.Since = mine.At
}

// Proven reports whether nothing is wrong and everything was checked.
func (r Report) Proven() bool { return r.Wrong == nil && len(r.Open) == 0 }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
