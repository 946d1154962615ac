package graph_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"gatehouse/internal/egress"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// TestWhatIsSpentAndRefusedIsObserved: by Graph's word, for either priority, and of
// nobody's account nothing.
func TestWhatIsSpentAndRefusedIsObserved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newTill()
		c := must(graph.New("https://graph.microsoft.com", g))
		var seen []graph.Observation
		c.Observe(func(o graph.Observation) { seen = append(seen, o) })
		ask := func(p graph.Priority, account graph.Account) error {
			as := asking()
			as.Priority, as.Account = p, account
			_, err := c.Me(t.Context(), as)
			return err
		}
		account := graph.Account{TID: tidOf(contoso), App: tenants.MustGUID(toolsID)}
		g.units = 3
		_ = ask(graph.High, account)
		_ = ask(graph.Low, account)
		_ = ask(graph.High, graph.Account{})
		g.answer = func(*http.Request) *egress.Response { return answered(http.StatusOK) }
		_ = ask(graph.High, account)
		g.answer = func(*http.Request) *egress.Response { return answered(http.StatusTooManyRequests, "Retry-After", "30") }
		_ = ask(graph.High, account)
		asked := g.asked()
		_ = ask(graph.Low, account)
		if g.asked() != asked {
			t.Error("the background is not held back")
		}
		want := []graph.Observation{
			{Signal: graph.Spent, Priority: graph.High, Units: 3},
			{Signal: graph.Spent, Priority: graph.Low, Units: 3},
			{Signal: graph.Spent, Priority: graph.High, Units: 2},
			{Signal: graph.Throttled, Priority: graph.High},
			{Signal: graph.HeldBack, Priority: graph.Low, Units: 2},
		}
		if !slices.Equal(seen, want) {
			t.Errorf("observed %+v, want %+v", seen, want)
		}
	})
}
