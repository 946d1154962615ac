package search

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// Store is where organizations' logs lie.
type Store interface {
	LogReach(ctx context.Context, org tenants.ID) (seal.Head, error)
	SealedRows(ctx context.Context, org tenants.ID, q seal.Query, each func(seal.Row, proof.Hash) error) error
	SealedBackwards(ctx context.Context, org tenants.ID, q seal.Query, each func(seal.Row, proof.Hash) error) error
	LogKeys(ctx context.Context, org tenants.ID) ([]seal.LogKey, error)
	LogSubtrees(ctx context.Context, org tenants.ID, parts []proof.Subtree) ([]proof.Hash, error)
	SeqAt(ctx context.Context, org tenants.ID, t time.Time) (int64, error)
	// CheckKept is Conflict, in words, if records from a number on, or since an instant,
	// have been removed because their time was over.
	CheckKept(ctx context.Context, org tenants.ID, from int64, since time.Time) error
	// ErasedSince reports whether anything has been erased from a log since an instant, or
	// is being erased.
	ErasedSince(ctx context.Context, org tenants.ID, t time.Time) (bool, error)
	LogPeople(ctx context.Context, org tenants.ID, oids ...tenants.GUID) ([]seal.Person, error)
	LogPerson(ctx context.Context, org tenants.ID, number int32) (seal.Person, error)
	LogPeopleNumbered(ctx context.Context, org tenants.ID, numbers ...int32) ([]seal.Person, error)
	CountSealed(ctx context.Context, org tenants.ID, q seal.Query, during [2]time.Time, unit string) (map[time.Time]int64, error)
	FindSealed(ctx context.Context, org tenants.ID, id audit.ID) (seal.Row, proof.Hash, error)
}

// Parts are what a Reader is made of. Every field is required.
type Parts struct {
	Store   Store
	Bodies  BodyStore
	Key     func(ctx context.Context, org tenants.ID) (*secrets.OrgKey, error)
	Signer  func(ctx context.Context, key proof.Key) (proof.Signer, error)  // NotFound: the key is not held any more
	Waits   func(error) bool                                                // whether an error of FindSealed means that the record is not sealed yet
	Record  func(ctx context.Context, by authz.Caller, e audit.Event) error // returns when the record is durable
	Now     func() time.Time
	Version string // of the program, for manifests
}

// Reader reads the logs of organizations. It is safe for concurrent use.
type Reader struct {
	Parts
	places places
}

// NewReader returns a Reader.
func NewReader(p Parts) *Reader { return &Reader{Parts: p} }

// ledger is one organization's log, for one request.
type ledger struct {
	store  Store
	org    tenants.ID
	head   seal.Head
	opener *seal.Opener
	now    func() time.Time
}

func (r *Reader) ledger(ctx context.Context, org tenants.ID) (*ledger, error) {
	head, err := r.Store.LogReach(ctx, org)
	if err != nil {
		return nil, err
	}
	key, err := r.Key(ctx, org)
	if err != nil {
		return nil, err
	}
	l := &ledger{store: r.Store, org: org, head: head, now: r.Now}
	l.opener = seal.NewOpener(key, func(number int32) (seal.Person, error) { return r.Store.LogPerson(ctx, org, number) })
	return l, nil
}

// sealedWithin is how long after it was made a record is expected to be sealed: what
// is asked for until an instant is looked for in what was sealed until then and for so
// much longer.
const sealedWithin = time.Hour

// stretch is where in a log the records of a filter can be: from..to-1.
func (l *ledger) stretch(ctx context.Context, f filter.Filter) (from, to int64, err error) {
	from, to = l.head.First, l.head.Size
	if !f.From.IsZero() {
		at, err := l.store.SeqAt(ctx, l.org, f.From)
		if err != nil {
			return 0, 0, err
		}
		from = max(from, at)
	}
	if !f.To.IsZero() {
		at, err := l.store.SeqAt(ctx, l.org, f.To.Add(sealedWithin))
		if err != nil {
			return 0, 0, err
		}
		to = min(to, at)
	}
	return min(from, to), to, nil
}

// numbers are those of a filter's people in this log. nobody says that the filter
// names people and that none of them is in it.
func (l *ledger) numbers(ctx context.Context, f filter.Filter) (all []int32, nobody bool, err error) {
	if len(f.People) == 0 {
		return nil, false, nil
	}
	people, err := l.store.LogPeople(ctx, l.org, f.People...)
	if err != nil {
		return nil, false, err
	}
	for _, p := range people {
		if len(p.Key) > 0 { // of whoever was erased nobody can say any more that it was them
			all = append(all, p.Number)
		}
	}
	return all, len(all) == 0, nil
}

// check says what no log can be asked for. A kind that there is not would look like one
// of which nothing has happened.
func check(f filter.Filter) error {
	for _, k := range f.Kinds {
		if !slices.ContainsFunc(audit.Kinds(), func(s audit.Spec) bool { return string(s.Kind) == k }) {
			return fault.Newf(fault.Invalid, "%.60q is no kind of record; docs/audit-events.md has the kinds", k)
		}
	}
	return f.Validate()
}

// matches reports whether a record is one that the filter asks for. Of one that cannot
// be read nobody knows, and everybody should: it always is.
func matches(f filter.Filter, r proof.Record) bool {
	if unreadable(r) {
		return true
	}
	return f.Matches(func(name string) []byte { return valueOf(r, name) })
}

// valueOf returns the canonical JSON of a field, or nil where it is not there, or
// erased.
func valueOf(r proof.Record, name string) []byte {
	at, there := slices.BinarySearchFunc(r.Fields, name, func(f proof.Field, name string) int {
		if f.Name < name {
			return -1
		}
		if f.Name > name {
			return 1
		}
		return 0
	})
	if !there {
		return nil
	}
	return r.Fields[at].Value
}
