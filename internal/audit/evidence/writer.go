package evidence

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// Writer writes a file. The same header, records, producer and key make the same bytes.
// It is for one goroutine.
type Writer struct {
	out        *bufio.Writer
	digest     hash.Hash
	header     Header
	checkpoint proof.Checkpoint
	after      int // how many subtrees lie right of the range
	next       int64
	needed     []string
	tally      Tally
	line       []byte
	fields     []proof.Field
}

// NewWriter writes the first line. A header that no file can have is Invalid.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	checkpoint, err := proof.ReadCheckpoint(h.Checkpoint)
	if err != nil {
		return nil, err
	}
	if err := h.validate(); err != nil {
		return nil, err
	}
	if checkpoint.Origin != h.Origin {
		return nil, fault.New(fault.Invalid, "the checkpoint is of another log than the header")
	}
	before, after, err := Plan(h.From, h.To, checkpoint.Size, h.Stops)
	if err != nil {
		return nil, err
	}
	if len(before) != len(h.Before) {
		return nil, fault.Newf(fault.Invalid, "the header has %d subtrees left of the range, not %d", len(h.Before), len(before))
	}
	digest := sha256.New()
	x := &Writer{
		out: bufio.NewWriterSize(w, 64<<10), digest: digest, header: h, checkpoint: checkpoint, after: len(after), next: h.From,
		needed: h.Filter.Fields(),
	}
	return x, x.put(h.append(nil))
}

// Write writes the next record of the range, opening as much as the disclosure says: of a
// record that matches, whatever has a value; of any other, what the filter needs, or
// nothing. It writes down what it is given, true or not: of a record without fields,
// which nobody could read, its leaf. Records out of order are Invalid.
func (w *Writer) Write(r proof.Record) error {
	if r.Seq != w.next || r.Seq >= w.header.To {
		return fault.Newf(fault.Invalid, "record %d is written where record %d of %d..%d belongs", r.Seq, w.next, w.header.From, w.header.To)
	}
	w.next++
	if len(r.Fields) == 0 {
		w.line = appendBare(w.line[:0], r)
		return w.put(w.line)
	}
	answer := w.tally.count(w.header.Filter, r)
	switch {
	case answer == filter.Yes:
		w.line = appendRecord(w.line[:0], r)
	case answer == filter.No && w.header.Disclosure == MatchesOnly:
		w.line = appendBare(w.line[:0], r)
	default:
		w.line = appendRecord(w.line[:0], w.reduced(r))
	}
	return w.put(w.line)
}

// reduced closes what the filter does not need.
func (w *Writer) reduced(r proof.Record) proof.Record {
	w.fields = append(w.fields[:0], r.Fields...)
	r.Fields = w.fields
	for i := range r.Fields {
		if _, needed := slices.BinarySearch(w.needed, r.Fields[i].Name); !needed {
			r.Fields[i] = r.Fields[i].Closed()
		}
	}
	return r
}

// Close writes what lies right of the range, and the manifest, signed with a key that
// the header's checkpoint bears a signature of. It does not close the io.Writer. A
// range that is not complete is Invalid.
func (w *Writer) Close(after []proof.Hash, producer string, key note.Signer) (Manifest, error) {
	if w.next != w.header.To || len(after) != w.after || len(producer) > maxText {
		return Manifest{}, fault.Newf(fault.Invalid, "the file ends at record %d of %d..%d, with %d subtrees right of it, not %d",
			w.next, w.header.From, w.header.To, len(after), w.after)
	}
	if err := w.put(append(appendHashes([]byte(`{"after":`), after), '}')); err != nil {
		return Manifest{}, err
	}
	m := manifestOf(&w.header, w.checkpoint, w.tally)
	m.Producer = producer
	w.digest.Sum(m.Digest[:0])
	signed, err := note.Sign(&note.Note{Text: m.text()}, key)
	if err != nil {
		return Manifest{}, fmt.Errorf("sign manifest: %w", err)
	}
	if err := w.put(append(appendText([]byte(`{"manifest":`), string(signed)), '}')); err != nil {
		return Manifest{}, err
	}
	return m, w.out.Flush()
}

// put writes a line.
func (w *Writer) put(line []byte) error {
	if len(line) > MaxLine {
		return fault.Newf(fault.Invalid, "a line has %d bytes; a file's have at most %d", len(line), MaxLine)
	}
	w.digest.Write(line)
	w.digest.Write([]byte{'\n'})
	if _, err := w.out.Write(line); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	if err := w.out.WriteByte('\n'); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	return nil
}
