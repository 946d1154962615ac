package search

import (
	"bytes"
	"context"
	"errors"
	"io"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
)

// All is what Open is told by whoever has no record yet.
const All = -1

// Content is what an export holds, about to be read.
type Content struct {
	Export

	// Write writes the content. It holds a bounded part of it in memory, and no
	// transaction of the database while out takes its time. What has been written when
	// it fails is a beginning of the content.
	Write func(ctx context.Context, out io.Writer) error
	Close func() // has to follow
}

// Open returns the content of an export behind a record that its caller has already,
// or all of it. What is gone from the log since is NotFound; to go on with what has been
// erased in part is Conflict; too many exports under way are Limited.
func (r *Reader) Open(ctx context.Context, by authz.Caller, token string, after int64) (*Content, error) {
	x, err := r.redeem(ctx, by, token)
	if err != nil {
		return nil, err
	}
	l, err := r.ledger(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	switch {
	case x.From < x.To && x.From < l.head.First:
		return nil, errGone
	case after != All && (after < x.From || after >= x.To):
		return nil, fault.Newf(fault.Invalid, "after must be the number of a record of the export: %d to %d", x.From, x.To-1)
	}
	if after != All { // what its reader has may be what has gone
		erased, err := r.Store.ErasedSince(ctx, by.Org(), x.At)
		if err != nil {
			return nil, err
		}
		if erased {
			return nil, fault.New(fault.Conflict, "somebody has been erased from the log since the export was made, or is being: what you have cannot be gone on with; ask for another export")
		}
	}
	leave, err := r.places.enter(by.Org())
	if err != nil {
		return nil, err
	}
	p := part{l, x, after}
	return &Content{x, func(ctx context.Context, out io.Writer) error { return r.write(ctx, p, out) }, leave}, nil
}

// part is what follows a record of an export.
type part struct {
	ledger *ledger
	export Export
	after  int64
}

func (r *Reader) write(ctx context.Context, p part, out io.Writer) error {
	switch p.export.Wanted.Format {
	case CSV:
		return p.encode(ctx, newTable(out))
	case OCSF:
		return p.encode(ctx, newEvents(out, p.ledger.head.Origin, r.Version))
	case Evidence:
	}
	// Its last line speaks of all lines before it: those that the reader has already are
	// made again, and not sent.
	rest := &lines{out: out}
	if p.after != All {
		rest.drop = 1 + p.after - p.export.From + 1 // the header, and a line a record
	}
	return r.prove(ctx, p.ledger, p.export, rest)
}

// encode writes the records that match.
func (p part) encode(ctx context.Context, e encoder) error {
	from, asked := p.export.From, p.export.Wanted.Filter
	if p.after == All {
		if err := e.begin(); err != nil {
			return err
		}
	} else {
		from = p.after + 1
	}
	people, nobody, err := p.ledger.numbers(ctx, asked)
	if err != nil || nobody {
		return errors.Join(err, e.end())
	}
	err = p.ledger.ascend(ctx, seal.Query{From: from, To: p.export.To, People: people}, p.ledger.values, func(r proof.Record) error {
		if !matches(asked, r) {
			return nil
		}
		return e.write(r)
	})
	if err != nil {
		return err
	}
	return e.end()
}

// encoder writes records in one format.
type encoder interface {
	begin() error
	write(r proof.Record) error
	end() error
}

// chunk is how much is written at a time.
const chunk = 64 << 10

// lines drops as many lines as it is told and passes on what follows them.
type lines struct {
	out  io.Writer
	drop int64
}

func (l *lines) Write(p []byte) (int, error) {
	rest := p
	for l.drop > 0 {
		at := bytes.IndexByte(rest, '\n')
		if at < 0 {
			return len(p), nil
		}
		rest, l.drop = rest[at+1:], l.drop-1
	}
	if len(rest) == 0 {
		return len(p), nil
	}
	if n, err := l.out.Write(rest); err != nil {
		return len(p) - len(rest) + n, err
	}
	return len(p), nil
}
