package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"gatehouse/internal/demo"
)

// startLimit bounds how long the product may take to become ready.
const startLimit = time.Minute

// lab is what is measured, side by side: the floor, the product, and the servers
// behind organizations.
type lab struct {
	settings
	around   *surroundings
	floor    *process
	product  *process
	upstream *process
	warm     map[string][]string // one token a person, by the slug of their organization
	calls    []pair              // of the saturated rounds, which two rows read
	idles    *database           // with all the idle organizations, once it is made
	console  *console            // which rows about the browser share, once it is started
	notes    io.Writer           // for progress
	stop     []func() error
}

func openLab(ctx context.Context, s settings) (l *lab, err error) {
	l = &lab{settings: s, warm: map[string][]string{}, notes: io.Discard}
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
	if l.upstream, err = l.enter(ctx, spec{role: upstreamRole, socket: l.around.upstream}); err != nil {
		return l, err
	}
	setup := productSetup{Environ: l.around.environ(l.around.product, in)}
	if l.product, err = l.enter(ctx, spec{role: productRole, setup: setup, socket: l.around.product}); err != nil {
		return l, err
	}
	return l, ready(ctx, l.product.addr)
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

func (l *lab) mint(of world) mint { return mint{entra: l.around.entra, world: of} }

// tokens returns one token a person of an organization, the same every time.
func (l *lab) tokens(ctx context.Context, of world) (_ []string, err error) {
	if l.warm[of.slug] == nil {
		l.warm[of.slug], err = l.mint(of).tokens(ctx, people)
	}
	return l.warm[of.slug], err
}

// seed puts the organizations under load into a database, with as many idle ones
// as make them few.
func (s *surroundings) seed(ctx context.Context, in database) error {
	into, err := s.openPlanter(ctx, in)
	if err != nil {
		return err
	}
	for _, w := range s.worlds.all() {
		err = errors.Join(err, into.world(ctx, w))
	}
	if err == nil {
		err = into.idles(ctx, s.worlds.plain, fewOrganizations-len(s.worlds.all()))
	}
	return errors.Join(err, into.db.Close())
}

// world adds an organization under load, with what is behind it.
func (s planter) world(ctx context.Context, w world) error {
	err := s.organization(ctx, demo.New{Organization: w.organization(), ClientSecret: password}, w.configuration())
	if err == nil && w.offers != "" {
		err = s.federate(ctx, w)
	}
	return err
}

// mcp is an organization's endpoint under load.
func (l *lab) mcp(of world) endpoint {
	return endpoint{addr: l.product.addr, path: endpointOf(of.slug)}
}

// work is one kind of request by the people of one organization.
type work struct {
	by      world
	request request
	check   func(result []byte) error // sees the product's result, in full, before anything is measured
}

// match brings floor and product together for one kind of work: closed loop,
// warm tokens, new connections, and a floor that answers as much as the product
// does.
func (l *lab) match(ctx context.Context, w work) (m match, err error) {
	bearers, err := l.tokens(ctx, w.by)
	if err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.close())
		}
	}()
	var length int
	if m.product, length, err = meet(ctx, side{"product", l.product.addr, l.product, l.load(w.request, bearers), w.check}); err != nil {
		return m, err
	}
	to := endpoint{addr: l.floor.addr, path: "/" + strconv.Itoa(length)}
	m.floor, _, err = meet(ctx, side{"floor", l.floor.addr, l.floor, l.load(w.request.at(to), bearers), anyResult})
	return m, err
}

// side is a server and the load for it.
type side struct {
	name   string
	addr   string
	server measured
	load   phase
	check  func(result []byte) error
}

// meet connects to a side, asks it once, and has the result checked. It also
// returns the length of the reply.
func meet(ctx context.Context, s side) (c contender, length int, err error) {
	f, err := dial(ctx, s.addr, connections)
	if err != nil {
		return c, 0, err
	}
	c = contender{name: s.name, server: s.server, fleet: f}.send(s.load)
	token, _ := s.load.tokens.take()
	status, body, err := f.ask(s.load.request, token)
	if err != nil {
		return c, 0, fmt.Errorf("ask %s: %w", s.name, err)
	}
	answer, err := decode(status, body)
	if err != nil {
		return c, 0, fmt.Errorf("ask %s: %w", s.name, err)
	}
	return c, len(body), s.check(answer)
}

// load is a request over and over, with warm tokens.
func (l *lab) load(r request, bearers []string) phase {
	return phase{request: r, tokens: &tokens{list: bearers}, lasts: l.lasts}
}

// profile writes a CPU profile of the product under the load of one more round,
// if that is asked for. The contender is a process of the product.
func (l *lab) profile(ctx context.Context, row string, c contender) error {
	product, ours := c.server.(*process)
	if l.profiles == "" || !ours {
		return nil
	}
	path, err := filepath.Abs(filepath.Join(l.profiles, row+".pprof"))
	if err != nil {
		return fmt.Errorf("name profile: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil { //nolint:gosec // whoever runs it names the directory
		return fmt.Errorf("make directory of profiles: %w", err)
	}
	if err := product.order(order{Profile: path}); err != nil {
		return err
	}
	_, err = c.fleet.drive(ctx, c.phase(l.rounds))
	return errors.Join(err, product.order(order{}))
}
