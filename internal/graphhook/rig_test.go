package graphhook_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/tenants"
)

// book stands in for the database: hooks of organizations, by resource, and what has
// been hurried.
type book struct {
	mu      sync.Mutex
	hooks   map[tenants.ID]map[string]graphhook.Hook
	hurried map[string]int
	failing string // the method that fails
}

var errAway = fault.New(fault.Unavailable, "the database cannot be reached")

func newBook() *book {
	return &book{hooks: map[tenants.ID]map[string]graphhook.Hook{}, hurried: map[string]int{}}
}

func (b *book) enter(method string) error {
	b.mu.Lock()
	if b.failing == method {
		return errAway
	}
	return nil
}

// HookByID implements graphhook.Store.
func (b *book) HookByID(_ context.Context, id tenants.GUID) (tenants.ID, graphhook.Hook, error) {
	defer b.mu.Unlock()
	if err := b.enter("HookByID"); err != nil {
		return tenants.ID{}, graphhook.Hook{}, err
	}
	for org, all := range b.hooks {
		for _, h := range all {
			if h.ID == id {
				return org, h, nil
			}
		}
	}
	return tenants.ID{}, graphhook.Hook{}, fault.New(fault.NotFound, "there is no such thing")
}

// AskRenewal implements graphhook.Store.
func (b *book) AskRenewal(_ context.Context, by authz.Caller, id tenants.GUID) error {
	defer b.mu.Unlock()
	if err := b.enter("AskRenewal"); err != nil {
		return err
	}
	for resource, h := range b.hooks[by.Org()] {
		if h.ID == id {
			h.RenewAt = time.Time{}
			b.hooks[by.Org()][resource] = h
		}
	}
	return nil
}

// HurryChore implements graphhook.Store.
func (b *book) HurryChore(_ context.Context, by authz.Caller, chore string, _ time.Time) error {
	defer b.mu.Unlock()
	if err := b.enter("HurryChore"); err != nil {
		return err
	}
	b.hurried[by.Org().String()+" "+chore]++
	return nil
}

// HurryUnasked implements graphhook.Store.
func (b *book) HurryUnasked(_ context.Context, by authz.Caller, _, _ time.Time) error {
	defer b.mu.Unlock()
	if err := b.enter("HurryUnasked"); err != nil {
		return err
	}
	b.hurried[by.Org().String()+" everybody"]++
	return nil
}

// Hooks implements graphhook.Book.
func (b *book) Hooks(_ context.Context, org tenants.ID) ([]graphhook.Hook, error) {
	defer b.mu.Unlock()
	if err := b.enter("Hooks"); err != nil {
		return nil, err
	}
	return slices.Collect(maps.Values(b.hooks[org])), nil
}

// PutHook implements graphhook.Book.
func (b *book) PutHook(_ context.Context, by authz.Caller, h graphhook.Hook) error {
	defer b.mu.Unlock()
	if err := b.enter("PutHook"); err != nil {
		return err
	}
	if b.hooks[by.Org()] == nil {
		b.hooks[by.Org()] = map[string]graphhook.Hook{}
	}
	b.hooks[by.Org()][h.Resource] = h
	return nil
}

// KeepHook implements graphhook.Book.
func (b *book) KeepHook(_ context.Context, by authz.Caller, h graphhook.Hook) error {
	defer b.mu.Unlock()
	if err := b.enter("KeepHook"); err != nil {
		return err
	}
	if b.hooks[by.Org()][h.Resource].ID == h.ID {
		b.hooks[by.Org()][h.Resource] = h
	}
	return nil
}

// DropHooks implements graphhook.Book.
func (b *book) DropHooks(_ context.Context, by authz.Caller) error {
	defer b.mu.Unlock()
	if err := b.enter("DropHooks"); err != nil {
		return err
	}
	delete(b.hooks, by.Org())
	return nil
}

// of is an organization's hook for a resource.
func (b *book) of(org tenants.ID, resource string) graphhook.Hook {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hooks[org][resource]
}

// counts are the chores of an organization that have been hurried, and how often.
func (b *book) counts(org tenants.ID) map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	counts := map[string]int{}
	for name, n := range b.hurried {
		if chore, ours := strings.CutPrefix(name, org.String()+" "); ours {
			counts[chore] = n
		}
	}
	return counts
}

// fails has a method of the database fail; "": none.
func (b *book) fails(method string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failing = method
}

// admits lets so many requests in; less than nothing: all.
type admits struct {
	mu   sync.Mutex
	left int
	from map[string]int
}

// AdmitNotifier implements graphhook.Limits.
func (a *admits) AdmitNotifier(address string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.from == nil {
		a.from = map[string]int{}
	}
	a.from[address]++
	if a.left == 0 {
		return fault.New(fault.Limited, "too many requests")
	}
	a.left--
	return nil
}

func newServer(t *testing.T, b *book, limits *admits) *graphhook.Server {
	t.Helper()
	s, err := graphhook.New(graphhook.Parts{Store: b, Limits: limits, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestServerNeedsEveryPart(t *testing.T) {
	t.Parallel()
	whole := graphhook.Parts{Store: newBook(), Limits: &admits{}, Logger: slog.New(slog.DiscardHandler), Now: time.Now}
	for name, without := range map[string]func(*graphhook.Parts){
		"store": func(p *graphhook.Parts) { p.Store = nil }, "limits": func(p *graphhook.Parts) { p.Limits = nil },
		"logger": func(p *graphhook.Parts) { p.Logger = nil }, "now": func(p *graphhook.Parts) { p.Now = nil },
	} {
		p := whole
		without(&p)
		if _, err := graphhook.New(p); fault.KindOf(err) != fault.Invalid || errors.Is(err, errAway) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
