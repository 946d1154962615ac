package keep

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
)

// Graveyard is where tombstones are in the database.
type Graveyard interface {
	// Tombstones returns up to so many, of all organizations, in order of organization
	// and id after a given one.
	Tombstones(ctx context.Context, after Buried, most int) ([]Buried, error)
	// AddTombstone adds one that is not there yet, as not applied.
	AddTombstone(ctx context.Context, b Buried) error
	// Applied notes that what a tombstone says has gone.
	Applied(ctx context.Context, b Buried) error
}

const tombstonesAtOnce = 500

// ledger is the file of tombstones. It only grows.
type ledger struct{ mu sync.Mutex }

// Sync brings the tombstones of the file and of the database together, and has what
// they say erased again where a backup has brought it back. What waits to be sealed
// waits for the next time.
func (k *Keeper) Sync(ctx context.Context) error {
	if err := k.readFile(ctx); err != nil {
		return err
	}
	if err := k.WriteTombstones(ctx); err != nil {
		return err
	}
	return k.everyTombstone(ctx, func(b Buried) error {
		if b.Applied {
			return nil
		}
		t, err := dig(ctx, k.Own, b.Line)
		if err != nil {
			return err
		}
		gone, err := k.again(ctx, t, b)
		if err != nil || !gone {
			return err
		}
		return k.Store.Applied(ctx, b)
	})
}

// everyTombstone calls each with every tombstone of the database.
func (k *Keeper) everyTombstone(ctx context.Context, each func(Buried) error) error {
	var after Buried
	for {
		page, err := k.Store.Tombstones(ctx, after, tombstonesAtOnce)
		if err != nil {
			return err
		}
		for _, b := range page {
			if err := each(b); err != nil {
				return err
			}
		}
		if len(page) < tombstonesAtOnce {
			return nil
		}
		after = page[len(page)-1]
	}
}

// readFile adds to the database what only the file has. A line that is torn is left
// out: whoever wrote it writes it again.
func (k *Keeper) readFile(ctx context.Context) error {
	lines, err := k.lines()
	if err != nil || len(lines) == 0 {
		return err
	}
	if err := k.everyTombstone(ctx, func(b Buried) error { delete(lines, b.Line); return nil }); err != nil {
		return err
	}
	for line := range lines {
		t, err := dig(ctx, k.Own, line)
		if err != nil && fault.KindOf(err) == fault.Unavailable {
			return err
		}
		if err != nil {
			continue
		}
		if err := k.Store.AddTombstone(ctx, Buried{Org: t.Org, ID: t.ID, Line: line}); err != nil {
			return err
		}
	}
	return nil
}

// lines returns what the file has; of no file nothing.
func (k *Keeper) lines() (lines map[string]bool, err error) {
	if k.File == "" {
		return nil, nil
	}
	k.ledger.mu.Lock()
	defer k.ledger.mu.Unlock()
	f, err := os.Open(k.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read tombstones: %w", err)
	}
	lines = map[string]bool{}
	s := bufio.NewScanner(f)
	s.Buffer(nil, 64<<10)
	for s.Scan() {
		if line := strings.TrimSpace(s.Text()); line != "" {
			lines[line] = true
		}
	}
	return lines, errors.Join(s.Err(), f.Close())
}

// WriteTombstones adds to the file what only the database has, durably.
func (k *Keeper) WriteTombstones(ctx context.Context) error {
	if k.File == "" {
		return nil
	}
	there, err := k.lines()
	if err != nil {
		return err
	}
	var missing strings.Builder
	err = k.everyTombstone(ctx, func(b Buried) error {
		if !there[b.Line] {
			missing.WriteString(b.Line + "\n")
		}
		return nil
	})
	if err != nil || missing.Len() == 0 {
		return err
	}
	k.ledger.mu.Lock()
	defer k.ledger.mu.Unlock()
	f, err := os.OpenFile(k.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write tombstones: %w", err)
	}
	_, err = f.WriteString("\n" + missing.String()) // what stands before may be torn
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write tombstones: %w", err)
	}
	return nil
}

// again erases what a tombstone says, and reports whether it is gone.
func (k *Keeper) again(ctx context.Context, t Tombstone, b Buried) (gone bool, err error) {
	switch {
	case t.Person != 0:
		return k.personAgain(ctx, t)
	case t.Record != "":
		return k.fieldsAgain(ctx, t)
	default:
		again, err := k.depart(ctx, Departure{Tombstone: b, Again: true})
		return again == 0, err
	}
}

func (k *Keeper) fieldsAgain(ctx context.Context, t Tombstone) (gone bool, err error) {
	id, err := audit.ParseID(t.Record)
	if err != nil {
		return false, err
	}
	row, _, err := k.Store.FindSealed(ctx, t.Org, id)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return !k.Waits(err), nil
	}
	if err != nil {
		return false, err
	}
	_, opener, err := k.open(ctx, t.Org)
	if err != nil {
		return false, err
	}
	fields := map[string]bool{}
	for _, f := range t.Fields {
		fields[f] = true
	}
	erased, err := opener.Erase(row, func(name string, of audit.Owner) bool { return of == audit.Nobody && fields[name] })
	if err != nil {
		return false, unlessUnreadable(err) // and looked at again, in case the row is mended
	}
	return true, k.Store.StoreErased(ctx, caller(t.Org), Step{Again: true, Rows: []seal.Row{erased}})
}
