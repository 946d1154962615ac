package evidence

import (
	"errors"
	"io"

	"gatehouse/internal/audit/proof"
)

// Read calls each with every record of a file, as far as the file tells of it, and
// returns the header. It checks the form and proves nothing: whoever relies on what a
// file says has verified it.
func Read(r io.Reader, each func(proof.Record) error) (Header, error) {
	in := newLines(r)
	line, err := in.read()
	if err != nil {
		return Header{}, err
	}
	h, err := readHeader(line)
	if err != nil {
		return h, err
	}
	var fields []proof.Field
	for seq := h.From; seq < h.To; seq++ {
		if line, err = in.read(); err != nil {
			return h, err
		}
		record, err := readRecord(line, fields[:0])
		if err == nil && record.Seq != seq {
			err = errors.New("the records are not in order")
		}
		if err != nil {
			return h, err
		}
		if err := each(record); err != nil {
			return h, err
		}
		fields = record.Fields
	}
	return h, nil
}
