package store

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Access returns what one organization has decided about who may do what.
func (db *DB) Access(ctx context.Context, org tenants.ID) (access.Configuration, error) {
	var c access.Configuration
	err := db.in(ctx, org, func(tx *gorm.DB) (err error) {
		c, err = readAccess(tx)
		return err
	}, oneView)
	return c, err
}

// EditAccess lets edit change the configuration of the caller's organization
// and returns what it has become. Nobody else changes the organization between
// the reading and the writing. Rules that do not compile are refused with every
// complaint, and so is what becomes too much in all (Configuration.CheckTotals);
// edit's own error refuses everything. Only rows that differ are written: roles
// and assignments keep their ids. An assignment without id is the one that gives
// its subject this role already, or a new one. An edit that changes nothing
// leaves no trace. What names the change in its record.
func (db *DB) EditAccess(ctx context.Context, by authz.Caller, what string, edit func(*access.Configuration) error) (access.Configuration, error) {
	var c access.Configuration
	err := db.write(ctx, by, change{what: what}, func(tx *gorm.DB) (difference, error) {
		var err error
		if c, err = readAccess(tx); err != nil {
			return difference{}, err
		}
		e, err := beginAccess(by.Org(), c)
		if err != nil {
			return difference{}, err
		}
		if err := edit(&c); err != nil {
			return difference{}, err
		}
		return orUnchanged(e.write(tx, &c))
	})
	if err != nil {
		return access.Configuration{}, err
	}
	return c, nil
}

// accessEdit is what an edit of a configuration begins from. It is described
// beforehand: an edit may change in place what it was given.
type accessEdit struct {
	org       tenants.ID
	before    []item
	totals    access.Totals
	known     map[given]tenants.GUID
	sources   []tools.Source
	sinks     []tenants.Sink
	approvals []tools.Approval
}

func beginAccess(org tenants.ID, c access.Configuration) (accessEdit, error) {
	before, err := accessItems(org, c)
	return accessEdit{org, before, c.Totals(), assignmentIDs(c), slices.Clone(c.Sources), slices.Clone(c.Sinks), slices.Clone(c.Approvals)}, err
}

// write checks what has become of a configuration, gives ids to assignments that
// have none, and writes what differs.
func (e accessEdit) write(tx *gorm.DB, c *access.Configuration) (difference, error) {
	c.Rules.Assignments = identified(c.Rules.Assignments, e.known)
	if err := c.CheckTotals(e.totals); err != nil {
		return difference{}, err
	}
	if err := c.CheckSecrets(e.sources); err != nil {
		return difference{}, err
	}
	if err := c.CheckSinkSecrets(e.sinks); err != nil {
		return difference{}, err
	}
	if err := checkAccess(*c); err != nil {
		return difference{}, err
	}
	after, err := accessItems(e.org, *c)
	if err != nil {
		return difference{}, err
	}
	d, err := writeDifference(tx, e.before, after)
	if err == nil && d.federated() {
		err = e.writeFederation(tx, c)
	}
	if err == nil && d.sinks() {
		d.lessened, err = lessenedSinks(tx, e.sinks, c.Sinks)
	}
	if err == nil && d.sinks() {
		err = writeSinks(tx, e.org, e.sinks, *c)
	}
	if err == nil {
		err = cutOffClients(tx, e.org, d)
	}
	c.Secrets = nil
	return d, err
}

// federated reports whether the difference has to do with sources.
func (d difference) federated() bool {
	return slices.ContainsFunc(slices.Concat(d.added, d.changed, d.removed), func(i item) bool {
		switch i.row.(type) {
		case *sourceRow, *approvalRow:
			return true
		}
		return false
	})
}

// sinks reports whether the difference has to do with sinks.
func (d difference) sinks() bool {
	return slices.ContainsFunc(slices.Concat(d.added, d.changed, d.removed), func(i item) bool {
		_, is := i.row.(*sinkRow)
		return is
	})
}

// writeFederation brings along what goes with sources and approvals and is no
// part of a configuration.
func (e accessEdit) writeFederation(tx *gorm.DB, c *access.Configuration) error {
	if err := writeSourceSecrets(tx, e.org, e.sources, *c); err != nil {
		return err
	}
	if err := forgetMoved(tx, e.sources, c.Sources); err != nil {
		return err
	}
	if err := withdraw(tx, e.approvals, c.Approvals); err != nil {
		return err
	}
	return pin(tx)
}

// writeDifference writes what turns before into after.
func writeDifference(tx *gorm.DB, before, after []item) (difference, error) {
	d, err := compare(before, after)
	if err != nil {
		return d, err
	}
	return d, d.write(tx)
}

// checkAccess returns every complaint about a configuration.
func checkAccess(c access.Configuration) error {
	names := make([]string, len(c.Tools))
	for i, t := range c.Tools {
		names[i] = t.Name
	}
	if _, err := authz.Compile(c.Rules, names); err != nil {
		return err
	}
	for id := range c.Rules.ClientCeilings {
		if !slices.ContainsFunc(c.Clients, func(listed tenants.Client) bool { return listed.ID == id }) {
			return fault.Newf(fault.Invalid, "client ceiling %s: the client is not listed; list it or drop the ceiling", id)
		}
	}
	return nil
}

// given is what makes two assignments the same: a role and who has it.
type given struct {
	role    tenants.GUID
	subject authz.Subject
}

func assignmentIDs(c access.Configuration) map[given]tenants.GUID {
	ids := map[given]tenants.GUID{}
	for _, a := range c.Rules.Assignments {
		ids[given{a.Role, a.Subject}] = a.ID
	}
	return ids
}

// identified gives an id to the assignments that have none.
func identified(assignments []authz.Assignment, known map[given]tenants.GUID) []authz.Assignment {
	all := slices.Clone(assignments)
	for i := range all {
		if !all[i].ID.IsZero() {
			continue
		}
		id, ok := known[given{all[i].Role, all[i].Subject}]
		if !ok {
			id = tenants.NewGUID()
		}
		all[i].ID = id
	}
	return all
}

// accessItems describes a configuration row by row.
func accessItems(org tenants.ID, c access.Configuration) ([]item, error) {
	var items []item
	for _, describe := range []func(tenants.ID, access.Configuration) ([]item, error){
		roleItems, assignmentItems, clientItems, preregisteredItems, scopeCeilingItems, toolItems, sourceItems, approvalItems, toolsetItems, limitItems, recordingItems, contactItems, sinkItems,
	} {
		some, err := describe(org, c)
		if err != nil {
			return nil, err
		}
		items = append(items, some...)
	}
	return items, nil
}

func readAccess(tx *gorm.DB) (access.Configuration, error) {
	c, err := readOwn(tx)
	if err != nil {
		return access.Configuration{}, err
	}
	for _, read := range []func(*gorm.DB, *access.Configuration) error{readPreregistered, readFederation} {
		if err := read(tx, &c); err != nil {
			return access.Configuration{}, fmt.Errorf("read configuration: %w", err)
		}
	}
	return c, nil
}

// readOwn reads what a configuration has besides registered clients, sources,
// toolsets and limits.
func readOwn(tx *gorm.DB) (access.Configuration, error) {
	c := access.Configuration{Rules: authz.Rules{ClientCeilings: map[string]authz.Ceiling{}, ScopeCeilings: map[string]authz.Ceiling{}}}
	for _, read := range []func(*gorm.DB, *access.Configuration) error{readRoles, readAssignments, readClients, readScopeCeilings, readTools} {
		if err := read(tx, &c); err != nil {
			return access.Configuration{}, fmt.Errorf("read configuration: %w", err)
		}
	}
	return c, nil
}
