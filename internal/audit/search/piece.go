package search

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Place is how far somebody has come who makes the content of an export piece by piece.
// The zero Place is before its beginning.
type Place struct {
	Next    int64  `json:"next"`    // the first record that was not looked at
	Records int64  `json:"records"` // those that matched
	Begun   bool   `json:"begun"`
	Done    bool   `json:"done"`            // nothing is left
	State   []byte `json:"state,omitempty"` // of evidence; as confidential as the content
}

// Portion bounds a piece: it ends behind the record with which it has so many bytes, or
// so many records were looked at.
type Portion struct{ Bytes, Rows int }

// errGone is of an export whose records retention has removed.
var errGone = fault.New(fault.NotFound, "records of the export are gone from the log, because their time was over; ask for another export")

// Piece returns what follows a place in the content of an export, and the place behind
// it. The pieces, one after the other, are the bytes that Content.Write writes, wherever
// they end. What is gone from the log since is NotFound. It asks nobody whether the
// export may be had: whoever decided it has it on record.
func (r *Reader) Piece(ctx context.Context, org tenants.ID, x Export, at Place, most Portion) (body []byte, next Place, err error) {
	l, err := r.ledger(ctx, org)
	if err != nil {
		return nil, at, err
	}
	if !at.Begun {
		at.Next = x.From
	}
	m := &maker{reader: r, ledger: l, export: x, place: at, most: most}
	if err := m.make(ctx); err != nil {
		return nil, at, err
	}
	now, err := r.Store.LogReach(ctx, org)
	if err != nil {
		return nil, at, err
	}
	if at.Next < x.To && at.Next < now.First { // some may have gone while they were read
		return nil, at, errGone
	}
	m.place.Begun = true
	return m.out.Bytes(), m.place, nil
}

// maker makes a piece.
type maker struct {
	reader *Reader
	ledger *ledger
	export Export
	place  Place
	most   Portion
	out    bytes.Buffer
}

func (m *maker) make(ctx context.Context) error {
	switch m.export.Wanted.Format {
	case CSV:
		return m.encode(ctx, newTable(&m.out))
	case OCSF:
		return m.encode(ctx, newEvents(&m.out, m.ledger.head.Origin, m.reader.Version))
	case Evidence:
	}
	return m.prove(ctx)
}

// end is the number after the last record that this piece looks at.
func (m *maker) end() int64 { return min(m.export.To, m.place.Next+int64(m.most.Rows)) }

// encode writes records that match. An encoder's end writes what it holds back.
func (m *maker) encode(ctx context.Context, e encoder) error {
	if !m.place.Begun {
		if err := e.begin(); err != nil {
			return err
		}
	}
	asked, end := m.export.Wanted.Filter, m.end()
	people, nobody, err := m.ledger.numbers(ctx, asked)
	if err != nil {
		return err
	}
	if nobody {
		m.place.Next, m.place.Done = m.export.To, true
		return e.end()
	}
	err = m.ledger.ascend(ctx, seal.Query{From: m.place.Next, To: end, People: people}, m.ledger.values, func(r proof.Record) error {
		if !matches(asked, r) {
			return nil
		}
		if err := errors.Join(e.write(r), e.end()); err != nil {
			return err
		}
		m.place.Next, m.place.Records = r.Seq+1, m.place.Records+1
		return m.enough()
	})
	switch {
	case errors.Is(err, errEnough):
	case err != nil:
		return err
	default:
		m.place.Next = end
	}
	m.place.Done = m.place.Next >= m.export.To
	return e.end()
}

// enough ends a piece that is long enough.
func (m *maker) enough() error {
	if m.out.Len() >= m.most.Bytes {
		return errEnough
	}
	return nil
}

func (m *maker) prove(ctx context.Context) error {
	w, err := m.writer(ctx)
	if err != nil {
		return err
	}
	err = m.ledger.everyRecord(ctx, m.place.Next, m.end(), func(r proof.Record) error {
		if err := errors.Join(w.Write(r), w.Flush()); err != nil {
			return err
		}
		m.place.Next = r.Seq + 1
		return m.enough()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	m.place.Records = w.Matched()
	if m.place.Next >= m.export.To {
		m.place.Done, m.place.State = true, nil
		return m.reader.sign(ctx, m.ledger, m.export, w)
	}
	m.place.State, err = w.Suspend()
	return err
}

func (m *maker) writer(ctx context.Context) (*evidence.Writer, error) {
	h, err := m.ledger.header(ctx, m.export)
	if err != nil {
		return nil, err
	}
	if m.place.Begun {
		return evidence.Resume(&m.out, h, m.place.State)
	}
	return evidence.NewWriter(&m.out, h)
}

// Pack writes a place down, so that UnpackPlace returns it.
func (p Place) Pack() ([]byte, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write down a place: %w", err)
	}
	return text, nil
}

// UnpackPlace reads what Place.Pack has written.
func UnpackPlace(text []byte) (p Place, err error) {
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("read a place: %w", err)
	}
	return p, nil
}
