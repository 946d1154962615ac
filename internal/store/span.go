package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/asof"
	"gatehouse/internal/authz"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

// span is what was said of a person's groups at one instant.
type span struct {
	person            tenants.GUID
	at                time.Time
	source            authz.Source
	member, notMember guidArray
}

// extendSpan lengthens the newest span of a person if it says the same.
const extendSpan = `UPDATE membership_spans s SET until = GREATEST(s.until, @at), last_source = CASE WHEN s.until < @at THEN @source ELSE s.last_source END
	WHERE s.person = @person AND s.since = (SELECT max(since) FROM membership_spans WHERE person = @person)
		AND s.member = CAST(@member AS uuid[]) AND s.not_member = CAST(@not_member AS uuid[])`

// beginSpan begins another. An answer that is on its way while another is written
// down comes right after that; one that comes much later than its time is nothing
// that was relied on.
const beginSpan = `INSERT INTO membership_spans (person, since, until, source, last_source, member, not_member)
	SELECT @person, begins, begins, @source, @source, @member, @not_member
	FROM (SELECT GREATEST(CAST(@at AS timestamptz), max(until) + interval '1 microsecond') AS begins, max(until) AS ended FROM membership_spans WHERE person = @person) AS last
	WHERE ended IS NULL OR ended < CAST(@at AS timestamptz) + interval '1 minute'
	ON CONFLICT ON CONSTRAINT membership_spans_pkey DO NOTHING`

// keepSpan notes in the history what was said.
func keepSpan(tx *gorm.DB, s span) error {
	if len(s.member)+len(s.notMember) == 0 || s.source == authz.SourceNone {
		return nil
	}
	values := map[string]any{"person": s.person, "at": *instant(s.at), "source": string(s.source), "member": s.member, "not_member": s.notMember}
	extended := tx.Exec(extendSpan, values)
	if extended.Error != nil || extended.RowsAffected > 0 {
		return extended.Error
	}
	return tx.Exec(beginSpan, values).Error
}

// Testify keeps for the history what was known of a person. See membership.Store.
func (db *DB) Testify(ctx context.Context, by authz.Caller, t membership.Testimony) error {
	member, notMember := answersOf(membership.Record{Answers: t.Answers})
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		err := tx.Exec(`INSERT INTO seen_people AS p (person, kind, name, first_at, last_at) VALUES (@person, @kind, @name, @at, @at)
			ON CONFLICT ON CONSTRAINT seen_people_pkey DO UPDATE SET kind = EXCLUDED.kind, name = CASE WHEN EXCLUDED.name = '' THEN p.name ELSE EXCLUDED.name END,
				first_at = LEAST(p.first_at, EXCLUDED.first_at), last_at = GREATEST(p.last_at, EXCLUDED.last_at)`,
			map[string]any{"person": t.Person, "kind": kindWord(t.Kind), "name": text.Cut(t.Name, 256), "at": *instant(t.At)}).Error
		if err != nil {
			return err
		}
		return keepSpan(tx, span{t.Person, t.At, t.Source, member, notMember})
	})
}

// kindWord is how a kind of person is kept; of what is no person nothing is.
func kindWord(k authz.Kind) string {
	switch k {
	case authz.User, authz.Guest, authz.Agent:
		return k.String()
	case authz.Nobody, authz.App, authz.System:
	}
	return ""
}

type spanRow struct {
	Person            tenants.GUID
	Since, Until      time.Time
	Source            authz.Source
	LastSource        authz.Source
	Member, NotMember guidArray
}

func (r spanRow) said() *asof.Said {
	s := &asof.Said{Answers: map[tenants.GUID]authz.Answer{}, Since: r.Since.UTC(), Until: r.Until.UTC(), Source: r.Source, LastSource: r.LastSource}
	for _, g := range r.Member {
		s.Answers[g] = authz.Member
	}
	for _, g := range r.NotMember {
		s.Answers[g] = authz.NotMember
	}
	return s
}

// PeopleAt returns who had shown a token by an instant, and what had been said of
// each of their groups last by then, in order of their ids after a given one; at
// most so many. With people it returns those of them.
func (db *DB) PeopleAt(ctx context.Context, org tenants.ID, q asof.PeopleQuery) ([]asof.Person, error) {
	var people []struct {
		Person tenants.GUID
		Kind   string
		Name   string
	}
	var spans []spanRow
	only := guidArray(q.People)
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		err := tx.Raw(`SELECT person, kind, name FROM seen_people WHERE first_at <= ? AND person > ? AND (? OR person = ANY (CAST(? AS uuid[]))) ORDER BY person LIMIT ?`,
			*instant(q.At), q.After, q.People == nil, only, q.Most).Scan(&people).Error
		if err != nil || len(people) == 0 {
			return err
		}
		ids := make(guidArray, len(people))
		for i, p := range people {
			ids[i] = p.Person
		}
		return tx.Raw(`SELECT DISTINCT ON (person) person, since, until, source, last_source, member, not_member FROM membership_spans
			WHERE person = ANY (CAST(? AS uuid[])) AND since <= ? ORDER BY person, since DESC`, ids, *instant(q.At)).Scan(&spans).Error
	}, oneView)
	if err != nil {
		return nil, err
	}
	said := map[tenants.GUID]*asof.Said{}
	for _, s := range spans {
		said[s.Person] = s.said()
	}
	list := make([]asof.Person, len(people))
	for i, p := range people {
		list[i] = asof.Person{OID: p.Person, Kind: asof.KindOf(p.Kind), Name: p.Name, Said: said[p.Person]}
	}
	return list, nil
}

// ForgetSpans drops what was last said of people's groups before an instant. Who
// was seen stays on record.
func (db *DB) ForgetSpans(ctx context.Context, by authz.Caller, before time.Time) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error { return forgetSpans(tx, before) })
}

func forgetSpans(tx *gorm.DB, before time.Time) error {
	return tx.Exec("DELETE FROM membership_spans WHERE until < ?", *instant(before)).Error
}

// ForgetPerson drops all that the history has of a person.
func (db *DB) ForgetPerson(ctx context.Context, by authz.Caller, person tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error { return forgetPerson(tx, person) })
}

func forgetPerson(tx *gorm.DB, person tenants.GUID) error {
	if err := tx.Exec("DELETE FROM membership_spans WHERE person = ?", person).Error; err != nil {
		return err
	}
	return tx.Exec("DELETE FROM seen_people WHERE person = ?", person).Error
}
