package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
)

// TestPagesAreBoundedByBytes: of rows that say much, few are read in one transaction,
// and all of them in the end, in both directions and of people too.
func TestPagesAreBoundedByBytes(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	const large, rows = 600 << 10, 12
	at := time.Now().UTC()
	must(t, l.worker.SealLog(t.Context(), caller(l.org), "origin", seal.Limits{}, func(_ context.Context, b seal.Batch) (seal.Sealed, error) {
		h, tile := b.Head, b.Tiles[0]
		out := seal.Sealed{}
		for n := h.Size; n < h.Size+rows; n++ {
			id := idOf(l.org)
			id[0] ^= byte(n + 1)
			out.Rows = append(out.Rows, seal.Row{Seq: n, ID: id, At: at, SealedAt: at, Person: 1, Own: make([]byte, large/2), Personal: make([]byte, large/2)})
			tile.Hashes = append(tile.Hashes, proof.Hash{byte(n)})
		}
		h.Size, h.SealedAt = h.Size+rows, at
		out.Head, out.Tiles = h, []seal.Tile{tile}
		return out, nil
	}))
	from := l.head(t).Size - rows
	for _, q := range []seal.Query{{From: from, To: from + rows}, {From: from, To: from + rows, People: []int32{1}}} {
		forwards, backwards := l.numbers(t, q)
		if len(forwards) != rows || len(backwards) != rows || forwards[0] != from || backwards[0] != from+rows-1 {
			t.Errorf("%+v: %v, %v", q, forwards, backwards)
		}
	}
	// While a row is looked at, those after the page's bytes can still be taken away.
	seen := 0
	must(t, l.db.SealedRows(t.Context(), l.org.ID, seal.Query{From: from, To: from + rows}, func(seal.Row, proof.Hash) error {
		if seen++; seen == 1 {
			l.exec(t, fmt.Sprintf("DELETE FROM audit_records WHERE seq > %d", from))
		}
		return nil
	}))
	if most := 4<<20/large + 1; seen != most {
		t.Errorf("%d rows of %d bytes each were read at once, want %d", seen, large, most)
	}
}

// exec changes what nobody may.
func (l *logbook) exec(t *testing.T, sql string) {
	t.Helper()
	conn := connect(t, l.d.Superuser)
	_, err := conn.Exec(t.Context(), sql)
	must(t, err)
}
