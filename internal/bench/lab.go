package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"gatehouse/internal/demo"
)

// startLimit bounds how long the product may take to become ready.
const startLimit = time.Minute

// lab is floor and product side by side, warm.
type lab struct {
	settings
	around  *surroundings
	floor   *process
	product *process
	warm    []string // one token a person
	calls   []pair   // of the saturated rounds, which two rows read
	stop    []func() error
}

func openLab(ctx context.Context, s settings) (l *lab, err error) {
	l = &lab{settings: s}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if l.around, err = openSurroundings(ctx); err != nil {
		return l, err
	}
	l.stop = append(l.stop, l.around.close)
	in, err := l.around.databases.make(ctx, slug)
	if err != nil {
		return l, err
	}
	if err := l.around.seed(ctx, in); err != nil {
		return l, err
	}
	on, err := listen(ctx)
	if err != nil {
		return l, err
	}
	l.stop = append(l.stop, on.close)
	if l.floor, err = l.enter(ctx, spec{role: floorRole, socket: on}); err != nil {
		return l, err
	}
	setup := productSetup{Environ: l.around.environ(l.around.product, in)}
	if l.product, err = l.enter(ctx, spec{role: productRole, setup: setup, socket: l.around.product}); err != nil {
		return l, err
	}
	if err := ready(ctx, l.product.addr); err != nil {
		return l, err
	}
	l.warm, err = l.mint().tokens(ctx, people)
	return l, err
}

// enter starts a server that runs as long as the lab.
func (l *lab) enter(ctx context.Context, s spec) (*process, error) {
	p, err := start(ctx, s)
	if err != nil {
		return nil, err
	}
	l.stop = append(l.stop, p.stop)
	return p, nil
}

func (l *lab) close() error {
	var errs []error
	for i := len(l.stop) - 1; i >= 0; i-- {
		errs = append(errs, l.stop[i]())
	}
	return errors.Join(errs...)
}

func (l *lab) mint() mint { return mint{entra: l.around.entra, world: l.around.world} }

// seed puts the organization under load into a database.
func (s *surroundings) seed(ctx context.Context, in database) error {
	into, err := s.openPlanter(ctx, in)
	if err != nil {
		return err
	}
	err = into.organization(ctx, demo.New{Organization: s.world.organization(), ClientSecret: password}, s.world.configuration())
	return errors.Join(err, into.db.Close())
}

// mcp is the endpoint under load.
func (l *lab) mcp() endpoint { return endpoint{addr: l.product.addr, path: endpointOf(slug)} }

// match brings both sides together for one kind of request: closed loop, warm
// tokens, new connections, and a floor that answers as much as the product does.
// Check sees the product's result, in full, before anything is measured.
func (l *lab) match(ctx context.Context, r request, check func(result []byte) error) (m match, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, m.close())
		}
	}()
	if m.product, err = l.side(ctx, "product", l.product); err != nil {
		return m, err
	}
	if m.floor, err = l.side(ctx, "floor", l.floor); err != nil {
		return m, err
	}
	status, body, err := m.product.fleet.ask(r, l.warm[0])
	if err != nil {
		return m, err
	}
	answer, err := decode(status, body)
	if err != nil {
		return m, err
	}
	m.product = m.product.send(l.load(r))
	m.floor = m.floor.send(l.load(r.at(endpoint{addr: l.floor.addr, path: "/" + strconv.Itoa(len(body))})))
	return m, check(answer)
}

// side connects to a server.
func (l *lab) side(ctx context.Context, name string, p *process) (contender, error) {
	f, err := dial(ctx, p.addr, connections)
	return contender{name: name, server: p, fleet: f}, err
}

// load is a request over and over, with warm tokens.
func (l *lab) load(r request) phase {
	return phase{request: r, tokens: &tokens{list: l.warm}, lasts: l.lasts}
}

// profile writes a CPU profile of the product under the load of one more round.
func (l *lab) profile(ctx context.Context, row string, c contender) error {
	if l.profiles == "" {
		return nil
	}
	path, err := filepath.Abs(filepath.Join(l.profiles, row+".pprof"))
	if err != nil {
		return fmt.Errorf("name profile: %w", err)
	}
	if err := l.product.order(order{Profile: path}); err != nil {
		return err
	}
	_, err = c.fleet.drive(ctx, c.phase(l.rounds))
	return errors.Join(err, l.product.order(order{}))
}
