package parcel

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io"

	"gatehouse/internal/fault"
)

// Writer writes a package. The same members make the same bytes. It is for one goroutine.
type Writer struct {
	out    io.WriteSeeker
	offset int64
	all    []entry
	sums   bytes.Buffer
}

// NewWriter returns one that begins at the beginning of out.
func NewWriter(out io.WriteSeeker) *Writer { return &Writer{out: out} }

// Add writes the next member, which fill fills. A member out of its turn, or longer than
// it may be, is Invalid.
func (w *Writer) Add(name string, fill func(io.Writer) error) error {
	if next := Members()[len(w.all)]; name != next || name == Sums {
		return fault.Newf(fault.Invalid, "%s is written where %s belongs", name, next)
	}
	return w.add(name, fill)
}

// Put writes the next member from memory.
func (w *Writer) Put(name string, content []byte) error {
	return w.Add(name, func(out io.Writer) error {
		_, err := out.Write(content)
		return err
	})
}

// AddExport writes the export, which fill fills, and what its manifest says beside it.
func (w *Writer) AddExport(fill func(io.Writer) error) error {
	last := &lastLine{}
	err := w.Add(Export, func(out io.Writer) error { return fill(io.MultiWriter(out, last)) })
	if err != nil {
		return err
	}
	text, err := last.manifest()
	if err != nil {
		return fault.Wrap(fault.Upstream, "the export has no manifest", err)
	}
	return w.Put(Manifest, []byte(text))
}

// Close writes the last member and the directory. It does not close out.
func (w *Writer) Close() error {
	if Members()[len(w.all)] != Sums {
		return fault.Newf(fault.Invalid, "the package ends where %s belongs", Members()[len(w.all)])
	}
	sums := bytes.Clone(w.sums.Bytes())
	err := w.add(Sums, func(out io.Writer) error {
		_, err := out.Write(sums)
		return err
	})
	if err != nil {
		return err
	}
	end, err := directory(w.all, w.offset)
	if err == nil {
		_, err = w.out.Write(end)
	}
	return err
}

func (w *Writer) add(name string, fill func(io.Writer) error) error {
	e := entry{name: name, offset: uint32(w.offset)} //nolint:gosec // most keeps it below
	if _, err := w.out.Write(e.local()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	m := &measured{out: w.out, left: most(name)}
	digest := sha256.New()
	if err := fill(io.MultiWriter(m, digest)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	e.crc, e.size = m.crc, uint32(m.size) //nolint:gosec // most keeps it below
	if _, err := w.out.Seek(w.offset, io.SeekStart); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := w.out.Write(e.local()); err != nil { // now that its length is known
		return fmt.Errorf("write %s: %w", name, err)
	}
	at, err := w.out.Seek(m.size, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	w.offset, w.all = at, append(w.all, e)
	_, _ = fmt.Fprintf(&w.sums, "%x  %s\n", digest.Sum(nil), name) // as sha256sum writes it
	return nil
}

// measured measures what passes.
type measured struct {
	out        io.Writer
	crc        uint32
	size, left int64
}

func (m *measured) Write(p []byte) (int, error) {
	if m.left -= int64(len(p)); m.left < 0 {
		return 0, fault.New(fault.Invalid, "it is longer than a package has room for; ask for a shorter time, or for fewer tools")
	}
	n, err := m.out.Write(p)
	m.crc = crc32.Update(m.crc, crc32.IEEETable, p[:n])
	m.size += int64(n)
	return n, err
}
