package keep

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// Store is what is done to logs, one step at a time. What a hold forbids is Conflict.
type Store interface {
	LogHead(ctx context.Context, org tenants.ID) (seal.Head, error)
	LogPeople(ctx context.Context, org tenants.ID, oids ...tenants.GUID) ([]seal.Person, error)
	LogPerson(ctx context.Context, org tenants.ID, number int32) (seal.Person, error)
	// LogPeopleAfter returns those whose key is there, by their numbers.
	LogPeopleAfter(ctx context.Context, org tenants.ID, after int32, most int) ([]seal.Person, error)
	SealedRows(ctx context.Context, org tenants.ID, q seal.Query, each func(seal.Row, proof.Hash) error) error
	FindSealed(ctx context.Context, org tenants.ID, id audit.ID) (seal.Row, proof.Hash, error)
	// WaitsFrom reports whether a record waits to be sealed that was made before an
	// instant.
	WaitsFrom(ctx context.Context, org tenants.ID, before time.Time) (bool, error)
	WrappedKey(ctx context.Context, org tenants.ID) ([]byte, error)
	// LogWords returns what an organization has named: texts whose words its log uses for
	// something else than people.
	LogWords(ctx context.Context, org tenants.ID) ([]string, error)
	// NamesOfOthers returns the names of people of an organization but one, as far as it
	// keeps any outside its log.
	NamesOfOthers(ctx context.Context, org tenants.ID, but tenants.GUID) ([]string, error)

	// RemovePast removes up to so many records whose time is over and that no hold
	// keeps, the oldest first. When fewer are left, what was removed is recorded, with
	// what was so far, and people of whom the log says nothing any more go.
	RemovePast(ctx context.Context, by authz.Caller, most int, sofar int64) (removed int64, err error)

	Erasures(ctx context.Context, org tenants.ID) ([]tenants.Erasure, error)
	StoreErased(ctx context.Context, by authz.Caller, s Step) error
	// FinishErasure destroys the keys of people, unless there are records from before
	// the approval that have not been looked through.
	FinishErasure(ctx context.Context, by authz.Caller, s Step) (done bool, err error)
	DestroyKeys(ctx context.Context, by authz.Caller, people []int32) error

	Bodies
	Departures
	Graveyard
}

// Step is one step of an erasure.
type Step struct {
	Erasure    tenants.GUID
	Again      bool   // what was erased before goes again, whatever holds there are
	Who        []byte // if it is known better now
	Scanned    int64  // how many records have been looked through with it
	Rows       []seal.Row
	Records    int64
	Named      map[string]int64 // how many fields that were nobody's, by their names
	People     []int32          // of the last step: whose keys go
	Tombstones []Buried
}

// Keeper keeps logs.
type Keeper struct {
	Parts
	ledger ledger
}

// Parts is what a Keeper works with. Every field but File is required.
type Parts struct {
	Store Store
	Keys  *secrets.Box
	Own   *secrets.PlatformBox
	Now   func() time.Time
	Waits func(error) bool // whether FindSealed says that a record waits to be sealed
	File  string           // of tombstones; empty: they are in the database only
}

// New returns a Keeper.
func New(p Parts) (*Keeper, error) {
	if p.Store == nil || p.Keys == nil || p.Own == nil || p.Now == nil || p.Waits == nil {
		return nil, fault.New(fault.Invalid, "a keeper of logs needs Store, Keys, Own, Now and Waits")
	}
	return &Keeper{Parts: p}, nil
}

func caller(org tenants.ID) authz.Caller { return authz.SystemCaller(org, "audit log") }

// Pace of the keeper.
const (
	rowsOfAStep = 300              // that one transaction erases in
	stepsFor    = 40 * time.Second // how long one visit goes on
	soon        = time.Second      // when the next comes, if there is more to do
	longestWait = time.Hour        // and at the latest, if something waits for its day
	heldAgain   = 10 * time.Minute // and what a hold keeps
)

// errEnough ends a look through rows.
var errEnough = fault.New(fault.Internal, "enough rows for one step")

// ErasePeople does what has been approved, as much as one visit may take, and returns
// when to come again; zero: when something is approved.
func (k *Keeper) ErasePeople(ctx context.Context, org tenants.ID) (again time.Duration, err error) {
	all, err := k.Store.Erasures(ctx, org)
	if err != nil {
		return 0, err
	}
	now := k.Now()
	until, wait := now.Add(stepsFor), time.Duration(0)
	for _, e := range all {
		if !e.Due(now) {
			if left := e.DueAt.Sub(now); left > 0 && e.DoneAt.IsZero() && (wait == 0 || left < wait) {
				wait = left
			}
			continue
		}
		done, err := k.erase(ctx, org, e, until)
		if err != nil && fault.KindOf(err) == fault.Conflict {
			return heldAgain, nil
		}
		if err != nil || !done {
			return soon, err
		}
	}
	return min(wait, longestWait), k.WriteTombstones(ctx)
}

// erasing is an erasure under way.
type erasing struct {
	k       *Keeper
	org     tenants.ID
	key     *secrets.OrgKey
	opener  *seal.Opener
	who     Who
	people  map[int32]tenants.GUID // who they are in the log
	numbers []int32
}

func (k *Keeper) erase(ctx context.Context, org tenants.ID, e tenants.Erasure, until time.Time) (done bool, err error) {
	x := &erasing{k: k, org: org, people: map[int32]tenants.GUID{}}
	if x.key, x.opener, err = k.open(ctx, org); err != nil {
		return false, err
	}
	if x.who, err = Decrypt(x.key, e); err != nil {
		return false, err
	}
	for k.Now().Before(until) {
		if err := x.find(ctx); err != nil {
			return false, err
		}
		if !x.who.Known {
			if err := x.learnNames(ctx, e); err != nil {
				return false, err
			}
		}
		head, err := k.Store.LogHead(ctx, org)
		if err != nil {
			return false, err
		}
		if e.Scanned = max(e.Scanned, head.First); e.Scanned >= head.Size {
			if done, err := x.finish(ctx, e); err != nil || done {
				return done, err
			}
			return false, nil
		}
		if e.Scanned, err = x.step(ctx, e, head.Size); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (k *Keeper) open(ctx context.Context, org tenants.ID) (*secrets.OrgKey, *seal.Opener, error) {
	wrapped, err := k.Store.WrappedKey(ctx, org)
	if err != nil {
		return nil, nil, err
	}
	key, err := k.Keys.Open(ctx, org, wrapped)
	if err != nil {
		return nil, nil, err
	}
	return key, seal.NewOpener(key, func(number int32) (seal.Person, error) { return k.Store.LogPerson(ctx, org, number) }), nil
}

// find finds the person in the log. Meanwhile they may have come to be there.
func (x *erasing) find(ctx context.Context) error {
	found, err := x.k.Store.LogPeople(ctx, x.org, x.who.OID)
	x.numbers = x.numbers[:0]
	for _, p := range found {
		if len(p.Key) > 0 {
			x.people[p.Number], x.numbers = p.OID, append(x.numbers, p.Number)
		}
	}
	return err
}

// step looks through records up to the log's size, until it has enough to write.
func (x *erasing) step(ctx context.Context, e tenants.Erasure, size int64) (scanned int64, err error) {
	s := Step{Erasure: e.ID, Scanned: e.Scanned, Named: map[string]int64{}}
	const mostLooked = 20_000
	to := min(size, e.Scanned+mostLooked)
	err = x.k.Store.SealedRows(ctx, x.org, seal.Query{From: e.Scanned, To: to}, func(row seal.Row, leaf proof.Hash) error {
		s.Scanned = row.Seq + 1
		if err := x.erase(ctx, row, leaf, &s); err != nil {
			return err
		}
		if len(s.Rows) >= rowsOfAStep {
			return errEnough
		}
		return nil
	})
	if err == nil {
		s.Scanned = to
	}
	if err != nil && err != errEnough { //nolint:errorlint // it is returned as it is
		return e.Scanned, err
	}
	return s.Scanned, x.k.Store.StoreErased(ctx, caller(x.org), s)
}

// unlessUnreadable passes over what says nothing to anybody any more.
func unlessUnreadable(err error) error {
	if errors.Is(err, seal.ErrUnreadable) {
		return nil
	}
	return err
}

// erase adds a row to the step, if there is anything of the person in it.
func (x *erasing) erase(ctx context.Context, row seal.Row, leaf proof.Hash, s *Step) error {
	r, err := x.opener.Open(row, leaf)
	if err != nil {
		return unlessUnreadable(err)
	}
	_, acted := x.people[row.Person]
	_, about := x.people[row.Subject]
	named := map[string]bool{}
	var fields []string
	for _, f := range r.Fields {
		if f.Value != nil && audit.OwnerOf(f.Name) == audit.Nobody && x.who.NamedIn(f.Name, f.Value) {
			named[f.Name], fields = true, append(fields, f.Name)
		}
	}
	if !acted && !about && len(fields) == 0 {
		return nil
	}
	erased, err := x.opener.Erase(row, func(name string, of audit.Owner) bool {
		return of == audit.OfActor && acted || of == audit.OfSubject && about || of == audit.Nobody && named[name]
	})
	if err != nil {
		return err
	}
	s.Rows, s.Records = append(s.Rows, erased), s.Records+1
	for _, f := range fields {
		s.Named[f]++
	}
	if len(fields) == 0 {
		return nil
	}
	t := ofFields(x.org, row.ID, fields)
	t.At = x.k.Now().UTC()
	b, err := bury(ctx, x.k.Own, t)
	s.Tombstones = append(s.Tombstones, b)
	return err
}

// finish destroys the keys.
func (x *erasing) finish(ctx context.Context, e tenants.Erasure) (bool, error) {
	s := Step{Erasure: e.ID, Scanned: e.Scanned, People: x.numbers}
	for _, n := range x.numbers {
		t := ofPerson(x.org, n, x.people[n])
		t.At = x.k.Now().UTC()
		b, err := bury(ctx, x.k.Own, t)
		if err != nil {
			return false, err
		}
		s.Tombstones = append(s.Tombstones, b)
	}
	return x.k.Store.FinishErasure(ctx, caller(x.org), s)
}
