package membership

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// How often changes in a directory are read.
const (
	FollowEvery = time.Minute
	// followLater is when an organization is looked at again that does not want it.
	followLater = 10 * time.Minute
)

// Follow reads, as the app, what has changed in an organization's directory since the
// last time, and returns when to come again; zero: after FollowEvery. Who was disabled
// or deleted is cut off, and what was issued before somebody's sessions were revoked.
// Who has come or gone in a group that matters is due at once, and everybody where a
// group has, or where Graph does not remember. Nothing rests on it alone: whatever it
// misses, refreshes find.
func (f *Refresher) Follow(ctx context.Context, v View) (again time.Duration, err error) {
	if !v.Organization.Connection.AsksAsApp() {
		return followLater, nil
	}
	if !f.asksAsApp(v.Organization, f.opts.Now()) {
		return unpermittedFor, nil
	}
	client, as, err := f.asApp(v)
	if err != nil {
		return 0, err
	}
	by := authz.SystemCaller(v.Organization.ID, "directory changes")
	w := &following{Refresher: f, View: v, by: by, client: client, as: as}
	err = w.read(ctx)
	switch {
	case err == nil:
		return w.again, nil
	case f.noteRefusal(ctx, v.Organization.ID, err):
		return unpermittedFor, nil
	case errors.Is(err, graph.ErrBudget):
		return max(fault.RetryAfter(err), time.Second), nil
	}
	return 0, err
}

// following is one reading.
type following struct {
	*Refresher
	View
	by     authz.Caller
	client Directory
	as     graph.Asking

	known     followed
	next      followed
	hurried   []tenants.GUID
	everybody bool
	again     time.Duration
}

func (w *following) read(ctx context.Context) error {
	if err := w.load(ctx); err != nil {
		return err
	}
	if err := w.readPeople(ctx); err != nil {
		return err
	}
	unread := w.readGroups(ctx)
	if unread != nil { // what is known of people does not wait for it
		w.next.Groups = w.known.Groups
	}
	if err := w.hurry(ctx); err != nil { // before the links are kept: what is read once more does no harm
		return err
	}
	return errors.Join(unread, w.keep(ctx))
}

// sinceOrAnew asks with a link, and without where Graph does not take it.
func sinceOrAnew[T any](ask func(since string) (graph.Changes[T], error), since string) (graph.Changes[T], error) {
	got, err := ask(since)
	if refused, ok := errors.AsType[*graph.Error](err); ok && refused.Status == http.StatusBadRequest && since != "" {
		return ask("")
	}
	return got, err
}

func (w *following) readPeople(ctx context.Context) error {
	changes, err := sinceOrAnew(func(since string) (graph.Changes[graph.PersonChange], error) {
		return w.client.PeopleChanges(ctx, w.as, since)
	}, w.known.People)
	if err != nil {
		return err
	}
	held, err := w.settlePeople(ctx, changes.All)
	if err != nil {
		return err
	}
	w.next.People, w.everybody = changes.Since, changes.Missed
	w.comeSoon(changes.More)
	if held { // they are read once more
		w.next.People, w.again = w.known.People, min(lookAgainAfter, interval(w.Organization.Membership))
	}
	return nil
}

// comeSoon has the reading go on at once where there is more.
func (w *following) comeSoon(more bool) {
	if more {
		w.again = time.Second
	}
}

// settlePeople does what follows from changes of people of whom anything is known, and
// reports whether somebody was spared for now.
func (w *following) settlePeople(ctx context.Context, changes []graph.PersonChange) (held bool, err error) {
	said := map[tenants.GUID]graph.PersonChange{}
	for _, c := range changes {
		said[c.ID] = c
	}
	if len(said) == 0 {
		return false, nil
	}
	ids := make([]tenants.GUID, 0, len(said))
	for id := range said {
		ids = append(ids, id)
	}
	records, err := w.opts.Store.KnownMembers(ctx, w.Organization.ID, ids)
	if err != nil {
		return false, err
	}
	now := w.opts.Now()
	var losing []*word
	for _, r := range records {
		c := said[r.Person]
		t := &turn{View: w.View, person: r.Person, by: w.by, began: now, since: now, record: r}
		one := &word{turn: t, gone: c.Gone, disabled: !c.Gone && !c.Enabled, validFrom: c.ValidFrom}
		if out := one.gone || one.disabled; out && r.Failure != Lost || !out && one.revoked() {
			losing = append(losing, one)
		}
	}
	spared, err := w.doubt(ctx, w.client, w.as, losing)
	if err != nil {
		return false, err
	}
	var errs []error // what is not said of one spares nobody else
	for _, one := range losing {
		if _, doubted := spared[one.person]; !doubted {
			errs = append(errs, w.cutOff(ctx, one))
		}
	}
	return len(spared) > 0, errors.Join(errs...)
}

func (w *following) cutOff(ctx context.Context, one *word) error {
	if one.err != nil {
		return one.err
	}
	if one.gone || one.disabled {
		_, err := w.loseFor(ctx, one)
		return err
	}
	_, err := w.endSessions(ctx, one)
	return err
}

func (w *following) readGroups(ctx context.Context) error {
	mapped := slices.Clone(w.Mapped)
	slices.SortFunc(mapped, func(a, b tenants.GUID) int { return strings.Compare(a.String(), b.String()) })
	for some := range slices.Chunk(mapped, graph.MaxFollowed) {
		changes, err := sinceOrAnew(func(since string) (graph.Changes[graph.GroupChange], error) {
			return w.client.GroupChanges(ctx, w.as, some, since)
		}, w.known.of(some))
		if err != nil {
			return err
		}
		w.next.Groups = append(w.next.Groups, followedGroups{some, changes.Since})
		w.everybody = w.everybody || changes.Missed
		w.comeSoon(changes.More)
		for _, c := range changes.All {
			w.hurried = append(w.hurried, c.People...)
			w.everybody = w.everybody || c.Gone || len(c.Groups) > 0
		}
	}
	return nil
}

// hurry has those asked about whom changes concern.
func (w *following) hurry(ctx context.Context) error {
	now := w.opts.Now()
	if w.everybody {
		return w.opts.Store.HurryUnasked(ctx, w.by, now, now)
	}
	if len(w.hurried) == 0 {
		return nil
	}
	return w.opts.Store.HurryMembers(ctx, w.by, w.hurried, now)
}
