package search

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// exportLife is how long the content of an export can be read.
const exportLife = 7 * 24 * time.Hour

// ticket is an export as a token carries it.
type ticket struct {
	ID           string       `json:"i"`
	Filter       []byte       `json:"f"`
	Format       Format       `json:"m"`
	Completeness Completeness `json:"p"`
	Sizes        []int64      `json:"z,omitempty"`
	From         int64        `json:"a"`
	To           int64        `json:"b"`
	SealedAt     time.Time    `json:"s"`
	Checkpoint   string       `json:"c"`
	At           time.Time    `json:"t"`
}

// holder binds a token to whoever asked: the record of the export names nobody else.
func holder(by authz.Caller) []byte {
	id := by.Identity()
	return fmt.Appendf(nil, "log export %s %s %s", id.TID, id.OID, id.Kind)
}

// Token returns what opens the content of an export, to one caller.
func (r *Reader) Token(ctx context.Context, by authz.Caller, x Export) (string, error) {
	text, err := x.Pack()
	if err != nil {
		return "", err
	}
	key, err := r.Key(ctx, by.Org())
	if err != nil {
		return "", err
	}
	now := r.Now()
	return key.Exports().Encrypt(holder(by), text, now, now.Add(exportLife))
}

// redeem returns the export of a token of this caller's.
func (r *Reader) redeem(ctx context.Context, by authz.Caller, token string) (x Export, err error) {
	key, err := r.Key(ctx, by.Org())
	if err != nil {
		return Export{}, err
	}
	text, err := key.Exports().Open(holder(by), token, r.Now())
	if err != nil {
		return Export{}, fault.Wrap(fault.NotFound, "there is no such export, or it is over: its content can be read for seven days, by whoever asked for it", err)
	}
	return Unpack(text)
}

// Pack writes an export down, so that Unpack returns it.
func (x Export) Pack() ([]byte, error) {
	w := x.Wanted
	text, err := json.Marshal(ticket{
		x.ID.String(), w.Filter.AppendJSON(nil), w.Format, w.Completeness, w.Sizes, x.From, x.To, x.SealedAt, string(x.Checkpoint), x.At,
	})
	if err != nil {
		return nil, fmt.Errorf("write down an export: %w", err)
	}
	return text, nil
}

// Unpack reads what Pack has written.
func Unpack(text []byte) (x Export, err error) {
	var t ticket
	if err := json.Unmarshal(text, &t); err != nil {
		return Export{}, fmt.Errorf("read an export: %w", err)
	}
	x = Export{
		Wanted: Wanted{Format: t.Format, Completeness: t.Completeness, Sizes: t.Sizes}, From: t.From, To: t.To, SealedAt: t.SealedAt, Checkpoint: []byte(t.Checkpoint), At: t.At,
	}
	if x.ID, err = tenants.ParseGUID(t.ID); err != nil {
		return Export{}, fmt.Errorf("read an export: %w", err)
	}
	x.Wanted.Filter, err = filter.Parse(t.Filter)
	return x, err
}
