package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

type sinkRow struct {
	OrgID       tenants.ID   `gorm:"primaryKey"`
	ID          tenants.GUID `gorm:"primaryKey"`
	Name        string
	Kind        tenants.SinkKind
	Checkpoints bool
	Records     bool
	EveryS      int
	Email       string
	URL         string
	KeyID       string
	Region      string
	Rule        string
	Stream      string
	Header      string
	Format      tenants.SinkFormat
	Secret      *tenants.GUID
	Secrets     int
}

func (sinkRow) TableName() string { return "sinks" }

type sinkSecretRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	ID         tenants.GUID `gorm:"primaryKey"`
	Ciphertext []byte
}

func (sinkSecretRow) TableName() string { return "sink_secrets" }

func sinkItems(org tenants.ID, c access.Configuration) ([]item, error) {
	items := make([]item, len(c.Sinks))
	for n, s := range c.Sinks {
		row := &sinkRow{
			OrgID: org, ID: s.ID, Name: s.Name, Kind: s.Kind, Checkpoints: s.Checkpoints, Records: s.Records, EveryS: int(s.Every / time.Second),
			Email: s.Email, URL: s.URL, KeyID: s.KeyID, Region: s.Region, Rule: s.Rule, Stream: s.Stream, Header: s.Header, Format: cmp.Or(s.Format, tenants.OwnFormat), Secrets: s.Secrets,
		}
		if !s.Secret.IsZero() {
			row.Secret = &s.Secret
		}
		var err error
		if items[n], err = newItem("sink "+s.ID.String(), shownSink(s), row); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// shownSink is what the log says of a sink. What of a webhook's URL may let whoever
// knows it post there is shown as a digest, so that a change shows.
func shownSink(s tenants.Sink) map[string]any {
	shown := map[string]any{"name": s.Name, "kind": s.Kind, "checkpoints": s.Checkpoints, "records": s.Records, "every": s.Every.String()}
	for name, value := range map[string]string{"email": s.Email, "key_id": s.KeyID, "region": s.Region, "rule": s.Rule, "stream": s.Stream, "header": s.Header, "format": string(s.Format)} {
		if value != "" {
			shown[name] = value
		}
	}
	if !s.Secret.IsZero() {
		shown["secret"] = s.Secret.String()
	}
	if s.Kind != tenants.WebhookSink {
		shown["url"] = s.URL
		return shown
	}
	digest := sha256.Sum256([]byte(s.URL))
	shown["url_sha256"], shown["secrets"] = hex.EncodeToString(digest[:]), s.Secrets
	if u, err := url.Parse(s.URL); err == nil {
		shown["host"] = u.Host
	}
	return shown
}

func readSinks(tx *gorm.DB) ([]tenants.Sink, error) {
	var rows []sinkRow
	if err := tx.Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	all := make([]tenants.Sink, len(rows))
	for i, r := range rows {
		all[i] = r.sink()
	}
	return all, nil
}

func (r sinkRow) sink() tenants.Sink {
	s := tenants.Sink{
		ID: r.ID, Name: r.Name, Kind: r.Kind, Checkpoints: r.Checkpoints, Records: r.Records, Every: time.Duration(r.EveryS) * time.Second,
		Email: r.Email, URL: r.URL, KeyID: r.KeyID, Region: r.Region, Rule: r.Rule, Stream: r.Stream, Header: r.Header, Format: tenants.SinkFormat(strings.TrimPrefix(string(r.Format), string(tenants.OwnFormat))), Secrets: r.Secrets,
	}
	if r.Secret != nil {
		s.Secret = *r.Secret
	}
	return s
}

// writeSinks brings along what goes with sinks and is no part of a configuration:
// their secrets, and where those begin that are new.
func writeSinks(tx *gorm.DB, org tenants.ID, before []tenants.Sink, after access.Configuration) error {
	was, is := sinkSecretIDs(before), sinkSecretIDs(after.Sinks)
	for id := range is {
		if was[id] {
			continue
		}
		if err := tx.Create(&sinkSecretRow{OrgID: org, ID: id, Ciphertext: after.Secrets[id]}).Error; err != nil {
			return err
		}
	}
	for id := range was {
		if is[id] {
			continue
		}
		if err := tx.Where("id = ?", id).Delete(&sinkSecretRow{}).Error; err != nil {
			return err
		}
	}
	return beginSinks(tx, before, after.Sinks)
}

func sinkSecretIDs(all []tenants.Sink) map[tenants.GUID]bool {
	ids := map[tenants.GUID]bool{}
	for _, s := range all {
		if !s.Secret.IsZero() {
			ids[s.Secret] = true
		}
	}
	return ids
}
