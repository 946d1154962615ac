package seal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/authz"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// disk is a seal.Store of one organization that keeps its log.
type disk struct {
	memory
	t      *testing.T
	org    tenants.ID
	box    *secrets.Box
	head   seal.Head
	rows   []seal.Row
	people []seal.Person
	keys   []seal.LogKey
	tiles  map[[2]int64]seal.Tile
	held   func() // is called when the log is held
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{7})
	must(t, err)
	d := &disk{t: t, org: tenants.NewID(), tiles: map[[2]int64]seal.Tile{}}
	d.box, err = secrets.NewBox(kek)
	must(t, err)
	d.wrapped, err = d.box.NewOrganizationKey(t.Context(), d.org)
	must(t, err)
	return d
}

func (d *disk) SealLog(ctx context.Context, _ authz.Caller, origin string, _ seal.Limits, fn func(context.Context, seal.Batch) (seal.Sealed, error)) error {
	if d.head.Origin == "" {
		d.head.Origin = origin
	}
	if d.held != nil {
		d.held()
	}
	b := seal.Batch{
		Head: d.head, Rows: slices.Clone(d.waiting),
		People: func(context.Context, []seal.PersonID) ([]seal.Person, error) { return slices.Clone(d.people), nil },
		Keys:   func(context.Context) ([]seal.LogKey, error) { return d.keys, nil },

		Subtrees: func(_ context.Context, wanted []proof.Subtree) ([]proof.Hash, error) { return d.subtrees(wanted) },
		Known: func(_ context.Context, ids []audit.ID) (known []audit.ID, _ error) {
			for _, r := range d.rows {
				if slices.Contains(ids, r.ID) {
					known = append(known, r.ID)
				}
			}
			return known, nil
		},
	}
	for _, t := range seal.LastTiles(d.head.Size) {
		b.Tiles = append(b.Tiles, d.tiles[[2]int64{int64(t.Level), t.N}])
	}
	out, err := fn(ctx, b)
	if err != nil || len(out.Rows) == 0 {
		return err
	}
	d.head, d.waiting = out.Head, nil
	d.rows, d.people, d.keys = append(d.rows, out.Rows...), append(d.people, out.People...), append(d.keys, out.Keys...)
	for _, t := range out.Tiles {
		t.Hashes = slices.Clone(t.Hashes)
		d.tiles[[2]int64{int64(t.Level), t.N}] = t
	}
	return nil
}

func (d *disk) subtrees(wanted []proof.Subtree) (all []proof.Hash, err error) {
	for _, s := range wanted {
		in := seal.TileOf(s)
		h, wrong := seal.SubtreeIn(d.tiles[[2]int64{int64(in.Level), in.N}], s)
		all, err = append(all, h), errors.Join(err, wrong)
	}
	return all, err
}

// sealer returns one that has just been started.
func (d *disk) sealer(keys seal.Keys) *seal.Sealer {
	d.t.Helper()
	s, err := seal.New(seal.Options{
		Store: d, Keys: keys, Unlock: d.box.Open, Host: sealtest.Host, Now: time.Now, Clock: func() proof.Clock { return proof.Clock{Source: "database"} },
		Every: time.Second, Logger: slog.New(slog.DiscardHandler), Meter: sealtest.Silent{},
	})
	must(d.t, err)
	return s
}

// row returns a record as members of its own say, besides what each has.
func (d *disk) row(at time.Time, members ...string) audit.Row {
	r := audit.Row{ID: audit.ID(tenants.NewID().Bytes()), Org: d.org, At: at.UTC(), Kind: audit.Consent}
	for _, own := range []string{fmt.Sprintf(`"at":"%s"`, r.At.Format(filter.Layout)), `"id":"` + r.ID.String() + `"`, `"kind":"consent"`, `"org":"` + d.org.String() + `"`, `"v":1`} {
		name, _, _ := strings.Cut(own, ":")
		if !slices.ContainsFunc(members, func(m string) bool { return strings.HasPrefix(m, name+":") }) {
			members = append(members, own)
		}
	}
	slices.Sort(members)
	members = slices.DeleteFunc(members, func(m string) bool { return strings.HasSuffix(m, ":") })
	r.Payload = []byte("{" + strings.Join(members, ",") + "}")
	return r
}

func (d *disk) seal(s *seal.Sealer, rows ...audit.Row) error {
	d.waiting = append(d.waiting, rows...)
	_, _, err := s.Seal(d.t.Context(), d.org, seal.Limits{Records: 2000, Bytes: 8 << 20})
	return err
}

// read opens a record and holds it against its leaf.
func (d *disk) read(row seal.Row) proof.Record {
	d.t.Helper()
	key, err := d.box.Open(d.t.Context(), d.org, d.wrapped)
	must(d.t, err)
	o := seal.NewOpener(key, func(number int32) (seal.Person, error) { return d.people[number-1], nil })
	leaf := d.tiles[[2]int64{0, row.Seq / seal.TileWidth}].Hashes[row.Seq%seal.TileWidth]
	r, err := o.Open(row, leaf)
	must(d.t, err)
	if got, err := r.Recomputed(d.org); err != nil || got != leaf {
		d.t.Errorf("record %d is not its leaf: %v", row.Seq, err)
	}
	return r
}

// text is a field that is text, without its quotes.
func text(r proof.Record, name string) string { return strings.Trim(string(r.Field(name).Value), `"`) }
