package console_test

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/usage"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// Usage implements console.UsageStore. Two people are active in each hour of the span
// through one app.
func (m *memory) Usage(_ context.Context, org tenants.ID, w usage.Window) (*usage.Report, error) {
	r := usage.NewReport(w)
	for _, h := range m.used[org] {
		r.Add(h)
		if u := r.At(h.At); u != nil {
			u.People, u.Clients = 2, 1
			r.Total.People, r.Total.Clients = 2, 1
		}
	}
	return r, m.broken
}

const usagePath = contoso + "/usage"

func TestUsageIsShownToViewers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	slow := make(usage.Histogram, 40)
	slow[39] = 4
	r.used = map[tenants.ID][]usage.Hour{r.contoso.ID: {
		{At: start, Tool: "whoami", Calls: 4, Failures: 1, Took: slow},
		{At: start.Add(-26 * time.Hour), Tool: "notes_search", Calls: 1, Refusals: 2, Took: usage.Histogram{1}},
		{At: start.Add(-29 * 24 * time.Hour), Refusals: 7},
	}, r.other.ID: {{At: start, Tool: "theirs", Calls: 99}}}
	for i := range 6 {
		r.used[r.contoso.ID] = append(r.used[r.contoso.ID], usage.Hour{At: start, Tool: "seldom_" + string(rune('a'+i)), Refusals: 1})
	}
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	var day, week, month console.Usage
	b.read(usagePath+"?span=day", &day)
	b.read(usagePath+"?span=week", &week)
	b.read(usagePath, &month)
	if len(day.Stretches) != 24 || len(week.Stretches) != 7 || len(month.Stretches) != 30 {
		t.Fatalf("%d, %d and %d stretches", len(day.Stretches), len(week.Stretches), len(month.Stretches))
	}
	last := day.Stretches[23]
	if !last.From.Equal(start) || last.Calls != 4 || last.Failures != 1 || last.People != 2 || last.Apps != 1 || last.P50 == nil || *last.P50 != 101 || day.Stretches[0].P50 != nil || !day.To.Equal(start.Add(time.Hour)) {
		t.Errorf("%+v", last)
	}
	if day.Total.Calls != 4 || week.Total.Calls != 5 || week.Total.Refusals != 8 || month.Total.Refusals != 15 || week.Stretches[5].Calls != 1 || *week.Stretches[5].P95 != 0.064 {
		t.Errorf("%+v, %+v, %+v", day.Total, week.Total, month.Total)
	}
	var names []string
	for _, tool := range month.Tools {
		names = append(names, tool.Tool)
	}
	if !reflect.DeepEqual(names, []string{"whoami", "notes_search", "seldom_a", "seldom_b", "seldom_c"}) || month.Tools[1].Refusals != 2 || month.Tools[2].P95 != nil {
		t.Errorf("%+v", month.Tools)
	}
	want(t, b.get(usagePath+"?span=year"), http.StatusUnprocessableEntity)
}

func TestUsageIsNobodysBusinessOutside(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.used = map[tenants.ID][]usage.Hour{r.contoso.ID: {{At: start, Tool: "whoami", Calls: 4}}}
	if w := r.as(t, r.person(r.contoso, "")).get(usagePath); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "whoami") {
		t.Errorf("without a role: %d %s", w.Code, w.Body)
	}
	if w := r.as(t, r.person(r.other, tenants.Owner)).get(usagePath); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "whoami") {
		t.Errorf("of another organization: %d %s", w.Code, w.Body)
	}
	want(t, r.browser(t).get(usagePath), http.StatusUnauthorized)
}
