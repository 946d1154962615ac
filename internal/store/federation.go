package store

import (
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// federated says what an organization has of what few have, so that the others
// cost one look.
type federated struct{ Sources, Toolsets, Limits, Recordings, Contacts, Sinks bool }

func readFederated(tx *gorm.DB) (f federated, err error) {
	err = tx.Raw("SELECT EXISTS (SELECT FROM sources), EXISTS (SELECT FROM toolsets), EXISTS (SELECT FROM limits), EXISTS (SELECT FROM recordings), EXISTS (SELECT FROM contacts), EXISTS (SELECT FROM sinks)").Row().
		Scan(&f.Sources, &f.Toolsets, &f.Limits, &f.Recordings, &f.Contacts, &f.Sinks)
	return f, err
}

// readFederation reads sources, approvals, toolsets, limits, recordings, contacts and sinks.
func readFederation(tx *gorm.DB, c *access.Configuration) error {
	has, err := readFederated(tx)
	if err != nil {
		return err
	}
	if has.Sources {
		if c.Sources, err = readSources(tx); err != nil {
			return err
		}
		if c.Approvals, err = readApprovals(tx); err != nil {
			return err
		}
	}
	if has.Toolsets {
		if c.Toolsets, err = readToolsets(tx); err != nil {
			return err
		}
	}
	if has.Limits {
		if c.Limits, err = readLimits(tx); err != nil {
			return err
		}
	}
	if has.Recordings {
		if c.Recordings, err = readRecordings(tx); err != nil {
			return err
		}
	}
	if has.Contacts {
		if c.Contacts, err = readContacts(tx); err != nil {
			return err
		}
	}
	if has.Sinks {
		c.Sinks, err = readSinks(tx)
	}
	return err
}

// readServed reads what a view needs of sources, toolsets, limits and recordings, but for the
// texts that has names.
func readServed(tx *gorm.DB, d *snapshot.Data, has func(tools.Approval) bool) error {
	there, err := readFederated(tx)
	if err != nil {
		return err
	}
	if there.Toolsets {
		if d.Toolsets, err = readToolsets(tx); err != nil {
			return err
		}
	}
	if there.Limits {
		if d.Limits, err = readLimits(tx); err != nil {
			return err
		}
	}
	if there.Recordings {
		if d.Recordings, err = readRecordings(tx); err != nil {
			return err
		}
	}
	if !there.Sources {
		return nil
	}
	if d.Sources, err = readSources(tx); err != nil {
		return err
	}
	if d.SourceSecrets, err = readSourceSecrets(tx, d.Sources); err != nil {
		return err
	}
	if err = readStates(tx, d); err != nil {
		return err
	}
	if d.Pinned, err = readPinned(tx); err != nil {
		return err
	}
	return readTexts(tx, d.Pinned, has)
}

// readStates reads when each source last answered, and with which capabilities.
func readStates(tx *gorm.DB, d *snapshot.Data) error {
	var rows []sourceStateRow
	if err := tx.Select("source_id", "refreshed_at", "capabilities").Where("refreshed_at IS NOT NULL").Find(&rows).Error; err != nil {
		return err
	}
	d.Refreshed, d.Capabilities = make(map[tenants.GUID]time.Time, len(rows)), make(map[tenants.GUID][]byte, len(rows))
	for _, r := range rows {
		d.Refreshed[r.SourceID], d.Capabilities[r.SourceID] = orZero(r.RefreshedAt), r.Capabilities
	}
	return nil
}

// readPinned returns what is approved, has a text, and is offered in one form or
// another by a source that is switched on, in the order in which something of
// that name was first approved. It reads no text.
func readPinned(tx *gorm.DB) ([]tools.Pinned, error) {
	var rows []approvalRow
	err := tx.Raw(`SELECT a.org_id, a.source_id, a.kind, a.name, a.hash, a.effect, a.automatic, a.at
		FROM approvals a JOIN sources s ON (s.org_id, s.id) = (a.org_id, a.source_id)
		JOIN offers o ON (o.org_id, o.source_id, o.kind, o.name) = (a.org_id, a.source_id, a.kind, a.name)
		WHERE s.enabled AND a.definition_hash = a.hash ORDER BY a.first_at, s.name, a.kind, a.name`).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	list := make([]tools.Pinned, len(rows))
	for i, r := range rows {
		list[i] = tools.Pinned{Approval: r.approval()}
	}
	return list, nil
}

// readTexts reads the texts of what is approved, but for those that has names: all
// may come to 32 MB, which nothing but their own change is to move.
func readTexts(tx *gorm.DB, list []tools.Pinned, has func(tools.Approval) bool) error {
	type key struct {
		source tenants.GUID
		kind   tools.Kind
		name   string
	}
	wanted := map[key]*tools.Pinned{}
	var sources guidArray
	var kinds, names textArray
	for i := range list {
		if p := &list[i]; has == nil || !has(p.Approval) {
			wanted[key{p.Source, p.Kind, p.Name}] = p
			sources, kinds, names = append(sources, p.Source), append(kinds, string(p.Kind)), append(names, p.Name)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	var rows []struct {
		SourceID   tenants.GUID
		Kind       tools.Kind
		Name       string
		Definition []byte
	}
	err := tx.Raw(`SELECT source_id, kind, name, definition FROM approvals
		WHERE (source_id, kind, name) IN (SELECT * FROM unnest(?::uuid[], ?::text[], ?::text[]))`, sources, kinds, names).Scan(&rows).Error
	for _, r := range rows {
		if p := wanted[key{r.SourceID, r.Kind, r.Name}]; p != nil {
			p.Definition = r.Definition
		}
	}
	return err
}
