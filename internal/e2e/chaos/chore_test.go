package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/metric/noop"

	"gatehouse/internal/demo"
	"gatehouse/internal/jobs"
	"gatehouse/internal/membership"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// The environment of a process of this test that is a worker with chores.
const (
	choringDatabase = "CHAOS_TEST_DATABASE"
	choringRedis    = "CHAOS_TEST_REDIS"
)

// The chores: one takes choreTakes, and comes again within choreEvery. Those of
// choresHurried are hurried meanwhile, and may be done by two at a time then.
const (
	choreEvery = 4 * time.Second
	choreTakes = 500 * time.Millisecond
)

var (
	choresInTurn  = strings.Fields("one two three four five six seven eight nine ten eleven twelve")
	choresHurried = []string{"at_once", "too"}
)

// choreLease is for how long a chore is its own that a killed worker had taken.
const choreLease = 2 * jobs.ChorePatience

// beChoring is a worker whose chores say what they do, until it is killed.
func beChoring(database, server string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, database, time.Now)
	if err != nil {
		return err
	}
	options, err := redis.ParseURL(server)
	if err != nil {
		return err
	}
	options.DB = 1 // the other workers' queue is in 0
	w, err := jobs.New(jobs.Options{
		Redis: redis.NewClient(options), Store: choresOnly{db}, Refresher: choresOnly{}, Chores: choresThatSay(), Meter: noop.NewMeterProvider().Meter(""),
		Logger: slog.New(slog.NewJSONHandler(os.Stderr, nil)), Now: time.Now,
		Every: time.Second, Each: 100, AtOnce: 64, PerOrg: 4, PutBack: 100 * time.Millisecond, Grace: 5 * time.Second,
	})
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// choresOnly is a store in which nobody's membership is due.
type choresOnly struct{ *store.DB }

// DueMemberships implements jobs.Store.
func (choresOnly) DueMemberships(context.Context, time.Time, int, int) ([]membership.Due, error) {
	return nil, nil
}

// Refresh implements jobs.Refresher.
func (choresOnly) Refresh(context.Context, membership.Due) (membership.Outcome, error) {
	return membership.Outcome{}, errors.New("nobody is due")
}

func choresThatSay() (all []jobs.Chore) {
	for _, name := range slices.Concat(choresInTurn, choresHurried) {
		all = append(all, jobs.Chore{Name: name, Every: choreEvery, Do: func(ctx context.Context, org tenants.ID) (time.Duration, error) {
			id := rand.Uint64()
			fmt.Fprintln(os.Stderr, "begins", name, org, id, time.Now().UnixMicro())
			select {
			case <-time.After(choreTakes):
			case <-ctx.Done():
				return 0, ctx.Err()
			}
			fmt.Fprintln(os.Stderr, "ends", name, org, id, time.Now().UnixMicro())
			return choreEvery/4 + rand.N(choreEvery*3/4), nil
		}})
	}
	return all
}

// choring is one time that a chore was done, or begun.
type choring struct{ began, ended time.Time }

// chores are the times of each chore of each organization.
type chores map[string][]choring

// readChores reads what processes have said, in the order in which things began.
func readChores(said []string) chores {
	all, at := chores{}, map[string][2]int64{}
	of := map[string]string{}
	for _, line := range said {
		words := strings.Fields(line)
		if len(words) != 5 || words[0] != "begins" && words[0] != "ends" {
			continue
		}
		micros, err := strconv.ParseInt(words[4], 10, 64)
		if err != nil {
			continue
		}
		span := at[words[3]]
		if words[0] == "begins" {
			span[0] = micros
		} else {
			span[1] = micros
		}
		at[words[3]], of[words[3]] = span, words[1]+" "+words[2]
	}
	for id, span := range at {
		c := choring{began: time.UnixMicro(span[0])}
		if span[1] != 0 {
			c.ended = time.UnixMicro(span[1])
		}
		all[of[id]] = append(all[of[id]], c)
	}
	for _, times := range all {
		slices.SortFunc(times, func(a, b choring) int { return a.began.Compare(b.began) })
	}
	return all
}

// complaints says which chores were done by two at a time, or by another before
// whoever had begun could be known to be dead, until time was let go by for them.
func (c chores) complaints(until time.Time) (all []string) {
	for _, name := range choresInTurn {
		for _, one := range demo.Companies() {
			times := c[name+" "+one.Org.String()]
			for i := 1; i < len(times) && times[i].began.Before(until); i++ {
				before := times[i-1]
				free := before.ended
				if free.IsZero() {
					free = before.began.Add(choreLease - time.Second) // it was taken a moment before it began
				}
				if times[i].began.Before(free) {
					all = append(all, fmt.Sprintf("%s of %s: begun at %s, and by another at %s", name, one.Slug, before.began.Format(time.StampMicro), times[i].began.Format(time.StampMicro)))
				}
			}
		}
	}
	return all
}

// since lists the chores that nobody has begun and ended since an instant.
func (c chores) since(t time.Time) (waiting []string) {
	for _, name := range slices.Concat(choresInTurn, choresHurried) {
		for _, one := range demo.Companies() {
			if !slices.ContainsFunc(c[name+" "+one.Org.String()], func(x choring) bool { return x.began.After(t) && !x.ended.IsZero() }) {
				waiting = append(waiting, name+" of "+one.Slug.String())
			}
		}
	}
	return waiting
}

// count is how often a chore was begun.
func (c chores) count() (n int) {
	for _, times := range c {
		n += len(times)
	}
	return n
}

// broken is how many chores were begun and never ended.
func (c chores) broken() (n int) {
	for _, times := range c {
		for _, x := range times {
			if x.ended.IsZero() {
				n++
			}
		}
	}
	return n
}

// hurries are what was made due at once, and confirmed.
type hurries struct {
	mu  sync.Mutex
	all map[string]time.Time // the last of each chore of each organization
}

// hurry makes a chore due now. PostgreSQL may be down.
func (h *hurries) hurry(db *store.DB, r *rand.Rand) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, name := demo.Companies()[r.IntN(2)], choresHurried[r.IntN(len(choresHurried))]
	ctx, cancel := context.WithTimeout(context.Background(), answerLimit)
	defer cancel()
	now := time.Now()
	if db.HurryChore(ctx, admin(c), name, now) == nil {
		h.all[name+" "+c.Org.String()] = now
	}
	return nil
}

// complaints says which hurried chore has not been done since.
func (h *hurries) complaints(c chores) (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, at := range h.all {
		if !slices.ContainsFunc(c[name], func(x choring) bool { return x.began.After(at) && !x.ended.IsZero() }) {
			all = append(all, fmt.Sprintf("%s was hurried at %s, and has not been done since", name, at.Format(time.StampMicro)))
		}
	}
	return all
}

// TestChoresReportWhatIsWrong proves that the checks above can fail.
func TestChoresReportWhatIsWrong(t *testing.T) {
	t.Parallel()
	org, begin := contoso().Org, time.Now()
	line := func(what, name string, id int, at time.Duration) string {
		return fmt.Sprintln(what, name, org, id, begin.Add(at).UnixMicro())
	}
	for name, x := range map[string]struct {
		said  []string
		wrong bool
	}{
		"one after the other":                 {[]string{line("begins", "one", 1, 0), line("ends", "one", 1, time.Second), line("begins", "one", 2, time.Second)}, false},
		"two at a time":                       {[]string{line("begins", "one", 2, time.Millisecond), line("begins", "one", 1, 0), line("ends", "one", 1, time.Second)}, true},
		"before the other is known dead":      {[]string{line("begins", "one", 1, 0), line("begins", "one", 2, choreLease/2)}, true},
		"once the other is dead":              {[]string{line("begins", "one", 1, 0), line("begins", "one", 2, choreLease)}, false},
		"once time was let go by":             {[]string{line("begins", "one", 1, 0), line("begins", "one", 2, 10*choreLease)}, false},
		"two chores":                          {[]string{line("begins", "one", 1, 0), line("begins", "two", 2, 0)}, false},
		"what is hurried, while it is done":   {[]string{line("begins", "too", 1, 0), line("begins", "too", 2, 1), line("ends", "too", 1, 2)}, false},
		"said by something else that was cut": {[]string{"begins one", "ends"}, false},
	} {
		c := readChores(x.said)
		if wrong := c.complaints(begin.Add(5 * choreLease)); (len(wrong) > 0) != x.wrong {
			t.Errorf("%s: %v", name, wrong)
		}
	}
	c := readChores([]string{line("begins", "too", 1, time.Second), line("ends", "too", 1, 2*time.Second), line("begins", "one", 2, 0)})
	h := &hurries{all: map[string]time.Time{"too " + org.String(): begin}}
	if early := h.complaints(c); len(early) != 0 || c.broken() != 1 {
		t.Errorf("done since: %v; %d were broken off", early, c.broken())
	}
	h.all["too "+org.String()] = begin.Add(time.Second)
	if late := h.complaints(c); len(late) != 1 {
		t.Errorf("not done since: %v", late)
	}
	if left := c.since(begin); len(left) != 2*(len(choresInTurn)+len(choresHurried))-1 {
		t.Errorf("waiting: %v", left)
	}
}
