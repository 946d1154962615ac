package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Event is one event of a stream of server-sent events.
type Event struct {
	ID    string        // the last one that the stream has given, also with an earlier event
	Name  string        // the type: "message" unless the stream gives one
	Data  []byte        // belongs to the caller; empty for an event that only gives an ID
	Retry time.Duration // what the stream last asked to wait before connecting again; 0: nothing
}

// ErrEventTooLarge is in the chain of the error about an event or a comment
// that is larger than a reader allows.
var ErrEventTooLarge = errors.New("an event of the stream is too large")

// EventReader reads a stream of server-sent events as the WHATWG says
// (HTML, "Server-sent events", "Interpreting an event stream"): lines end with
// CR, LF or both, a byte order mark may stand in front, comments and unknown
// fields are skipped, an event that the stream's end cuts off is none. An event
// is returned as soon as its empty line has begun to arrive.
//
// It keeps at most two events in memory, and its work is linear in what it
// reads. It is not safe for concurrent use.
type EventReader struct {
	lines lineReader
	begun bool // the first line, which may hold a byte order mark, is behind us
	max   int
	err   error // sticks

	id    string
	retry time.Duration

	// Of the event that is being read.
	size int // of all its lines
	name string
	data []byte // every line of data, each with a line feed; nil: none
}

// NewEventReader returns a reader of r that refuses an event of which all lines
// together, or a comment that by itself, has more than maxEvent bytes.
func NewEventReader(r io.Reader, maxEvent int) *EventReader {
	return &EventReader{lines: lineReader{r: r, max: maxEvent}, max: maxEvent}
}

// ID returns the last ID that the stream has given, also outside an event.
func (r *EventReader) ID() string { return r.id }

// Retry returns what the stream last asked to wait before connecting again, also
// outside an event; 0 if it has not.
func (r *EventReader) Retry() time.Duration { return r.retry }

// Next returns the next event. At the end of the stream the error is io.EOF, and
// io.ErrUnexpectedEOF if that cuts off an event; otherwise it is the reader's own
// or has ErrEventTooLarge in its chain. After an error there is nothing more.
func (r *EventReader) Next() (Event, error) {
	for r.err == nil {
		line, err := r.lines.next()
		if err != nil {
			r.err = r.ending(err)
			break
		}
		if !r.begun {
			line, r.begun = bytes.TrimPrefix(line, []byte("\uFEFF")), true
		}
		if len(line) > 0 {
			r.err = r.take(line)
			continue
		}
		if event, ok := r.dispatch(); ok {
			return event, nil
		}
	}
	return Event{}, r.err
}

// ending says what it means that no further line can be read.
func (r *EventReader) ending(err error) error {
	if errors.Is(err, io.EOF) && (r.size > 0 || r.lines.pending()) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// dispatch ends the event that is being read; without data it was none.
func (r *EventReader) dispatch() (Event, bool) {
	event := Event{ID: r.id, Name: r.name, Retry: r.retry}
	data := r.data
	r.size, r.name, r.data = 0, "", nil
	if data == nil {
		return Event{}, false
	}
	if event.Name == "" {
		event.Name = "message"
	}
	event.Data = data[:len(data)-1] // without the last line feed
	return event, true
}

// take reads a line that is not empty.
func (r *EventReader) take(line []byte) error {
	if line[0] == ':' {
		return nil
	}
	if r.size += len(line) + 1; r.size > r.max {
		return tooLargeEvent(r.max)
	}
	field, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(field) {
	case "data":
		r.data = append(append(r.data, value...), '\n')
	case "event":
		r.name = string(value)
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			r.id = string(value)
		}
	case "retry":
		r.readRetry(value)
	}
	return nil
}

// longestRetry is a day: who asks for more is not asked again anyway.
const longestRetry = 24 * time.Hour

// readRetry takes nothing but digits, as milliseconds.
func (r *EventReader) readRetry(value []byte) {
	for _, c := range value {
		if !isDigit(c) {
			return
		}
	}
	if len(value) == 0 {
		return
	}
	milliseconds, err := strconv.ParseUint(string(value), 10, 32)
	r.retry = min(time.Duration(milliseconds)*time.Millisecond, longestRetry)
	if err != nil { // more than 32 bits
		r.retry = longestRetry
	}
}

func tooLargeEvent(limit int) error {
	return fmt.Errorf("%w: more than %d bytes", ErrEventTooLarge, limit)
}
