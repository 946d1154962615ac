package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/sources"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

var _ sources.Store = (*DB)(nil)

// errSettled is what ends a refresh that changes nothing: the transaction is
// rolled back, and what is left to write raises no version.
var errSettled = errors.New("the source offers what it offered")

// EndRefresh implements sources.Store. Who may do what changes only with what is
// served: the rest raises the version and leaves decisions as they are.
func (db *DB) EndRefresh(ctx context.Context, by authz.Caller, e sources.End, settle func(sources.Known) (sources.Settlement, error)) error {
	what := change{what: "source refreshed", detail: e.Asked, decides: decidesNothing}
	err := db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		if err := answered(tx, e); err != nil {
			return difference{}, err
		}
		c, err := readAccess(tx)
		if err != nil {
			return difference{}, err
		}
		known, err := readKnown(tx, c, e.Source)
		if err != nil {
			return difference{}, err
		}
		s, err := settle(known)
		if err != nil {
			return difference{}, err
		}
		if s.Empty() {
			return difference{}, errSettled
		}
		return settleOffers(tx, by.Org(), settling{source: known.Source, access: c, settlement: s})
	})
	if !errors.Is(err, errSettled) {
		return err
	}
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error { return answered(tx, e) })
}

func readKnown(tx *gorm.DB, c access.Configuration, source tenants.GUID) (sources.Known, error) {
	k := sources.Known{Definitions: func(of []sources.Kept) ([]tools.Offer, error) { return readDefinitions(tx, source, of) }}
	for _, s := range c.Sources {
		if s.ID == source {
			k.Source = s
		}
	}
	if k.Source.ID.IsZero() {
		return k, noSource(source, nil)
	}
	for _, a := range c.Approvals {
		if a.Source == source {
			k.Approvals = append(k.Approvals, a)
		}
	}
	var err error
	if k.Withdrawn, err = readWithdrawals(tx, source); err != nil {
		return k, err
	}
	k.Offers, err = readKept(tx, source)
	return k, err
}

// settling is what a refresh is about to write.
type settling struct {
	source     tools.Source
	access     access.Configuration
	settlement sources.Settlement
}

func settleOffers(tx *gorm.DB, org tenants.ID, s settling) (difference, error) {
	if err := removeOffers(tx, s.source.ID, s.settlement.Remove); err != nil {
		return difference{}, err
	}
	if err := putOffers(tx, org, s.source.ID, s.settlement.Put); err != nil {
		return difference{}, err
	}
	if err := checkOffered(tx); err != nil {
		return difference{}, err
	}
	edit, err := beginAccess(org, s.access)
	if err != nil {
		return difference{}, err
	}
	if err := s.access.Approve(s.settlement.Approve); err != nil {
		return difference{}, err
	}
	d, err := edit.write(tx, &s.access)
	if err != nil {
		return d, err
	}
	if !d.federated() { // an approval may have waited for its text
		if err := pin(tx); err != nil {
			return d, err
		}
	}
	if s.decides() {
		if err := tx.Exec("UPDATE organizations SET decisions = version").Error; err != nil {
			return d, err
		}
	}
	return s.describe(d)
}

// decides reports whether what is served can have changed: something has been
// approved, or what was approved has appeared or gone.
func (s settling) decides() bool {
	approved := map[access.Definition]bool{}
	for _, a := range s.access.Approvals {
		approved[access.DefinitionOf(a)] = true
	}
	if len(s.settlement.Approve) > 0 {
		return true
	}
	for _, list := range [][]sources.Kept{s.settlement.Put, s.settlement.Remove} {
		for _, k := range list {
			if approved[access.Definition{Source: s.source.ID, Kind: k.Kind, Name: k.Name}] {
				return true
			}
		}
	}
	return false
}

// describe adds to the difference, for its record, what waits for somebody and
// what is not offered any more.
func (s settling) describe(d difference) (difference, error) {
	for _, p := range s.settlement.Pending {
		shown := map[string]any{"source": s.source.Name, "hash": p.Hash}
		if p.Approved != (tools.Hash{}) {
			shown["approved"] = p.Approved
		}
		i, err := newItem(fmt.Sprintf("pending %s %s %q", s.source.ID, p.Kind, p.Name), shown, nil)
		if err != nil {
			return d, err
		}
		d.added = append(d.added, i)
	}
	for _, k := range s.settlement.Remove {
		i, err := newItem(fmt.Sprintf("offer %s %s %q", s.source.ID, k.Kind, k.Name), map[string]any{"source": s.source.Name, "hash": k.Hash}, nil)
		if err != nil {
			return d, err
		}
		d.removed = append(d.removed, i)
	}
	return d, nil
}
