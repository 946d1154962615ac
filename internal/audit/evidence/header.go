package evidence

import (
	"encoding/base64"
	"strconv"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Format is what every file says of itself first.
const Format = "gatehouse evidence v1"

// Disclosure says what a file opens of the records of its range that do not match.
type Disclosure string

// The disclosures.
const (
	FilterFields Disclosure = "filter"  // the filter's fields: a verifier runs it again, and sees that nothing is missing
	MatchesOnly  Disclosure = "matches" // nothing: that nothing is missing is not proven
)

// Header is the first line of a file.
type Header struct {
	Origin      string // of the log; see proof.Origin
	Org         tenants.ID
	From, To    int64 // the records From..To-1 have a line each
	Filter      filter.Filter
	Disclosure  Disclosure
	Checkpoint  []byte             // the log's newest when the export began
	Successions []proof.Succession // the oldest first, of keys that have signed checkpoints
	Stops       []int64            // sizes beside the range that the reader can compare an own checkpoint at; ascending
	Before      []proof.Hash       // of the subtrees left of the range; see Plan
	Produced    time.Time          // when the export began; to the microsecond
}

// What bounds a header.
const (
	MaxStops       = 64
	maxSuccessions = 256
	maxText        = 256 // of a producer
)

// append appends the line, which has no end.
func (h *Header) append(dst []byte) []byte {
	dst = appendHashes(append(dst, `{"before":`...), h.Before)
	dst = appendText(append(dst, `,"checkpoint":`...), string(h.Checkpoint))
	dst = h.appendScope(append(dst, ',')) // disclosure, filter
	dst = appendText(append(dst, `,"format":`...), Format)
	dst = strconv.AppendInt(append(dst, `,"from":`...), h.From, 10)
	dst = appendText(append(dst, `,"org":`...), h.Org.String())
	dst = appendText(append(dst, `,"origin":`...), h.Origin)
	dst = appendText(append(dst, `,"produced":`...), instant(h.Produced))
	dst = appendList(append(dst, `,"stops":`...), len(h.Stops), func(dst []byte, i int) []byte { return strconv.AppendInt(dst, h.Stops[i], 10) })
	dst = appendList(append(dst, `,"successions":`...), len(h.Successions), func(dst []byte, i int) []byte {
		s := h.Successions[i]
		dst = appendText(append(dst, `{"from":`...), s.From.String())
		dst = appendBytes(append(dst, `,"signature":`...), s.Signature)
		return append(appendText(append(dst, `,"to":`...), s.To.String()), '}')
	})
	return append(strconv.AppendInt(append(dst, `,"to":`...), h.To, 10), '}')
}

func (h *Header) appendScope(dst []byte) []byte {
	dst = appendText(append(dst, `"disclosure":`...), string(h.Disclosure))
	return h.Filter.AppendJSON(append(dst, `,"filter":`...))
}

func instant(t time.Time) string { return t.UTC().Format(filter.Layout) }

// readHeader reads what append writes, and says nothing about whether it is true.
func readHeader(line []byte) (h Header, err error) {
	c := cursor{rest: line}
	c.want(`{"before":`)
	h.Before = c.hashes()
	c.want(`,"checkpoint":`)
	h.Checkpoint = []byte(c.text())
	c.want(`,"disclosure":`)
	h.Disclosure = Disclosure(c.text())
	c.want(`,"filter":`)
	asked := c.raw()
	c.want(`,"format":"` + Format + `","from":`)
	h.From = c.integer()
	c.want(`,"org":`)
	org := c.text()
	c.want(`,"origin":`)
	h.Origin = c.text()
	c.want(`,"produced":`)
	produced := c.text()
	c.want(`,"stops":`)
	c.list(func() { h.Stops = append(h.Stops, c.integer()) })
	c.want(`,"successions":`)
	c.list(func() { h.Successions = append(h.Successions, c.succession()) })
	c.want(`,"to":`)
	h.To = c.integer()
	c.want("}")
	if err := c.err(); err != nil {
		return Header{}, err
	}
	if h.Filter, err = filter.Parse(asked); err != nil {
		return Header{}, err
	}
	if h.Org, err = tenants.ParseID(org); err != nil || h.Org.String() != org {
		return Header{}, errForm
	}
	if h.Produced, err = parseInstant(produced); err != nil {
		return Header{}, err
	}
	return h, h.validate()
}

// validate says what no header can be.
func (h *Header) validate() error {
	switch {
	case h.Disclosure != FilterFields && h.Disclosure != MatchesOnly:
		return fault.New(fault.Invalid, "a file discloses the filter's fields or the matches only")
	case h.From < 0 || h.To < h.From:
		return fault.New(fault.Invalid, "the range ends before it begins")
	case len(h.Stops) > MaxStops || len(h.Successions) > maxSuccessions:
		return fault.Newf(fault.Invalid, "a file has at most %d stops and %d successions", MaxStops, maxSuccessions)
	}
	return h.Filter.Validate()
}

func (c *cursor) succession() (s proof.Succession) {
	c.want(`{"from":`)
	s.From = c.key()
	c.want(`,"signature":`)
	text := c.text()
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	c.bad = c.bad || err != nil || base64.StdEncoding.EncodeToString(raw) != text
	s.Signature = raw
	c.want(`,"to":`)
	s.To = c.key()
	c.want("}")
	return s
}

// key reads a key in the one spelling that proof.NewKey gives it.
func (c *cursor) key() proof.Key {
	text := c.text()
	if c.bad {
		return proof.Key{}
	}
	k, err := proof.ParseKey(text)
	if err == nil {
		again, wrong := proof.NewKey(k.Name(), k.Public())
		if wrong == nil && again.String() == text {
			return k
		}
	}
	c.bad = true
	return proof.Key{}
}

// parseInstant reads an instant of the one width that instants have.
func parseInstant(text string) (time.Time, error) {
	t, err := time.Parse(filter.Layout, text)
	if err != nil || instant(t) != text || t.Year() < 1970 {
		return time.Time{}, errForm
	}
	return t, nil
}
