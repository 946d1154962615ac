package watch_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

// TestWhatWeakensTheLogIsToldAtOnceAndOnce: it is in no state that could be looked at, so
// it stays open until it is in effect, and nobody is told then that it is no longer wrong.
func TestWhatWeakensTheLogIsToldAtOnceAndOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[:1]
	effect := start.Add(7 * 24 * time.Hour)
	w.alerts = append(w.alerts, watch.Weakening{Act: watch.HoldWithdrawn, Of: "h1", What: "Contoso ./. Fabrikam", Who: "Carol", Effect: effect}.Alert(start))
	w.expect(t, 0, "it@contoso.example: alert log_weakened")
	i := readMessage(t, w.waiting[0]).Items[0]
	for _, part := range []string{"A legal hold was withdrawn", "Contoso ./. Fabrikam", "By Carol.", "It takes effect on 29 November 2026", "under Audit > Evidence and retention"} {
		if !strings.Contains(i.Title+i.Text+i.Remedy, part) {
			t.Errorf("%+v lacks %q", i, part)
		}
	}
	w.expect(t, 6*24*time.Hour, "it@contoso.example: digest log_weakened")
	if !w.alerts[0].Open() {
		t.Error("it is over before it is in effect")
	}
	w.expect(t, 24*time.Hour, "it@contoso.example: digest log_weakened")
	if w.alerts[0].Open() {
		t.Error("it is not over when it is in effect")
	}
}

func TestWhatIsTakenBackIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.contacts = w.contacts[:1]
	a := watch.Weakening{Act: watch.RetentionShortened, Who: "Carol"}.Alert(start)
	w.alerts = append(w.alerts, a)
	w.expect(t, 0, "it@contoso.example: alert log_weakened")
	w.alerts[0].Facts["taken"], w.alerts[0].ResolvedAt = "true", start.Add(time.Minute)
	w.expect(t, time.Minute, "it@contoso.example: resolved log_weakened")
}

// TestEachActHasItsWords: what was done, by whom, when it takes effect, how it is stopped.
func TestEachActHasItsWords(t *testing.T) {
	t.Parallel()
	titles := map[string]bool{}
	for _, act := range []watch.Act{
		watch.HoldWithdrawn, watch.RetentionShortened, watch.ErasureAsked, watch.ErasureApproved, watch.SinkRemoved, watch.SinkMoved, watch.SinkLessened, watch.SinkUntold,
	} {
		i := watch.Item(tenants.Organization{Slug: tenants.MustSlug("contoso")}, watch.Deployment{Base: "https://gatehouse.example/"}, watch.Weakening{Act: act, Of: "e1", Who: "Carol (c)"}.Alert(start))
		if titles[i.Title] || i.Title == "The log was weakened" || !strings.Contains(i.Text, "By Carol (c). It is in effect.") || i.Remedy == "" || strings.Contains(i.Remedy, "/api/") {
			t.Errorf("%s: %+v", act, i)
		}
		page := "evidence"
		if act == watch.ErasureAsked || act == watch.ErasureApproved {
			page = "erasures"
		}
		if want := "https://gatehouse.example/o/contoso/audit/" + page; i.URL != want {
			t.Errorf("%s leads to %s, and not to %s", act, i.URL, want)
		}
		titles[i.Title] = true
	}
}
