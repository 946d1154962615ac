package evidence

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"gatehouse/internal/audit/proof"
)

// lines reads a file line by line, and keeps the digest of those before the current.
type lines struct {
	in     *bufio.Reader
	digest hash.Hash
	number int64 // of the current line, from 1
	line   []byte
}

func newLines(r io.Reader) *lines {
	return &lines{in: bufio.NewReaderSize(r, 64<<10), digest: sha256.New()}
}

var (
	errEnd  = errors.New("the file ends before its manifest")
	errTorn = errors.New("the file ends within a line")
	errLong = fmt.Errorf("the line is longer than %d bytes", MaxLine)
)

// read returns the next line without its end.
func (l *lines) read() ([]byte, error) {
	if l.number++; l.number > 1 {
		l.digest.Write(append(l.line, '\n'))
	}
	l.line = l.line[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		l.line = append(l.line, part...)
		switch {
		case err == nil:
			l.line = l.line[:len(l.line)-1]
			if len(l.line) > MaxLine {
				return nil, errLong
			}
			return l.line, nil
		case len(l.line) > MaxLine:
			return nil, errLong
		case errors.Is(err, io.EOF) && len(l.line) == 0:
			return nil, errEnd
		case errors.Is(err, io.EOF):
			return nil, errTorn
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("read evidence: %w", err)
		}
	}
}

// before returns the digest of the lines before the current one.
func (l *lines) before() (h proof.Hash) {
	l.digest.Sum(h[:0])
	return h
}

// ended reports whether nothing follows the current line.
func (l *lines) ended() (bool, error) {
	switch _, err := l.in.ReadByte(); {
	case errors.Is(err, io.EOF):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("read evidence: %w", err)
	}
	return false, nil
}
