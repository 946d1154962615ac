package evidence

import (
	"errors"
	"fmt"
	"io"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// Trust is what a reader brings along, and all that a verifier relies on.
type Trust struct {
	Origin     string      // of the log; empty: that of the checkpoint, or nobody knows whose log it is
	Keys       []proof.Key // at least one
	Checkpoint []byte      // that the organization holds; nil: none
	Asked      Asked       // what the file has to answer; the zero value: whatever it says

	// Others are what other files say of the log: of those at which its tree can be
	// computed, another root is wrong. They prove nothing else.
	Others []proof.Checkpoint
	See    func(proof.Record) // is shown each record whose leaf holds; nil: nobody is
}

// verifier is one pass over a file.
type verifier struct {
	Report
	lines   *lines
	trust   Trust
	own     proof.Checkpoint // the reader's
	keys    []proof.Key
	inForce []proof.Key // of those, at the file's checkpoint
	header  Header
	history history
	after   []proof.Subtree
	seq     int64 // of the record whose line is read; -1: none
	times   times
	fields  []proof.Field
	needed  []string
}

// Verify reads a file to its end, or to the first thing wrong, which the report then
// names. It returns an error when there is no verdict: the file cannot be read, or what
// the reader brought along is of no use (Invalid).
func Verify(r io.Reader, trust Trust) (Report, error) {
	v := verifier{lines: newLines(r), trust: trust, seq: -1}
	if len(trust.Keys) == 0 {
		return Report{}, fault.New(fault.Invalid, "nothing can be verified without a key")
	}
	if trust.Checkpoint != nil {
		var err error
		if v.own, err = proof.ReadCheckpoint(trust.Checkpoint); err != nil {
			return Report{}, fault.Wrap(fault.Invalid, "your checkpoint cannot be read", err)
		}
		v.Own = &v.own
	}
	err := v.run()
	if wrong, ok := errors.AsType[*WrongError](err); ok {
		v.Wrong = wrong
		return v.Report, nil
	}
	return v.Report, err
}

func (v *verifier) run() error {
	for _, step := range []func() error{v.first, v.records, v.rest, v.manifest, v.end} {
		if err := step(); err != nil {
			return err
		}
	}
	v.conclude()
	return nil
}

// wrong says what is, in the current line.
func (v *verifier) wrong(check Check, why string) error {
	return &WrongError{Line: v.lines.number, Seq: v.seq, Check: check, Why: why}
}

// read returns the next line. A file that ends too soon is wrong.
func (v *verifier) read() ([]byte, error) {
	line, err := v.lines.read()
	switch {
	case errors.Is(err, errEnd), errors.Is(err, errTorn):
		return nil, v.wrong(EndCheck, err.Error())
	case errors.Is(err, errLong):
		return nil, v.wrong(FormCheck, err.Error())
	}
	return line, err
}

// first reads the header.
func (v *verifier) first() error {
	line, err := v.read()
	if err != nil {
		return err
	}
	if v.header, err = readHeader(line); err != nil {
		return v.wrong(FormCheck, "it is no header of "+Format)
	}
	h := &v.header
	if err := v.origin(); err != nil {
		return err
	}
	if v.keys, err = succeed(v.trust.Keys, h.Origin, h.Successions); err != nil {
		return v.wrong(SuccessionCheck, fault.Public(err))
	}
	if err := v.checkpoint(); err != nil {
		return err
	}
	if v.Own != nil {
		if _, _, _, err := openNote(string(v.trust.Checkpoint), v.keys); err != nil {
			return fault.Newf(fault.Invalid, "your checkpoint is of no use: %s", fault.Public(err))
		}
	}
	v.Origin, v.From, v.To, v.Filter, v.Disclosure, v.Produced = h.Origin, h.From, h.To, h.Filter, h.Disclosure, h.Produced
	v.OriginKnown, v.Asked = v.trust.Origin != "" || v.Own != nil, v.trust.Asked
	return v.left()
}

// checkpoint opens the header's.
func (v *verifier) checkpoint() error {
	h := &v.header
	note, _, by, err := openNote(string(h.Checkpoint), v.keys)
	if err != nil {
		return v.wrong(CheckpointCheck, fault.Public(err))
	}
	if v.Checkpoint, err = proof.ReadCheckpoint([]byte(note + "\n")); err != nil || v.Checkpoint.Origin != h.Origin {
		return v.wrong(CheckpointCheck, "the checkpoint is of another log than the file, or none")
	}
	if v.inForce = inForce(by, v.keys, h.Successions); len(v.inForce) == 0 {
		return v.wrong(CheckpointCheck, "the key that the successions end with has not signed it")
	}
	if v.Checkpoint.At.Sub(h.Produced.Truncate(time.Millisecond)) > slack {
		return v.wrong(CheckpointCheck, "the file says that it is older than the checkpoint in it")
	}
	return nil
}

// origin compares whose log this is with whose it has to be.
func (v *verifier) origin() error {
	h := &v.header
	if suffix := proof.Origin("", h.Org); len(h.Origin) <= len(suffix) || h.Origin[len(h.Origin)-len(suffix):] != suffix {
		return v.wrong(OriginCheck, "the log is not that of the organization")
	}
	if v.trust.Origin != "" && h.Origin != v.trust.Origin {
		return v.wrong(OriginCheck, "the file is of another log than the one you asked for")
	}
	if v.Own != nil && h.Origin != v.own.Origin {
		return v.wrong(OriginCheck, "the file is of another log than your checkpoint")
	}
	return v.question()
}

// left begins the tree with what lies left of the range.
func (v *verifier) left() error {
	before, after, err := Plan(v.From, v.To, v.Checkpoint.Size, v.header.Stops)
	if err != nil || len(before) != len(v.header.Before) {
		return v.wrong(FormCheck, "the range, the stops and the subtrees do not fit the checkpoint")
	}
	v.after, v.needed = after, v.Filter.Fields()
	v.history = history{target: v.own.Size, watched: v.Own != nil, others: v.trust.Others, met: map[int]bool{}}
	v.history.look()
	for i, s := range before {
		v.history.subtree(s, v.header.Before[i])
	}
	return nil
}

// records reads the lines of the range.
func (v *verifier) records() error {
	for v.seq = v.From; v.seq < v.To; v.seq++ {
		line, err := v.read()
		if err != nil {
			return err
		}
		r, err := readRecord(line, v.fields[:0])
		if err != nil {
			return v.wrong(FormCheck, "it is no line of a record")
		}
		if r.Seq != v.seq {
			return v.wrong(OrderCheck, fmt.Sprintf("the line is of record %d", r.Seq))
		}
		if err := v.record(r); err != nil {
			return err
		}
		v.history.leaf(r.Leaf)
		v.fields = r.Fields
	}
	v.seq = -1
	return nil
}

// record looks into one.
func (v *verifier) record(r proof.Record) error {
	if len(r.Fields) == 0 {
		if v.Disclosure == FilterFields || v.Filter.IsZero() {
			return v.wrong(FilterCheck, "nothing of the record is told, so that the filter cannot be run")
		}
		return nil
	}
	leaf, err := r.Recomputed(v.header.Org)
	if err != nil {
		return v.wrong(FormCheck, "it is no line of a record")
	}
	if leaf != r.Leaf {
		return v.wrong(LeafCheck, "the fields do not make the record's leaf")
	}
	if why := v.times.see(r, v.seq == v.From); why != "" {
		return v.wrong(TimeCheck, why)
	}
	if v.trust.See != nil {
		v.trust.See(r)
	}
	answer := v.Tally.count(v.Filter, r)
	if answer == filter.No && v.Disclosure == MatchesOnly {
		return v.wrong(FilterCheck, "the record does not match, and is told of")
	}
	for _, name := range v.needed {
		if _, open := find(r.Fields, name); !open && lasting(name) && v.Disclosure == FilterFields {
			return v.wrong(FilterCheck, name+" is closed, which the filter needs and no erasure takes")
		}
	}
	return nil
}
