package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/asof"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/whatif"
)

// WhatIfStore knows what organizations have decided, and what was known of people.
type WhatIfStore interface {
	AccessStore
	// TryConfiguration tries an edit and returns the configuration as it is and as it
	// would be, and the organization as it is.
	TryConfiguration(ctx context.Context, by authz.Caller, edit func(*access.Whole) error) (is, would asof.Configuration, w access.Whole, err error)
	ConfigurationOf(ctx context.Context, org tenants.ID, version int64) (asof.Kept, error)
	SpansOf(ctx context.Context, org tenants.ID, person tenants.GUID, from, to time.Time) ([]asof.Said, error)
}

// WhatIfLog is an organization's log; *search.Reader is one.
type WhatIfLog interface {
	Since(ctx context.Context, org tenants.ID, at time.Time) (search.Stretch, error)
	Follow(ctx context.Context, org tenants.ID, s search.Stretch, each func(proof.Record) error) (next int64, err error)
	NoteReplay(ctx context.Context, by authz.Caller, s search.Stretch, proposal []byte) error
}

// WhatIfParts is what proposals are replayed with. Every field is required.
type WhatIfParts struct {
	Store      WhatIfStore
	Log        WhatIfLog
	Views      func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
	Deployment access.Deployment
	Apps       tenants.PlatformApps
	Now        func() time.Time
}

type whatIf struct{ WhatIfParts }

// NewWhatIf tells what proposed documents would change, and would have changed.
func NewWhatIf(p WhatIfParts) console.WhatIf { return &whatIf{p} }

// trial is a proposal that was tried.
type trial struct {
	org       tenants.ID
	is, would asof.Configuration
	whole     access.Whole
	basis     asof.Digest // of what it would change
}

// try applies a proposal as applying it would, and takes it back. That a connection
// proves itself to Entra is not tried.
func (x *whatIf) try(ctx context.Context, by authz.Caller, p console.Proposal) (t trial, err error) {
	wanted, err := readDocument(p.Document)
	if err != nil {
		return t, err
	}
	a := application{
		wanted: wanted, how: orgfile.Options{Deployment: x.Deployment, Now: x.Now()}, role: p.Role, apps: x.Apps, client: automationOf(by),
		check: func(json.RawMessage) error { return nil },
	}
	if p.Prune {
		a.how.Mode = orgfile.Prune
	}
	t.org = by.Org()
	t.is, t.would, t.whole, err = x.Store.TryConfiguration(ctx, by, func(w *access.Whole) error {
		next, err := a.next(*w)
		if err == nil {
			*w = next
		}
		return err
	})
	if err != nil {
		return t, err
	}
	if _, t.basis, err = t.is.Encode(); err != nil {
		return t, err
	}
	if p.Basis != (asof.Digest{}) && p.Basis != t.basis {
		return t, fault.New(fault.Conflict, "the organization was changed meanwhile; ask again, from the beginning")
	}
	return t, nil
}

// Replay decides recorded calls again.
func (x *whatIf) Replay(ctx context.Context, by authz.Caller, p console.Proposal, at console.ReplayPlace) (console.Replayed, error) {
	t, err := x.try(ctx, by, p)
	if err != nil {
		return console.Replayed{}, err
	}
	s := search.Stretch{From: at.From, To: at.To}
	if at.To == 0 {
		if s, err = x.Log.Since(ctx, t.org, at.Since); err != nil {
			return console.Replayed{}, err
		}
		if err := x.Log.NoteReplay(ctx, by, s, p.Document); err != nil {
			return console.Replayed{}, err
		}
	}
	replay, err := x.replay(ctx, t, at.Since, p.Role.Includes(tenants.Auditor))
	if err != nil {
		return console.Replayed{}, err
	}
	next, err := x.Log.Follow(ctx, t.org, s, replay.Add)
	return console.Replayed{Basis: t.basis, Stretch: s, Next: next, Tally: replay.Tally(), Remarks: t.remarks()}, err
}

func (x *whatIf) replay(ctx context.Context, t trial, since time.Time, readsLog bool) (*whatif.Replay, error) {
	parts := whatif.Parts{Agents: map[tenants.GUID]bool{}, Closed: !readsLog}
	var err error
	if parts.Present, err = whatif.NewBasis(t.is); err != nil {
		return nil, err
	}
	if parts.Proposed, err = whatif.NewBasis(t.would); err != nil {
		return nil, err
	}
	for _, k := range t.whole.Access.Preregistered {
		if !k.Agent.IsZero() {
			parts.Agents[k.Agent] = true
		}
	}
	view, err := x.Views(ctx, t.org)
	switch {
	case err == nil:
		parts.Places = view.Catalog
	case fault.KindOf(err) != fault.NotFound: // it has no endpoints: nothing is read there
		return nil, err
	}
	parts.Then, parts.Said = x.then(ctx, t.org), x.said(ctx, t, since)
	return whatif.NewReplay(parts), nil
}

// mostBases bounds how many former configurations are held compiled, and mostSaid of
// how many people it is held what was said.
const (
	mostBases = 64
	mostSaid  = 10_000
)

// longest is how long before a call what counted for it may have been said.
const longest = 8 * 24 * time.Hour

// then finds the rules that had a version.
func (x *whatIf) then(ctx context.Context, org tenants.ID) func(int64) (*whatif.Basis, error) {
	byVersion, bySince := map[int64]*whatif.Basis{}, map[int64]*whatif.Basis{}
	return func(version int64) (*whatif.Basis, error) {
		if b, there := byVersion[version]; there {
			return b, nil
		}
		kept, err := x.Store.ConfigurationOf(ctx, org, version)
		if fault.KindOf(err) == fault.NotFound && err != nil {
			byVersion[version] = nil
			return nil, nil //nolint:nilnil,nilerr // of before the history nothing is on record
		}
		if err != nil {
			return nil, err
		}
		if len(bySince) >= mostBases {
			clear(byVersion)
			clear(bySince)
		}
		b := bySince[kept.Version]
		if b == nil {
			if b, err = whatif.NewBasis(kept.Configuration); err != nil {
				return nil, err
			}
		}
		byVersion[version], bySince[kept.Version] = b, b
		return b, nil
	}
}

// said finds what was said of somebody's groups since an instant, and in what before it
// may have counted then.
func (x *whatIf) said(ctx context.Context, t trial, since time.Time) func(tenants.GUID) ([]asof.Said, error) {
	held, from := map[tenants.GUID][]asof.Said{}, since.Add(-longest)
	return func(person tenants.GUID) ([]asof.Said, error) {
		if said, there := held[person]; there {
			return said, nil
		}
		if len(held) >= mostSaid {
			clear(held)
		}
		said, err := x.Store.SpansOf(ctx, t.org, person, from, x.Now())
		if err == nil {
			held[person] = said
		}
		return said, err
	}
}

// remarks say what holds of all that is told of a proposal.
func (t trial) remarks() (remarks []string) {
	if s := t.whole.Organization.State; s != tenants.Active {
		remarks = append(remarks, fmt.Sprintf("The organization is %s: what is told is what would be once it is active.", s))
	}
	return remarks
}

// Compare tells who could use more or less.
func (x *whatIf) Compare(ctx context.Context, by authz.Caller, p console.Proposal, at console.ComparePlace) (console.Compared, error) {
	t, err := x.try(ctx, by, p)
	if err != nil {
		return console.Compared{}, err
	}
	q := asof.Question{At: at.At}
	t.is.State, t.would.State = tenants.Active, tenants.Active
	is, err := asof.NewReport(asof.Kept{Configuration: t.is}, q)
	if err != nil {
		return console.Compared{}, err
	}
	would, err := asof.NewReport(asof.Kept{Configuration: t.would}, q)
	if err != nil {
		return console.Compared{}, err
	}
	named := append(is.Named(), would.Named()...)
	slices.SortFunc(named, func(a, b asof.Person) int { return asof.Compare(a.OID, b.OID) })
	named = slices.CompactFunc(named, func(a, b asof.Person) bool { return a.OID == b.OID })
	people, more, err := accessReports{store: x.Store}.people(ctx, t.org, named, console.AccessQuestion{Question: q, After: at.After, Most: at.Most})
	if err != nil {
		return console.Compared{}, err
	}
	out := console.Compared{Basis: t.basis, Remarks: append(t.remarks(), would.Remarks()...), More: more}
	for _, person := range people {
		out.After = person.OID
		if d := whatif.Compare(is.Of(person), would.Of(person)); len(d) > 0 {
			out.People = append(out.People, console.ComparedPerson{Person: person, Differences: d})
		}
	}
	return out, nil
}
