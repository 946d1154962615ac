package store_test

import (
	"context"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/usage"
	"gatehouse/internal/tenants"
)

// logged is the person of whom an organization's log says something.
func (p pair) logged(o tenants.Organization) tenants.GUID {
	id := o.ID.Bytes()
	id[15] ^= 0xff
	return tenants.MustGUID(audit.ID(id).String())
}

// idOf is the id of the one record that a pair's organization has sealed.
func idOf(o tenants.Organization) audit.ID { return o.ID.Bytes() }

func leafOf(o tenants.Organization) proof.Hash { return proof.Leaf([]byte(o.Slug.String())) }

// sealLog puts one more record into an organization's log. What is waiting stays.
func (p pair) sealLog(t *testing.T, o tenants.Organization) {
	t.Helper()
	must(t, p.worker.SealLog(t.Context(), caller(o), "log of "+o.Slug.String(), seal.Limits{}, func(_ context.Context, b seal.Batch) (seal.Sealed, error) {
		n := b.Head.Size
		id, h := idOf(o), seal.Head{Size: n + 1, People: 1, SealedAt: time.Now(), Key: "key of " + o.Slug.String(), Checkpoint: []byte("x")}
		id[0] += byte(n)
		tile := seal.Tile{Hashes: []proof.Hash{leafOf(o)}, SealedFrom: time.Now()}
		for range n {
			tile.Hashes = append(tile.Hashes, leafOf(o))
		}
		out := seal.Sealed{Head: h, Tiles: []seal.Tile{tile}, Rows: []seal.Row{{Seq: n, ID: id, At: time.Now(), SealedAt: time.Now(), Person: 1, Own: []byte(o.Slug.String()), Personal: []byte("p")}}}
		out.Usage = usage.Counts{
			Hours: []usage.Hour{{At: time.Now().UTC().Truncate(time.Hour), Tool: o.Slug.String(), Calls: 1}}, People: []usage.Person{{Day: time.Now().UTC(), Number: 1, Hours: 1<<24 - 1}},
			Clients: []usage.Client{{Day: time.Now().UTC(), ID: o.Slug.String(), Hours: 1<<24 - 1}},
		}
		if n == 0 {
			out.Keys = []seal.LogKey{{Key: h.Key}}
			out.People = []seal.Person{{Number: 1, TID: o.TID, OID: p.logged(o), Key: []byte("k")}}
		}
		return out, nil
	}))
}

// readsItsOwn holds A's rows against those of A, while B has more.
func (p pair) readsItsOwn(t *testing.T, read func(context.Context, tenants.ID, seal.Query, func(seal.Row, proof.Hash) error) error) {
	t.Helper()
	p.sealLog(t, p.b)
	for _, q := range []seal.Query{{To: 10}, {To: 10, People: []int32{1}}} {
		var own []string
		must(t, read(t.Context(), p.a.ID, q, func(r seal.Row, leaf proof.Hash) error {
			if own = append(own, string(r.Own)); leaf != leafOf(p.a) {
				t.Errorf("the leaf is %v", leaf)
			}
			return nil
		}))
		if len(own) != 1 || own[0] != p.a.Slug.String() {
			t.Errorf("A reads %v", own)
		}
	}
}
