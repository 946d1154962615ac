package membership

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// word is what Graph says of one person to the app.
type word struct {
	*turn
	in        []tenants.GUID // of the groups that matter; of a word about groups
	err       error          // why it does not say
	absent    bool           // it does not find them, for the first time
	gone      bool           // they were deleted
	disabled  bool
	validFrom time.Time // since when their sessions count; zero: it does not say
}

// hear asks about all of them: whether they may go on, and in which groups they are.
// The error is one for which nothing at all was learned.
func (f *Refresher) hear(ctx context.Context, client Directory, as graph.Asking, all []*turn) ([]*word, error) {
	people, words := make([]tenants.GUID, len(all)), make([]*word, len(all))
	for i, t := range all {
		people[i], words[i] = t.person, &word{turn: t}
	}
	there, err := client.People(ctx, as, people)
	if err != nil {
		for _, w := range words {
			w.err = err
		}
		return words, err
	}
	for _, w := range words {
		w.found(there)
	}
	if len(all[0].Mapped) == 0 {
		return words, nil
	}
	for i, m := range client.MembersOf(ctx, as, people, all[0].Mapped) {
		words[i].hearGroups(m.Groups, m.Err)
		if class, known := classOf(m.Err); known && class == entra.Consent {
			err = m.Err
		}
	}
	return words, err
}

// hearAlone asks about one person once more, with questions about them alone.
func (f *Refresher) hearAlone(ctx context.Context, client Directory, as graph.Asking, w *word) {
	there, err := client.People(ctx, as, []tenants.GUID{w.person})
	if w.err = err; err != nil {
		return
	}
	w.found(there)
	if len(w.Mapped) > 0 {
		w.hearGroups(client.MemberOf(ctx, as, w.person, w.Mapped))
	}
}

// found notes what the directory has of the person. That it has nobody is believed
// when it says so again: what Graph reads may lag.
func (w *word) found(there []graph.Person) {
	i := slices.IndexFunc(there, func(p graph.Person) bool { return p.ID == w.person })
	again := w.record.Failure == Missing
	w.absent, w.gone, w.disabled, w.validFrom = i < 0 && !again, i < 0 && again, false, time.Time{}
	if i >= 0 {
		w.disabled, w.validFrom = !there[i].Enabled, there[i].ValidFrom
	}
}

// hearGroups notes in which groups they are. Of somebody who is not there Graph does
// not say.
func (w *word) hearGroups(in []tenants.GUID, err error) {
	w.in, w.err = in, err
	refused, ok := errors.AsType[*graph.Error](err)
	if (w.absent || w.gone) && ok && refused.Status == http.StatusNotFound {
		w.err = nil
	}
}

// revoked reports whether sessions of theirs were revoked of which that is not known.
// Where nothing is known, what was revoked before anything of today was issued is none
// of them.
func (w *word) revoked() bool {
	known := w.record.ValidFrom
	if known.IsZero() {
		known = w.began.Add(-authz.CutLife)
	}
	return w.err == nil && w.validFrom.After(known)
}

// leavesAll reports whether they are in none of the groups that matter, and were in
// one.
func (w *word) leavesAll() bool {
	return len(w.in) == 0 && slices.ContainsFunc(w.Mapped, func(g tenants.GUID) bool { return w.record.Answers[g] == authz.Member })
}

// settle does what follows from a word about somebody's groups.
func (f *Refresher) settle(ctx context.Context, w *word) (Outcome, error) {
	class, known := classOf(w.err)
	switch {
	case errors.Is(w.err, graph.ErrBudget):
		return f.rest(ctx, w.turn, w.err)
	case w.err != nil && !known:
		return Outcome{}, w.err
	case w.err != nil:
		return f.putOff(ctx, w.turn, class, w.err)
	case w.absent:
		next := f.opts.Now().Add(spread(shortestWait))
		return Outcome{Result: Delayed, Class: Missing, Next: next}, f.opts.Store.PutOff(ctx, w.by, w.person, next, Failure{Class: Missing})
	case w.gone || w.disabled:
		return f.loseFor(ctx, w)
	}
	ended, err := f.endSessions(ctx, w)
	if err != nil {
		return Outcome{}, err
	}
	out, err := f.save(ctx, w.turn, w.in)
	if ended {
		out.Result = CutOff
	}
	if err == nil && !w.leavesAll() && !w.record.DoubtedAt.IsZero() {
		err = f.opts.Store.Trust(ctx, w.by, w.person)
	}
	return out, err
}

// loseFor cuts off somebody who is not to go on.
func (f *Refresher) loseFor(ctx context.Context, w *word) (Outcome, error) {
	reason := entra.AccountDisabled
	if w.gone {
		reason = entra.AccountGone
	}
	return f.lose(ctx, w.turn, notOn+": "+reason, nil)
}

// endSessions refuses what was issued before their sessions were revoked.
func (f *Refresher) endSessions(ctx context.Context, w *word) (ended bool, err error) {
	if !w.validFrom.After(w.record.ValidFrom) {
		return false, nil
	}
	return f.opts.Store.EndSessions(ctx, w.by, w.person, w.validFrom, notOn+": "+entra.SessionsRevoked)
}

// conclude does what follows from words about groups. Of words that take everything
// from many at once it does not, at first.
func (f *Refresher) conclude(ctx context.Context, client Directory, as graph.Asking, words []*word) ([]Outcome, error) {
	outcomes := make([]Outcome, len(words))
	var losing []*word
	for _, w := range words {
		if w.err == nil && !w.absent && (w.gone || w.disabled || w.revoked() || w.leavesAll()) {
			losing = append(losing, w)
		}
	}
	held, err := f.doubt(ctx, client, as, losing)
	if err != nil {
		return outcomes, err
	}
	var errs []error
	for i, w := range words {
		next, doubted := held[w.person]
		if doubted {
			outcomes[i], err = Outcome{Result: Doubted, Next: next}, f.opts.Store.PutOff(ctx, w.by, w.person, next, Failure{})
		} else {
			outcomes[i], err = f.settle(ctx, w)
		}
		errs = append(errs, err)
	}
	return outcomes, errors.Join(errs...)
}
