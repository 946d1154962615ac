package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

var _ sinks.Farewells = (*DB)(nil)

// FarewellChore is the name of the chore that brings sinks their last record.
const FarewellChore = "farewell"

// lessened is a sink that gets less than before, as it was.
type lessened struct {
	was        tenants.Sink
	act        watch.Act
	unseen     bool // the record of the change does not arrive there by itself
	ciphertext []byte
}

// lessenedSinks returns what of sinks gets less, as long as their secrets are there.
func lessenedSinks(tx *gorm.DB, before, after []tenants.Sink) (all []lessened, err error) {
	for _, was := range before {
		at := slices.IndexFunc(after, func(s tenants.Sink) bool { return s.ID == was.ID })
		l := lessened{was: was, unseen: true}
		switch {
		case at < 0:
			l.act = watch.SinkRemoved
		case moved(was, after[at]):
			l.act = watch.SinkMoved
		case was.Records && !after[at].Records:
			l.act = watch.SinkLessened
		case was.Checkpoints && !after[at].Checkpoints:
			l.act, l.unseen = watch.SinkLessened, !after[at].Records
		default:
			continue
		}
		if !was.Secret.IsZero() {
			var secret sinkSecretRow
			if err := tx.Where("id = ?", was.Secret).Take(&secret).Error; err != nil {
				return nil, err
			}
			l.ciphertext = secret.Ciphertext
		}
		all = append(all, l)
	}
	return all, nil
}

// moved reports whether a sink leads to another place.
func moved(was, is tenants.Sink) bool {
	return was.Kind != is.Kind || was.URL != is.URL || was.Email != is.Email || was.Rule != is.Rule || was.Stream != is.Stream
}

// partFrom has contacts told of sinks that get less, and each of those brought the record
// of that.
func (db *DB) partFrom(tx *gorm.DB, by authz.Caller, all []lessened, record audit.ID) error {
	for _, l := range all {
		if err := db.weakened(tx, by, watch.Weakening{Act: l.act, Of: l.was.ID.String(), What: l.was.Name + ", " + string(l.was.Kind)}); err != nil {
			return err
		}
		if !l.unseen {
			continue
		}
		text, err := json.Marshal(l.was)
		if err != nil {
			return fmt.Errorf("write sink: %w", err)
		}
		now := db.now().UTC().Truncate(time.Microsecond)
		if err := tx.Exec("INSERT INTO sink_farewells (id, sink, ciphertext, record, made_at) VALUES (?, ?::jsonb, ?, ?, ?)",
			tenants.NewGUID(), string(text), l.ciphertext, record.String(), now).Error; err != nil {
			return err
		}
		if err := choreNow(tx, FarewellChore, now); err != nil {
			return err
		}
	}
	return nil
}

// Farewells implements sinks.Farewells.
func (db *DB) Farewells(ctx context.Context, org tenants.ID) (all []sinks.Farewell, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var rows []struct {
			ID         tenants.GUID
			Sink       []byte
			Ciphertext []byte
			MadeAt     time.Time
			Seq        *int64
		}
		err := tx.Raw(`SELECT f.id, f.sink, f.ciphertext, f.made_at, r.seq FROM sink_farewells f
			LEFT JOIN audit_records r ON r.org_id = f.org_id AND r.id = f.record ORDER BY f.made_at, f.id`).Scan(&rows).Error
		for _, r := range rows {
			f := sinks.Farewell{ID: r.ID, Ciphertext: r.Ciphertext, MadeAt: r.MadeAt.UTC(), Seq: -1}
			if r.Seq != nil {
				f.Seq = *r.Seq
			}
			if err := json.Unmarshal(r.Sink, &f.Sink); err != nil {
				return fmt.Errorf("read sink: %w", err)
			}
			all = append(all, f)
		}
		return err
	})
	return all, err
}

// EndFarewell implements sinks.Farewells.
func (db *DB) EndFarewell(ctx context.Context, by authz.Caller, f sinks.Farewell, o sinks.Outcome) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM sink_farewells WHERE id = ?", f.ID).Error; err != nil || o == sinks.Arrived {
			return err
		}
		return db.weakened(tx, by, watch.Weakening{Act: watch.SinkUntold, Of: f.Sink.ID.String(), What: f.Sink.Name + ", " + string(f.Sink.Kind)})
	})
}
