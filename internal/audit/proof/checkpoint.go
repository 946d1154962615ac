package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Checkpoint commits to everything that an organization's log holds up to Size.
type Checkpoint struct {
	Origin string // names the log; see Origin
	Size   int64  // how many records
	Root   Hash   // of their tree
	At     time.Time
	Clock  Clock
}

// Clock says which clock a time is of, and how far the signer's own machine was
// ahead of it.
type Clock struct {
	Source string // a word
	Ahead  time.Duration
}

// Origin returns the name of an organization's log at a host. It never changes.
func Origin(host string, org tenants.ID) string {
	return host + "/organizations/" + org.String() + "/log"
}

// text returns what is signed: the body of a checkpoint (C2SP tlog-checkpoint), with
// one extension line that tells the time.
func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s %s %d\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]),
		c.At.UTC().Format(checkpointTime), c.Clock.Source, c.Clock.Ahead.Milliseconds())
}

// maxSize is the largest integer that every JSON reader keeps (RFC 8785 §3.2.2.3).
const maxSize = 1<<53 - 1

const checkpointTime = "2006-01-02T15:04:05.000Z"

// mostAhead bounds what a checkpoint says of a machine's clock: one that is further off
// is wrong by that much, and checkpoints say so.
const mostAhead = math.MaxInt32 * time.Millisecond

// Sign returns the checkpoint as a note, with a signature of each key. What could not be
// read back is Invalid, and not signed.
func (c Checkpoint) Sign(keys ...Signer) ([]byte, error) {
	c.Clock.Ahead = min(max(c.Clock.Ahead, -mostAhead), mostAhead)
	if _, err := readCheckpoint(c.text()); err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	signers := make([]note.Signer, len(keys))
	for i, k := range keys {
		signers[i] = k
	}
	signed, err := note.Sign(&note.Note{Text: c.text()}, signers...)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return signed, nil
}

// OpenCheckpoint reads a checkpoint that one of the keys has signed. One that none of
// them has, or that is none of this log, is Invalid, and the fault says which.
func OpenCheckpoint(signed []byte, origin string, keys ...Key) (Checkpoint, error) {
	list := make([]note.Verifier, len(keys))
	for i, k := range keys {
		list[i] = k
	}
	opened, err := note.Open(signed, note.VerifierList(list...))
	if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		return Checkpoint{}, fault.Newf(fault.Invalid, "no key that is trusted has signed the checkpoint; it bears signatures of: %s", signatories(unverified.Note))
	}
	if err != nil {
		return Checkpoint{}, fault.Wrap(fault.Invalid, "the checkpoint is no signed note, or a signature on it is wrong", err)
	}
	c, err := readCheckpoint(opened.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != origin {
		return Checkpoint{}, fault.Newf(fault.Invalid, "the checkpoint is of the log %.200q, not of %.200q", c.Origin, origin)
	}
	return c, nil
}

// ReadCheckpoint reads a checkpoint without asking who has signed it: for what is
// shown, never for what is relied on.
func ReadCheckpoint(signed []byte) (Checkpoint, error) {
	text := string(signed)
	if at := strings.LastIndex(text, "\n\n"); at >= 0 { // what is before it is what is signed
		text = text[:at]
	}
	return readCheckpoint(text + "\n")
}

func signatories(n *note.Note) string {
	var names []string
	for _, s := range n.UnverifiedSigs {
		names = append(names, fmt.Sprintf("%s+%08x", s.Name, s.Hash))
	}
	return strings.Join(names, ", ")
}

// readCheckpoint reads the canonical form only.
func readCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[4] != "" || lines[0] == "" {
		return c, fault.New(fault.Invalid, "a checkpoint has four lines: origin, size, root and time")
	}
	c.Origin = lines[0]
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 || c.Size > maxSize || strconv.FormatInt(c.Size, 10) != lines[1] {
		return Checkpoint{}, fault.Newf(fault.Invalid, "the size of a checkpoint is a number, not %.40q", lines[1])
	}
	if c.Root, err = ParseHash(lines[2]); err != nil {
		return Checkpoint{}, fault.Wrap(fault.Invalid, "the root of a checkpoint is 32 bytes in base64", err)
	}
	words := strings.Split(lines[3], " ")
	if len(words) != 4 || words[0] != "time" {
		return Checkpoint{}, fault.New(fault.Invalid, "the fourth line of a checkpoint is the word time, an instant, a clock, and milliseconds")
	}
	ahead, err := strconv.ParseInt(words[3], 10, 32)
	if err != nil {
		return Checkpoint{}, fault.Newf(fault.Invalid, "%.40q is no number of milliseconds", words[3])
	}
	if c.At, err = time.Parse(checkpointTime, words[1]); err != nil {
		return Checkpoint{}, fault.Newf(fault.Invalid, "%.40q is no instant of a checkpoint", words[1])
	}
	c.Clock = Clock{Source: words[2], Ahead: time.Duration(ahead) * time.Millisecond}
	if c.text() != text {
		return Checkpoint{}, fault.New(fault.Invalid, "the checkpoint is not in its canonical form")
	}
	return c, nil
}
