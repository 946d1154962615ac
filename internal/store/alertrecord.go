package store

import (
	"strings"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

// What the log says of an alert.
const (
	alertRaised  = "raised"
	alertNearer  = "nearer"
	alertSettled = "settled"
)

// recordAlerts writes what has become of alerts: of one that is only worded otherwise,
// nothing.
func (db *DB) recordAlerts(tx *gorm.DB, by authz.Caller, before, after []watch.Alert) error {
	was := map[tenants.GUID]watch.Alert{}
	for _, a := range before {
		was[a.ID] = a
	}
	for _, a := range after {
		b, known := was[a.ID]
		what := alertNews(b, a, known)
		if what == "" {
			continue
		}
		facts, err := newItem("facts", a.Facts, nil)
		if err != nil {
			return err
		}
		err = db.recordEvent(tx, by, audit.Event{
			Kind: audit.Alert, Target: strings.TrimSpace(string(a.Kind) + " " + a.Subject), Detail: what, After: bounded([]item{facts}),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func alertNews(was, is watch.Alert, known bool) string {
	switch {
	case !is.Open() && (!known || was.Open()):
		return alertSettled
	case is.Open() && (!known || !was.Open()):
		return alertRaised
	case is.Open() && is.Stage > was.Stage:
		return alertNearer
	}
	return ""
}
