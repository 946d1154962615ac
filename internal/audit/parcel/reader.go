package parcel

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// reader reads a package from its beginning to its end, once.
type reader struct {
	in     *bufio.Reader
	offset int64
	all    []entry
	sums   bytes.Buffer
}

func newReader(in io.Reader) *reader { return &reader{in: bufio.NewReaderSize(in, 64<<10)} }

// member has take read the next member, which has to be the one of that name, and goes on
// to its end.
func (r *reader) member(name string, take func(io.Reader) error) error {
	e, err := r.header(name)
	if err != nil {
		return err
	}
	crc, digest, rest := crc32.NewIEEE(), sha256.New(), &io.LimitedReader{R: r.in, N: int64(e.size)}
	err = take(io.TeeReader(rest, io.MultiWriter(crc, digest)))
	if _, own := errors.AsType[*WrongError](err); err != nil && !own {
		return err
	}
	if _, ended := io.Copy(io.MultiWriter(crc, digest), rest); ended != nil {
		return fmt.Errorf("read %s: %w", name, ended)
	}
	if err != nil { // the first thing wrong
		return err
	}
	switch {
	case rest.N > 0:
		return wrong(name, "the package ends within it")
	case crc.Sum32() != e.crc:
		return wrong(name, "it is damaged: its checksum (CRC-32) is another")
	}
	r.offset += int64(len(e.local())) + int64(e.size)
	r.all = append(r.all, e)
	_, _ = fmt.Fprintf(&r.sums, "%x  %s\n", digest.Sum(nil), name)
	return nil
}

// header reads what stands before a member, which may be spelled in one way only.
func (r *reader) header(name string) (entry, error) {
	e := entry{name: name, offset: uint32(r.offset)} //nolint:gosec // most keeps it below
	raw, err := r.take(localSize)
	if err != nil {
		return e, r.instead(name, err)
	}
	if binary.LittleEndian.Uint32(raw) != localSignature {
		return e, r.missing(name, raw)
	}
	e.crc, e.size = binary.LittleEndian.Uint32(raw[14:]), binary.LittleEndian.Uint32(raw[18:])
	given, err := r.take(int(binary.LittleEndian.Uint16(raw[26:])))
	if err != nil {
		return e, r.instead(name, err)
	}
	switch {
	case string(given) != name:
		return e, wrong(name, fmt.Sprintf("%.80q stands where it belongs: a file was added, dropped, renamed or moved", given))
	case binary.LittleEndian.Uint16(raw[8:]) != 0:
		return e, wrong(name, "it is compressed, which no file of a package is; it is not read, because nobody knows how much it would become")
	case int64(e.size) > most(name):
		return e, wrong(name, fmt.Sprintf("it says that it has %d bytes, which is more than it may have", e.size))
	case !bytes.Equal(e.local(), append(bytes.Clone(raw), given...)):
		return e, wrong(name, "what the ZIP says of it is not what it says in a package: programs could unpack it to something else")
	}
	return e, nil
}

// take returns the next bytes.
func (r *reader) take(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(r.in, b)
	return b, err
}

func (r *reader) instead(name string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return wrong(name, "the package ends where it belongs")
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// missing says what else stands where a member belongs.
func (r *reader) missing(name string, raw []byte) error {
	if len(r.all) == 0 {
		return wrong(name, "the file does not begin as a package does")
	}
	if s := binary.LittleEndian.Uint32(raw); s == centralSignature || s == endSignature {
		return wrong(name, "it is missing")
	}
	return wrong(name, "something that is no file stands where it belongs")
}

// end compares the directory with what it has to be, and sees to it that nothing follows.
func (r *reader) end() error {
	want, err := directory(r.all, r.offset)
	if err != nil {
		return err
	}
	is, err := io.ReadAll(io.LimitReader(r.in, int64(len(want))+1))
	switch {
	case err != nil:
		return fmt.Errorf("read directory: %w", err)
	case len(is) >= localSize && binary.LittleEndian.Uint32(is) == localSignature:
		return wrong("", "a file follows the last one of a package: it was added")
	case !bytes.Equal(is, want):
		return wrong("", "the ZIP's directory does not list the files that are in it, or something follows it: programs could unpack something else")
	}
	return nil
}

// WrongError is the first thing wrong with a package.
type WrongError struct {
	Member string // empty: the package itself
	Why    string
}

// Error tells it in one line.
func (w *WrongError) Error() string {
	if w.Member == "" {
		return "package: " + w.Why
	}
	return w.Member + ": " + w.Why
}

func wrong(member, why string) error { return &WrongError{member, why} }
