package watch_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

func TestExportThatFailsIsToldAndWhenItIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[:1]
	w.contacts[0].Digest = false
	failing := watch.Export{ID: tenants.NewGUID(), Sink: "archive", Failing: "store.example answered with status 503", Since: start}
	w.observed.Exports = []watch.Export{failing}
	w.expect(t, 10*time.Minute)
	w.expect(t, 10*time.Minute, "it@contoso.example: alert export_failing")
	item := watch.Item(w.observed.Organization, watch.Deployment{}, w.alerts[0])
	if !strings.Contains(item.Title, "archive") || !strings.Contains(item.Text, "status 503") || item.URL != "o/contoso/audit/exports" {
		t.Errorf("it says %+v", item)
	}
	w.observed.Exports[0].GivenUp = true
	w.expect(t, time.Hour, "it@contoso.example: alert export_failing")
	if item := watch.Item(w.observed.Organization, watch.Deployment{}, w.alerts[0]); !strings.Contains(item.Title, "given up") {
		t.Errorf("it says %+v", item)
	}
	w.observed.Exports = []watch.Export{{ID: tenants.NewGUID(), Schedule: "monthly", Sink: "archive", Failing: "the sink is gone", Since: start}}
	w.expect(t, 10*time.Minute, "it@contoso.example: alert export_failing", "it@contoso.example: resolved export_failing")
	if !slices.ContainsFunc(w.alerts, func(a watch.Alert) bool {
		item := watch.Item(w.observed.Organization, watch.Deployment{}, a)
		return strings.Contains(item.Title, "schedule monthly") && strings.Contains(item.Remedy, "cancel the schedule under Audit > Exports")
	}) {
		t.Errorf("none of %+v is of the schedule", w.alerts)
	}
	w.observed.Exports = nil
	w.expect(t, 10*time.Minute, "it@contoso.example: resolved export_failing")
}
