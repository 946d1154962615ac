package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// fewOrganizations are in memory before the others are measured, so that what a
// process has only once does not count.
const fewOrganizations = 10

// seeders is how many organizations are added at a time.
const seeders = 8

// organization adds one, with its configuration.
func (s planter) organization(ctx context.Context, n demo.New, c access.Configuration) error {
	if err := demo.Create(ctx, s.db, s.box, n); err != nil {
		return fmt.Errorf("seed organization %s: %w", n.Organization.Slug, err)
	}
	_, err := s.db.EditAccess(ctx, authz.SystemCaller(n.Organization.ID, "benchmark"), "benchmark configuration", func(now *access.Configuration) error {
		*now = c
		return nil
	})
	if err != nil {
		return fmt.Errorf("configure organization %s: %w", n.Organization.Slug, err)
	}
	return nil
}

// idleSlug names the nth organization of P10.
func idleSlug(n int) string { return fmt.Sprintf("idle-%05d", n) }

// idleDatabase returns a database with the organization that most rows are about
// and all the idle ones. It is made once.
func (l *lab) idleDatabase(ctx context.Context) (database, error) {
	if l.idles != nil {
		return *l.idles, nil
	}
	in, err := l.around.databases.make(ctx, "idle")
	if err != nil {
		return in, err
	}
	into, err := l.around.openPlanter(ctx, in)
	if err != nil {
		return in, err
	}
	plain := l.around.worlds.plain
	err = into.world(ctx, plain)
	if err == nil {
		err = into.idles(ctx, plain, fewOrganizations+l.idle)
	}
	if err := errors.Join(err, into.db.Close()); err != nil {
		return in, err
	}
	l.idles = &in
	return in, nil
}

// idles adds organizations like the demo's, each with an Entra tenant of its own.
func (s planter) idles(ctx context.Context, like world, count int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	numbers := make(chan int)
	var all sync.WaitGroup
	for range seeders {
		all.Go(func() {
			for n := range numbers {
				if err := s.idle(ctx, like, n); err != nil {
					cancel(err)
				}
			}
		})
	}
	for n := range count {
		if ctx.Err() != nil {
			break
		}
		numbers <- n
	}
	close(numbers)
	all.Wait()
	return context.Cause(ctx)
}

// idle adds the nth idle organization.
func (s planter) idle(ctx context.Context, like world, n int) error {
	contoso := demo.Companies()[0]
	org := like.organization()
	org.ID, org.Slug, org.Name, org.TID = tenants.NewID(), tenants.MustSlug(idleSlug(n)), idleSlug(n), tenants.TID{GUID: tenants.NewGUID()}
	org.Connection.ClientID, org.Connection.Resource = tenants.NewGUID(), like.places.Base+endpointOf(idleSlug(n))
	return s.organization(ctx, demo.New{Organization: org, ClientSecret: password}, access.Configuration{
		Clients: contoso.Clients(), Rules: contoso.Rules(), Tools: builtins(),
	})
}

// builtins are the tools that the demo's organizations switch on.
func builtins() []tools.Selection {
	var all []tools.Selection
	for _, name := range []string{"whoami", "roll_dice", "greeting_card", "graph_get_my_profile", "graph_list_my_groups"} {
		all = append(all, tools.Selection{Name: name, Effect: tools.Read})
	}
	return all
}

// measureIdle is P10: cold starts with all organizations in the database, and
// what each of them takes in memory once somebody has knocked at its door.
func (l *lab) measureIdle(ctx context.Context) ([]result, error) {
	in, err := l.idleDatabase(ctx)
	if err != nil {
		return nil, err
	}
	on, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	var kilobytes, seconds []float64
	for range l.rounds {
		m, s, err := l.coldStart(ctx, spec{role: productRole, setup: productSetup{Environ: l.around.environ(on, in)}, socket: on})
		if err != nil {
			return nil, errors.Join(err, on.close())
		}
		kilobytes, seconds = append(kilobytes, m), append(seconds, s.Seconds())
	}
	return []result{
		{target: idleMemory, figure: median(kilobytes), detail: fmt.Sprintf("from %d to %d organizations", fewOrganizations, fewOrganizations+l.idle)},
		{target: coldStart, figure: median(seconds), detail: "process start to /readyz"},
	}, on.close()
}

// coldStart starts the product, waits until it is ready, touches every
// organization once, and stops it.
func (l *lab) coldStart(ctx context.Context, s spec) (kilobytes float64, readyAfter time.Duration, err error) {
	p, err := start(ctx, s)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := ready(ctx, p.addr); err != nil {
		return 0, 0, err
	}
	readyAfter = time.Since(p.began)
	few, err := touched(ctx, p, 0, fewOrganizations)
	if err != nil {
		return 0, 0, err
	}
	many, err := touched(ctx, p, fewOrganizations, l.idle)
	if err != nil {
		return 0, 0, err
	}
	return float64(many-few) / float64(l.idle) / 1000, readyAfter, nil
}

// touched knocks at the doors of count organizations and returns the process's
// resident memory once garbage is collected and the connections are closed.
func touched(ctx context.Context, p *process, first, count int) (int64, error) {
	if err := knock(ctx, p.addr, first, count); err != nil {
		return 0, err
	}
	if err := p.order(order{Collect: true}); err != nil {
		return 0, err
	}
	return residentMemory(p.pid())
}

// knock asks once at the endpoint of each of count organizations, without a
// token, so that all of them are in memory.
func knock(ctx context.Context, addr string, first, count int) error {
	f, err := dial(ctx, addr, connections)
	if err != nil {
		return err
	}
	paths := make([]string, count)
	for i := range paths {
		paths[i] = endpointOf(idleSlug(first + i))
	}
	return errors.Join(f.touch(ctx, addr, paths, http.StatusUnauthorized), f.close())
}
