package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

func TestLogHasWhatBecameOfAnAlert(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	n, now := len(stored(t, p.db, p.a)), time.Now()
	a := anAlert(tenants.NewGUID())
	settle := func(change func()) {
		change()
		must(t, p.db.SettleAlerts(t.Context(), caller(p.a), now, func(watch.State) (watch.Changes, error) { return watch.Changes{Alerts: []watch.Alert{a}}, nil }))
	}
	settle(func() {})
	settle(func() { a.Told, a.ToldAt = watch.ToldRaised, now })
	settle(func() { a.Stage = 1 })
	settle(func() { a.GoneAt = now })
	settle(func() { a.ResolvedAt = now })
	settle(func() { a.Told = watch.ToldResolved })
	settle(func() { a.ResolvedAt = time.Time{} })
	var got []string
	for _, r := range since(t, p.db, p.a, n) {
		got = append(got, r.Detail)
		if r.Kind != audit.Alert || r.Target != string(watch.SourceFailing)+" "+notes.String() || !strings.Contains(r.After, `"name":"notes"`) {
			t.Errorf("%+v", r)
		}
	}
	if want := []string{"raised", "nearer", "settled", "raised"}; !slices.Equal(got, want) {
		t.Errorf("the log says %v, want %v", got, want)
	}
}

func TestOperatorsChangeIsTheirAct(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	n := len(stored(t, p.db, p.a))
	_, err := p.db.OperateOrganization(t.Context(), caller(p.a), "suspended", "", func(o *tenants.Organization) error { return o.Suspend(tenants.ByOperator) })
	must(t, err)
	records := since(t, p.db, p.a, n)
	if len(records) != 1 || records[0].Kind != audit.OperatorAct || records[0].Target != "suspended" || !strings.Contains(records[0].After, "suspended") {
		t.Errorf("%+v", records)
	}
}
