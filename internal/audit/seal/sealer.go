package seal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Options is what a Sealer is made from; all of it is required.
type Options struct {
	Store  Store
	Keys   Keys
	Unlock func(ctx context.Context, org tenants.ID, wrapped []byte) (*secrets.OrgKey, error)
	Host   string // the deployment's; new logs are named after it
	Now    func() time.Time
	Clock  func() proof.Clock // of Now
	Every  time.Duration      // how often is looked for records that wait
	Logger *slog.Logger
	Meter  Meter
}

// Sealer makes logs of what waits in the outbox. Several may be at it: of one log one
// at a time.
type Sealer struct {
	o      Options
	scribe *audit.Scribe
	slow   patience
	seen   memory
}

// New returns a Sealer.
func New(o Options) (*Sealer, error) {
	if o.Store == nil || o.Keys == nil || o.Unlock == nil || o.Host == "" || o.Now == nil || o.Clock == nil || o.Every <= 0 || o.Logger == nil || o.Meter == nil {
		return nil, errors.New("create sealer: every option is required")
	}
	return &Sealer{o: o, scribe: audit.NewScribe(o.Now), slow: newPatience(), seen: newMemory()}, nil
}

// Seal seals what waits of one organization, up to a limit, and returns how many
// records that were and whether more may wait. It is NotFound while somebody else is at
// it.
func (s *Sealer) Seal(ctx context.Context, org tenants.ID, most Limits) (sealed int, more bool, err error) {
	wrapped, err := s.o.Store.WrappedKey(ctx, org)
	if err != nil {
		return 0, false, err
	}
	key, err := s.o.Unlock(ctx, org, wrapped)
	if err != nil {
		return 0, false, err
	}
	var head Head
	err = s.o.Store.SealLog(ctx, caller(org), proof.Origin(s.o.Host, org), most, func(ctx context.Context, b Batch) (Sealed, error) {
		out, err := s.seal(ctx, org, key, b)
		head = out.Head
		sealed, more = len(b.Rows), len(b.Rows) >= most.Records || sizeOf(b.Rows) > most.Bytes-audit.MaxPayload
		return out, err
	})
	if err != nil {
		return 0, false, err
	}
	s.seen.keep(org, head)
	return sealed, more, nil
}

func sizeOf(rows []audit.Row) (bytes int) {
	for _, r := range rows {
		bytes += len(r.Payload)
	}
	return bytes
}

func caller(org tenants.ID) authz.Caller { return authz.SystemCaller(org, "audit log") }

// seal says what becomes of a batch.
func (s *Sealer) seal(ctx context.Context, org tenants.ID, key *secrets.OrgKey, in Batch) (Sealed, error) {
	if len(in.Rows) == 0 && in.Head.Key == "" {
		return Sealed{}, nil
	}
	turn, err := s.turn(ctx, in)
	if err != nil || len(in.Rows) == 0 && !turn.changes {
		return Sealed{}, err
	}
	b := &batch{Batch: in, org: org, key: key, out: Sealed{Head: in.Head}}
	if b.tree, err = newTree(in.Head.Size, in.Tiles); err != nil {
		return Sealed{}, err
	}
	if err := b.check(turn.before); err != nil {
		return Sealed{}, err
	}
	if err := s.seen.check(ctx, org, b); err != nil {
		return Sealed{}, err
	}
	if turn.changes {
		if err := s.succeed(b, turn); err != nil {
			return Sealed{}, err
		}
	}
	if err := s.sealAll(ctx, b); err != nil {
		return Sealed{}, err
	}
	return b.sign(s.o.Clock(), turn.signers())
}

// check says whether the log is this organization's, and the tree still the one that
// was signed last, by a key of the ring: nothing is built on another.
func (b *batch) check(key proof.Key) error {
	if own := proof.Origin("", b.org); len(b.Head.Origin) <= len(own) || !strings.HasSuffix(b.Head.Origin, own) {
		return fault.New(fault.Internal, "the log has the origin of another organization; nothing is added to it")
	}
	if b.Head.Size == 0 {
		return nil
	}
	signed, err := proof.OpenCheckpoint(b.Head.Checkpoint, b.Head.Origin, key)
	if err != nil {
		return fault.Wrap(fault.Internal, "the log's last checkpoint is not one that was signed; nothing is added to the log", err)
	}
	root, err := b.tree.root()
	if err != nil {
		return err
	}
	if signed.Size != b.Head.Size || signed.Root != root {
		return fault.New(fault.Internal, "the log is not as its last checkpoint says; nothing is added to it")
	}
	return nil
}

// sealAll seals every row of a batch, in order. A row that no log can have is replaced:
// none stops those behind it.
func (s *Sealer) sealAll(ctx context.Context, b *batch) error {
	again, err := b.sealedAlready(ctx)
	if err != nil {
		return err
	}
	b.at = wholeMillisecond(latest(s.o.Now(), b.Head.SealedAt))
	most := b.at.Add(mostAhead)
	records, causes := make([][]audit.Field, len(b.Rows)), make([]error, len(b.Rows))
	for i, row := range b.Rows {
		if again[row.ID] {
			causes[i] = errSealed
		} else if records[i], causes[i] = strictly(row, b.org, most); causes[i] == nil {
			b.at = latest(b.at, wholeMillisecond(row.At))
		}
	}
	all := make([][3]part, len(b.Rows))
	for i, row := range b.Rows {
		if causes[i] != nil {
			if b.Rows[i], records[i], err = s.reject(ctx, b, row, causes[i]); err != nil {
				return err
			}
		}
		all[i] = b.split(records[i])
	}
	if err := b.meet(ctx, all); err != nil {
		return err
	}
	for _, number := range b.damaged {
		s.o.Logger.LogAttrs(ctx, slog.LevelError, "the key of a person cannot be opened; they have another from now on",
			slog.String(telemetry.LogOrg, b.org.String()), slog.Int64("person", int64(number)))
	}
	for i, row := range b.Rows {
		if err := b.seal(row, all[i]); err != nil {
			return fmt.Errorf("seal record %s: %w", row.ID, err)
		}
	}
	b.out.Usage = b.usage.Counts()
	return nil
}

// reject puts a record in the place of one that cannot be sealed. It has that one's id
// unless the log does already: whoever has a receipt finds what became of it.
func (s *Sealer) reject(ctx context.Context, b *batch, row audit.Row, cause error) (audit.Row, []audit.Field, error) {
	s.o.Logger.LogAttrs(ctx, slog.LevelError, "a waiting record cannot be sealed and is replaced",
		slog.String(telemetry.LogOrg, b.org.String()), slog.String(telemetry.LogRecord, row.ID.String()), telemetry.Err(cause))
	row.Org = b.org
	id, why := row.ID, "unreadable"
	if errors.Is(cause, errSealed) {
		id, why = audit.ID{}, "duplicate"
	}
	instead, err := s.scribe.Rejection(row, id, b.at, why)
	if err != nil {
		return row, nil, err
	}
	fields, err := strictly(instead, b.org, b.at)
	return instead, fields, err
}

// sign signs the tree.
func (b *batch) sign(clock proof.Clock, signers []proof.Signer) (Sealed, error) {
	root, err := b.tree.root()
	if err != nil {
		return Sealed{}, err
	}
	c := proof.Checkpoint{Origin: b.Head.Origin, Size: b.tree.size, Root: root, At: b.at, Clock: clock}
	if b.out.Head.Checkpoint, err = c.Sign(signers...); err != nil {
		return Sealed{}, err
	}
	b.out.Head.Size, b.out.Head.SealedAt, b.out.Tiles = b.tree.size, b.at, b.tree.tiles()
	return b.out, nil
}

func newSeed() (s proof.Seed) {
	_, _ = rand.Read(s[:]) // never fails: crypto/rand ends the process instead
	return s
}
