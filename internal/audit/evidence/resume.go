package evidence

import (
	"bufio"
	"crypto/sha256"
	"encoding"
	"encoding/json"
	"fmt"
	"io"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// suspended is how far a Writer has come.
type suspended struct {
	Next   int64  `json:"next"`
	Tally  Tally  `json:"tally"`
	Digest []byte `json:"digest"` // the state of SHA-256, which holds up to 63 bytes of the last line
}

// Suspend writes what is still held back, and returns how Resume goes on. What it
// returns tells as much as the end of the file so far: whoever keeps it encrypts it.
func (w *Writer) Suspend() ([]byte, error) {
	if err := w.out.Flush(); err != nil {
		return nil, fmt.Errorf("write evidence: %w", err)
	}
	state, is := w.digest.(encoding.BinaryMarshaler)
	if !is {
		return nil, fault.New(fault.Internal, "the digest of evidence cannot be kept")
	}
	digest, err := state.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("keep digest: %w", err)
	}
	return json.Marshal(suspended{w.next, w.tally, digest})
}

// Resume returns a Writer that goes on where one with the same header was suspended, as
// if it had not been. What Suspend has not returned is Invalid.
func Resume(out io.Writer, h Header, state []byte) (*Writer, error) {
	var s suspended
	if err := json.Unmarshal(state, &s); err != nil {
		return nil, fault.Wrap(fault.Invalid, "the state of the evidence cannot be read", err)
	}
	if s.Next < h.From || s.Next > h.To {
		return nil, fault.New(fault.Invalid, "the state of the evidence is of another file")
	}
	checkpoint, err := proof.ReadCheckpoint(h.Checkpoint)
	if err != nil {
		return nil, err
	}
	_, after, err := Plan(h.From, h.To, checkpoint.Size, h.Stops)
	if err != nil {
		return nil, err
	}
	digest := sha256.New()
	kept, is := digest.(encoding.BinaryUnmarshaler)
	if !is {
		return nil, fault.New(fault.Internal, "the digest of evidence cannot be kept")
	}
	if err := kept.UnmarshalBinary(s.Digest); err != nil {
		return nil, fault.Wrap(fault.Invalid, "the state of the evidence cannot be read", err)
	}
	return &Writer{
		out: bufio.NewWriterSize(out, 64<<10), digest: digest, header: h, checkpoint: checkpoint, after: len(after), next: s.Next,
		needed: h.Filter.Fields(), tally: s.Tally,
	}, nil
}

// Flush writes what is still held back.
func (w *Writer) Flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	return nil
}

// Matched is how many records have matched so far.
func (w *Writer) Matched() int64 { return w.tally.Matched }
