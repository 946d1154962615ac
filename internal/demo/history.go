package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/app"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// historyDays is how many days of history an organization begins with.
const historyDays = 31

// seedPast makes the organizations that are not there yet as they were a month ago, and
// has a month happen to them. What it writes goes the way that everything goes: changes
// through the store, records through the log, and the worker's sealer seals them, an hour
// after they were made at the latest. Only the clock is another.
func (s *Stack) seedPast(ctx context.Context, key Key, registry *tools.Registry) error {
	box, err := key.Box()
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	midnight := now.Truncate(24 * time.Hour)
	for _, c := range Companies() {
		h, err := s.openHistory(ctx, key, c, midnight)
		if err != nil {
			return err
		}
		err = h.unlessThere(ctx, func() error {
			h.clock.reach(midnight.AddDate(0, 0, -historyDays).Add(-16 * time.Hour))
			h.db.KeepHistory(box)
			if err := seedCompany(ctx, h.db, box, registry, c, s.World); err != nil {
				return err
			}
			if err := h.write(ctx, box, registry); err != nil {
				return err
			}
			return h.keep(ctx, filepath.Join(s.settings.Data, c.Slug.String()))
		})
		if err := errors.Join(err, h.close(ctx)); err != nil {
			return fmt.Errorf("write the history of %s: %w", c.Name, err)
		}
	}
	return nil
}

// history writes what happened to one company.
type history struct {
	company  Company
	endpoint string
	midnight time.Time // at the end of the last day
	clock    *pastClock
	db       *store.DB
	outbox   *store.Outbox
	past     *app.Past
	pile     *pile
	log      *audit.Log
	ended    chan error // of the log
	random   *rand.Rand
	tools    []string
	policy   *authz.Policy
	signIns  []signIn
	tokens   map[string]authz.Identity // of today, by name
}

func (s *Stack) openHistory(ctx context.Context, key Key, c Company, midnight time.Time) (h *history, err error) {
	h = &history{
		company: c, endpoint: "/t/" + c.Slug.String() + "/mcp", midnight: midnight, clock: &pastClock{at: midnight.AddDate(0, 0, -historyDays-1)},
		pile: &pile{}, ended: make(chan error, 1), random: rand.New(rand.NewPCG(uint64(len(c.Domain)), 31)), tokens: map[string]authz.Identity{}, //nolint:gosec // the same history each time
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close(ctx))
		}
	}()
	if h.db, err = store.Open(ctx, s.database.api, h.clock.Now); err != nil {
		return h, err
	}
	if h.outbox, err = store.OpenOutbox(ctx, s.database.audit); err != nil {
		return h, err
	}
	config, err := s.workerConfiguration(key)
	if err != nil {
		return h, err
	}
	if h.past, err = app.OpenPast(ctx, app.WorkerOptions{Config: config, Telemetry: s.telemetry, Now: h.clock.Now}); err != nil {
		return h, err
	}
	log, err := pastLog(h.clock, h.pile, s.telemetry.Logger)
	if err != nil {
		return h, err
	}
	h.log = log
	go func() { h.ended <- log.Run(context.WithoutCancel(ctx)) }()
	return h, nil
}

func (h *history) close(ctx context.Context) error {
	var errs []error
	if h.log != nil {
		errs = append(errs, h.log.Close(ctx), <-h.ended)
	}
	if h.past != nil {
		errs = append(errs, h.past.Close())
	}
	if h.outbox != nil {
		h.outbox.Close()
	}
	if h.db != nil {
		errs = append(errs, h.db.Close())
	}
	return errors.Join(errs...)
}

// unlessThere does what is to be done for an organization that the database does not
// have.
func (h *history) unlessThere(ctx context.Context, do func() error) error {
	_, err := h.db.Organization(ctx, h.company.Org)
	if fault.KindOf(err) == fault.NotFound {
		return do()
	}
	return err
}

// write has the month happen.
func (h *history) write(ctx context.Context, box *secrets.Box, registry *tools.Registry) error {
	for _, t := range h.company.Tools(registry) {
		h.tools = append(h.tools, t.Name)
	}
	if err := h.compile(h.company.Rules()); err != nil {
		return err
	}
	if err := h.seal(ctx); err != nil {
		return err
	}
	turns := turnsOf(h.company)
	for day := historyDays; day >= 1; day-- {
		midnight := h.midnight.AddDate(0, 0, -day)
		h.tokens = map[string]authz.Identity{}
		for _, hour := range hours(h.company, midnight) {
			h.clock.reach(midnight.Add(hour + time.Duration(h.random.IntN(900))*time.Second))
			if turn, ok := turns[day]; ok && hour == hours(h.company, midnight)[0] {
				if err := turn(ctx, h, box); err != nil {
					return fmt.Errorf("day %d: %w", day, err)
				}
			}
			if err := h.work(ctx, day); err != nil {
				return fmt.Errorf("day %d: %w", day, err)
			}
			if err := h.seal(ctx); err != nil {
				return fmt.Errorf("day %d: %w", day, err)
			}
		}
	}
	return nil
}

// hours are when something happens on a day: less on weekends, and less at Fabrikam.
func hours(c Company, day time.Time) []time.Duration {
	if weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday; weekend || c.Slug.String() != "contoso" {
		return []time.Duration{10 * time.Hour}
	}
	return []time.Duration{8 * time.Hour, 14 * time.Hour}
}

// seal has sealed what has happened so far.
func (h *history) seal(ctx context.Context) error {
	if rows := h.pile.take(); len(rows) > 0 {
		if err := h.outbox.Append(ctx, rows); err != nil {
			return err
		}
	}
	h.clock.pass(2 * time.Second)
	return h.past.Seal(ctx, h.company.Org)
}

func (h *history) compile(rules authz.Rules) (err error) {
	h.policy, err = authz.Compile(rules, h.tools)
	return err
}

// edit changes what the company has decided, by somebody.
func (h *history) edit(ctx context.Context, by authz.Caller, what string, edit func(*access.Configuration) error) error {
	h.clock.pass(time.Minute)
	now, err := h.db.EditAccess(ctx, by, what, edit)
	if err != nil {
		return err
	}
	now.Rules.Scope = Scope // which the connection has, not the configuration
	return h.compile(now.Rules)
}

// testify has kept what was known of somebody, for reports of access.
func (h *history) testify(ctx context.Context, id authz.Identity, m authz.Membership) error {
	answers := map[tenants.GUID]authz.Answer{}
	for g, a := range m.Groups {
		answers[g] = a
	}
	return h.db.Testify(ctx, authz.SystemCaller(h.company.Org, "membership refresh"), membership.Testimony{
		Person: id.OID, Kind: id.Kind, Name: id.Name, At: h.clock.Now(), Source: m.Source, Answers: answers,
	})
}

// keep writes what the company keeps outside of Gatehouse into a directory.
func (h *history) keep(ctx context.Context, dir string) error {
	head, err := h.db.LogHead(ctx, h.company.Org)
	if err != nil {
		return err
	}
	if _, err := proof.ReadCheckpoint(head.Checkpoint); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep what %s holds: %w", h.company.Name, err)
	}
	table, err := signInTable(h.signIns)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"log-key.txt": []byte(head.Key + "\n"), "checkpoint.txt": head.Checkpoint, "app-id.txt": []byte(h.company.API.String() + "\n"), "sign-ins.csv": table,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("keep what %s holds: %w", h.company.Name, err)
		}
	}
	return nil
}
