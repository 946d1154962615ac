package wire

import (
	"bytes"
	"io"
)

// lineReader cuts what it reads at CR, LF or both, in memory for one line. A
// line is complete at its CR: nobody waits for the LF.
type lineReader struct {
	r   io.Reader
	max int // bytes of a line

	buf     []byte
	from    int  // where the line begins
	seen    int  // up to where it is known to go on
	skipLF  bool // the line before ended with CR
	failure error
}

const (
	smallestBuffer = 4 << 10
	largestKept    = 64 << 10 // by a reader that waits
	mostEmptyReads = 100
)

// pending reports whether part of a line has been read.
func (l *lineReader) pending() bool { return l.from < len(l.buf) }

// next returns the next line without its end, valid until the following call.
func (l *lineReader) next() ([]byte, error) {
	for {
		if l.skipLF && l.from < len(l.buf) {
			if l.buf[l.from] == '\n' {
				l.from++
				l.seen = l.from
			}
			l.skipLF = false
		}
		if i := bytes.IndexAny(l.buf[l.seen:], "\r\n"); i >= 0 {
			return l.cut(l.seen + i)
		}
		l.seen = len(l.buf)
		if l.seen-l.from > l.max {
			return nil, tooLargeEvent(l.max)
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

// cut ends the line at end.
func (l *lineReader) cut(end int) ([]byte, error) {
	line := l.buf[l.from:end]
	if len(line) > l.max {
		return nil, tooLargeEvent(l.max)
	}
	l.skipLF = l.buf[end] == '\r'
	l.from, l.seen = end+1, end+1
	return line, nil
}

// fill reads what there is, at least one byte.
func (l *lineReader) fill() error {
	if l.failure != nil {
		return l.failure
	}
	l.makeRoom()
	for range mostEmptyReads {
		n, err := l.r.Read(l.buf[len(l.buf):cap(l.buf)])
		l.buf = l.buf[:len(l.buf)+n]
		l.failure = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	l.failure = io.ErrNoProgress
	return l.failure
}

// makeRoom frees at least one byte behind what has been read. A byte moves to
// the front once at most, and otherwise only when the buffer doubles.
func (l *lineReader) makeRoom() {
	rest := l.buf[l.from:]
	switch {
	case len(rest) == 0 && cap(l.buf) > largestKept:
		l.buf = nil
	case len(l.buf) < cap(l.buf):
		return
	case l.from > 0:
		l.buf = l.buf[:copy(l.buf, rest)]
	}
	if len(l.buf) == cap(l.buf) {
		grown := make([]byte, len(l.buf), max(smallestBuffer, min(2*cap(l.buf), l.max+smallestBuffer)))
		copy(grown, l.buf)
		l.buf = grown
	}
	l.seen -= l.from
	l.from = 0
}
