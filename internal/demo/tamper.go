package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/devstack"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// Tampering is what whoever runs the platform could do to a log.
type Tampering string

// The tamperings.
const (
	EditRow    Tampering = "edit"    // a row of the database, past everything of Gatehouse's
	RewriteLog Tampering = "rewrite" // all of the log, sealed and signed anew with the platform's own key
	UndoAll    Tampering = "undo"    // puts back what was there before the others
)

// Tamper does it to an organization's log while the platform runs, and says what it did.
func Tamper(ctx context.Context, data string, how Tampering, slug tenants.Slug, out io.Writer) error {
	t, err := openTampering(ctx, data, slug)
	if err != nil {
		return err
	}
	switch how {
	case EditRow:
		err = t.edit(ctx, out)
	case RewriteLog:
		err = t.rewrite(ctx, out)
	case UndoAll:
		err = t.undo(ctx, out)
	default:
		err = fmt.Errorf("%q is no way to tamper; use edit, rewrite or undo", how)
	}
	return errors.Join(err, t.db.Close())
}

// tampering is done with the keys of the platform and as the owner of its database.
type tampering struct {
	owner string // connection string of whoever owns the database, whom nothing binds
	api   string // of the api process, which sees one organization at a time
	key   Key
	file  File
	db    *store.DB
	org   tenants.ID
	host  string      // that the log is named after; the platform may have another by now
	all   []openedRow // of the log, as they are sealed; what cannot be opened is left out
}

// openedRow is a sealed record as it was recorded.
type openedRow struct {
	seq    int64
	row    audit.Row
	record audit.Record
}

func openTampering(ctx context.Context, data string, slug tenants.Slug) (t *tampering, err error) {
	t = &tampering{}
	for name, into := range map[string]*string{ownerFile: &t.owner, databaseFile: &t.api} {
		content, err := os.ReadFile(filepath.Join(data, name)) //nolint:gosec // the directory is the developer's own
		if err != nil {
			return nil, fmt.Errorf("nothing has run on %s yet; start gatehouse-dev first, or name its directory with --data", data)
		}
		*into = string(content)
	}
	if t.key, err = LoadKey(data); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(data, FileName)) //nolint:gosec // as above
	if err != nil {
		return nil, fmt.Errorf("is gatehouse-dev running? %w", err)
	}
	if err := json.Unmarshal(raw, &t.file); err != nil {
		return nil, fmt.Errorf("read %s: %w", FileName, err)
	}
	if t.db, err = store.Open(ctx, t.api, time.Now); err != nil {
		return nil, fmt.Errorf("is gatehouse-dev running? %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.db.Close())
		}
	}()
	if t.org, err = t.db.OrgBySlug(ctx, slug); err != nil {
		return nil, fmt.Errorf("organization %s: %w", slug, err)
	}
	box, err := t.key.Box()
	if err != nil {
		return nil, err
	}
	return t, t.read(ctx, box)
}

// read opens the log.
func (t *tampering) read(ctx context.Context, box *secrets.Box) error {
	head, err := t.db.LogHead(ctx, t.org)
	if err != nil {
		return err
	}
	t.host = strings.TrimSuffix(head.Origin, proof.Origin("", t.org))
	wrapped, err := t.db.WrappedKey(ctx, t.org)
	if err != nil {
		return err
	}
	key, err := box.Open(ctx, t.org, wrapped)
	if err != nil {
		return err
	}
	opener := seal.NewOpener(key, func(number int32) (seal.Person, error) { return t.db.LogPerson(ctx, t.org, number) })
	return t.db.SealedRows(ctx, t.org, seal.Query{From: head.First, To: head.Size}, func(row seal.Row, leaf proof.Hash) error {
		sealed, err := opener.Open(row, leaf)
		if err != nil {
			return nil //nolint:nilerr // it was edited before
		}
		payload := payloadOf(sealed)
		record, err := audit.Decode(payload)
		if err == nil {
			t.all = append(t.all, openedRow{row.Seq, audit.Row{ID: record.ID, Org: t.org, At: record.At, Kind: record.Kind, Payload: payload}, record})
		}
		return err
	})
}

// payloadOf is a record as it was before it was sealed, but for what was erased.
func payloadOf(r proof.Record) []byte {
	b := []byte("{")
	for _, f := range r.Fields {
		if f.Value == nil || f.Name == seal.SealedAt {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(strconv.AppendQuote(b, f.Name), ':')
		b = append(b, f.Value...)
	}
	return append(b, '}')
}

// edit has a refused call say that it was none.
func (t *tampering) edit(ctx context.Context, out io.Writer) error {
	refused, allowed := t.find(audit.Refused), t.find(audit.OK)
	if refused == nil || allowed == nil {
		return errors.New("the log has no call that was refused, or none that was not")
	}
	const statement = "UPDATE audit_records SET own = (SELECT own FROM audit_records WHERE org_id = $1 AND seq = $3) WHERE org_id = $1 AND seq = $2"
	if err := t.keepRecord(ctx, refused.seq); err != nil {
		return err
	}
	rows, err := devstack.Exec(ctx, t.owner, []string{statement}, t.org.String(), refused.seq, allowed.seq)
	if err == nil && rows != 1 {
		err = fmt.Errorf("%d rows were edited, not one", rows)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "UPDATE audit_records …: record %d, a call that was refused, now holds what record %d holds\n", refused.seq, allowed.seq)
	return err
}

// find returns the first call that has ended so.
func (t *tampering) find(outcome audit.Outcome) *openedRow {
	for i := range t.all {
		if r := t.all[i].record; r.Kind == audit.ToolCall && r.Outcome == outcome {
			return &t.all[i]
		}
	}
	return nil
}
