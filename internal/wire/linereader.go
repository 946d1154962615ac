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
	cr, lf  int  // where the next of each stands, or up to where there is none
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
			}
			l.skipLF = false
		}
		l.cr, l.lf = l.find('\r', l.cr), l.find('\n', l.lf)
		if end := min(l.cr, l.lf); end < len(l.buf) {
			return l.cut(end)
		}
		if len(l.buf)-l.from > l.max {
			return nil, tooLargeEvent(l.max)
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

// find returns where the next c stands in the line or behind it, or the end of
// what has been read. There is none between the line's beginning and known: no
// byte is looked at twice.
func (l *lineReader) find(c byte, known int) int {
	start := max(known, l.from)
	i := bytes.IndexByte(l.buf[start:], c)
	if i < 0 {
		return len(l.buf)
	}
	return start + i
}

// cut ends the line at end.
func (l *lineReader) cut(end int) ([]byte, error) {
	line := l.buf[l.from:end]
	if len(line) > l.max {
		return nil, tooLargeEvent(l.max)
	}
	l.skipLF = l.buf[end] == '\r'
	l.from = end + 1
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
	l.cr, l.lf, l.from = l.cr-l.from, l.lf-l.from, 0
}
