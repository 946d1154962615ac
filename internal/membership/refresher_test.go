package membership_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// pocket is what is kept for everybody: things that each answer with an error, or with
// none.
type pocket struct {
	answers []error
	redeems []int
	dropped []int
	dropErr error
	err     error
}

func (p *pocket) Held(context.Context, membership.View, tenants.GUID) ([]membership.Held, error) {
	var all []membership.Held
	for i := range p.answers {
		all = append(all, membership.Held{
			Redeem: func(context.Context, string) (string, error) {
				p.redeems = append(p.redeems, i)
				return "graph token", p.answers[i]
			},
			Drop: func(context.Context) error { p.dropped = append(p.dropped, i); return p.dropErr },
		})
	}
	return all, p.err
}

// desk is a bench with a Refresher and a person who is due.
type desk struct {
	*bench
	*membership.Refresher
	pocket *pocket
	roster *roster
	apps   *registrations
}

func newDesk(t *testing.T, answers ...error) *desk {
	t.Helper()
	d := &desk{bench: newBench(t), pocket: &pocket{answers: answers}, roster: &roster{}, apps: &registrations{}}
	r, err := membership.NewRefresher(membership.RefresherOptions{
		Graph: map[tenants.Cloud]membership.Graph{tenants.PublicCloud: d.graph}, Directory: map[tenants.Cloud]membership.Directory{tenants.PublicCloud: d.roster}, Apps: d.apps, Holdings: d.pocket, Store: d.store, Now: d.clock,
		Logger: slog.New(slog.NewTextHandler(d.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Refresher = r
	d.due(t, d.person)
	return d
}

func (d *desk) due(t *testing.T, person tenants.GUID) {
	t.Helper()
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	r := d.store.records[person]
	r.Person, r.SeenAt, r.DueAt = person, d.clock(), d.clock()
	d.store.records[person] = r
}

func (d *desk) refresh(t *testing.T) membership.Outcome {
	t.Helper()
	return d.refreshOf(t, d.person)
}

func (d *desk) refreshOf(t *testing.T, person tenants.GUID) membership.Outcome {
	t.Helper()
	out, err := d.Refresh(t.Context(), membership.View{Organization: d.org, Credential: credential{}, Mapped: d.groups}, person)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func refused(class entra.ErrorClass) error { return &entra.TokenError{Class: class, Code: 1} }

func reauth(code int) error { return &entra.TokenError{Class: entra.Reauth, Code: code} }

func TestFailuresAreWaitedOutLongerAndLonger(t *testing.T) {
	t.Parallel()
	d := newDesk(t, refused(entra.Transient))
	for _, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 320 * time.Second, 640 * time.Second, 1280 * time.Second, soft * 4, soft * 4} {
		d.due(t, d.person)
		got := d.refresh(t)
		if wait := got.Next.Sub(d.clock()); got.Result != membership.Delayed || wait > want || wait < want*9/10 {
			t.Errorf("%s for %s, want up to a tenth less than %s", got.Result, wait, want)
		}
		d.advance(got.Next.Sub(d.clock()))
	}
	d.pocket.answers[0] = nil
	d.due(t, d.person)
	d.refresh(t)
	d.pocket.answers[0] = refused(entra.Transient)
	d.due(t, d.person)
	if got := d.refresh(t); got.Next.Sub(d.clock()) > 10*time.Second {
		t.Errorf("after a success it waits %s", got.Next.Sub(d.clock()))
	}
}

func TestWrongRegistrationRestsEverybody(t *testing.T) {
	t.Parallel()
	d := newDesk(t, refused(entra.Misconfigured))
	other := tenants.NewGUID()
	for _, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 320 * time.Second, 10 * time.Minute, 10 * time.Minute} {
		d.due(t, d.person)
		asked := len(d.pocket.redeems)
		if got := d.refresh(t); got.Result != membership.Delayed || got.Next.Sub(d.clock()) != want {
			t.Fatalf("%s for %s, want %s", got.Result, got.Next.Sub(d.clock()), want)
		}
		d.advance(want - time.Second)
		d.due(t, other)
		if got := d.refreshOf(t, other); got.Result != membership.Paused || got.Next.Sub(d.clock()) != time.Second || len(d.pocket.redeems) != asked+1 {
			t.Fatalf("%+v after %d questions", got, len(d.pocket.redeems)-asked)
		}
		d.advance(time.Second)
	}
	d.pocket.answers[0] = nil
	if got := d.refresh(t); got.Result != membership.Changed {
		t.Fatalf("%+v", got)
	}
	d.pocket.answers[0] = refused(entra.Misconfigured)
	d.due(t, d.person)
	if got := d.refresh(t); got.Next.Sub(d.clock()) != 10*time.Second {
		t.Errorf("after a success it rests for %s", got.Next.Sub(d.clock()))
	}
}

// TestOneGoodTokenIsEnough: what Entra does not go on with is dropped, and nobody is
// cut off.
func TestOneGoodTokenIsEnough(t *testing.T) {
	t.Parallel()
	d := newDesk(t, refused(entra.Reauth), refused(entra.Reauth), nil, nil)
	d.pocket.dropErr = errors.New("database is gone")
	if got := d.refresh(t); got.Result != membership.Changed {
		t.Fatalf("%+v", got)
	}
	if len(d.pocket.redeems) != 3 || len(d.pocket.dropped) != 2 || len(d.store.lost) != 0 {
		t.Errorf("redeemed %v, dropped %v, cut off %q", d.pocket.redeems, d.pocket.dropped, d.store.lost)
	}
	e := newDesk(t, refused(entra.Reauth), refused(entra.Consent))
	if got := e.refresh(t); got.Result != membership.Delayed || len(e.pocket.dropped) != 1 || len(e.store.lost) != 0 {
		t.Errorf("%+v, dropped %v, cut off %q", got, e.pocket.dropped, e.store.lost)
	}
}

func TestWhoSignsInMeanwhileIsNotCutOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t, reauth(50173))
	d.store.signedIn = true
	if got := d.refresh(t); got.Result != membership.Delayed || got.Next.Sub(d.clock()) > 10*time.Second || len(d.store.lost) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestOnlyWhomEntraDisownsIsCutOff: where every token that is kept has only expired, or
// is of another registration, the record stands to its hard limit.
func TestOnlyWhomEntraDisownsIsCutOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kept []error
		want membership.Result
	}{
		"disabled":                         {[]error{reauth(50057)}, membership.CutOff},
		"disabled, and expired besides":    {[]error{reauth(50057), reauth(700082)}, membership.CutOff},
		"signed out, and expired before":   {[]error{reauth(70043), reauth(50173)}, membership.CutOff},
		"expired":                          {[]error{reauth(70008), reauth(70043)}, membership.Delayed},
		"of another registration":          {[]error{reauth(70000)}, membership.Delayed},
		"for a reason that nobody knows":   {[]error{reauth(99999)}, membership.Delayed},
		"signed out, and signed in since":  {[]error{reauth(50173), nil}, membership.Changed},
		"signed out, and wanted otherwise": {[]error{reauth(50173), refused(entra.Interaction)}, membership.Delayed},
	} {
		d := newDesk(t, c.kept...)
		got := d.refresh(t)
		if got.Result != c.want || (len(d.store.lost) == 1) != (c.want == membership.CutOff) {
			t.Errorf("%s: %+v, cut off %q", name, got, d.store.lost)
		}
	}
}

// TestGraphAloneCutsNobodyOff: what it reads may lag behind, and Entra has just given a
// token for the person.
func TestGraphAloneCutsNobodyOff(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"Request_ResourceNotFound", "Authorization_IdentityNotFound", ""} {
		for _, status := range []int{http.StatusNotFound, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests} {
			d := newDesk(t, nil)
			d.graph.fail(fault.Wrap(fault.NotFound, "no", &graph.Error{Status: status, Code: code}))
			if got := d.refresh(t); got.Result != membership.Delayed || len(d.store.lost) != 0 {
				t.Errorf("%d %s: %+v, cut off %q", status, code, got, d.store.lost)
			}
		}
	}
}

// TestSpentShareOfGraphIsNoFailure: whoever has had their share comes when it is told.
func TestSpentShareOfGraphIsNoFailure(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil, nil)
	d.graph.fail(fault.Wrap(fault.Limited, "wait", graph.ErrBudget).RetryAfter(7 * time.Second))
	got := d.refresh(t)
	if r := d.store.records[d.person]; got.Result != membership.Paused || got.Next.Sub(d.clock()) != 7*time.Second || !r.DueAt.Equal(got.Next) || r.Failures != 0 {
		t.Errorf("%+v: %+v", got, r)
	}
	if d.graph.last.Account != (graph.Account{TID: d.org.TID, App: d.org.Connection.ClientID}) || d.graph.last.Priority != graph.Low {
		t.Errorf("asked as %+v", d.graph.last)
	}
}

func TestNothingToAskWithIsNoFailure(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if got := d.refresh(t); got.Result != membership.Idle || !d.store.records[d.person].DueAt.IsZero() {
		t.Errorf("%+v", got)
	}
	d = newDesk(t, nil)
	d.org.Connection.GroupSource = tenants.TokenOnly
	if got := d.refresh(t); got.Result != membership.Idle || len(d.pocket.redeems) != 0 {
		t.Errorf("Graph is not allowed: %+v", got)
	}
}

// TestNobodyMappedIsStillAskedAboutAtEntra: that somebody is disabled matters where no
// group does.
func TestNobodyMappedIsStillAskedAboutAtEntra(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.groups = nil
	if got := d.refresh(t); got.Result != membership.Unchanged || len(d.pocket.redeems) != 1 {
		t.Errorf("%+v after %v", got, d.pocket.redeems)
	}
	d.pocket.answers[0] = reauth(50057)
	d.due(t, d.person)
	if got := d.refresh(t); got.Result != membership.CutOff {
		t.Errorf("%+v", got)
	}
}

// TestOurOwnFailureIsAnErrorAndDueAgain: the row says so, whatever becomes of the
// process.
func TestOurOwnFailureIsAnErrorAndDueAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.pocket.err = errors.New("database is gone")
	if _, err := d.Refresh(t.Context(), membership.View{Organization: d.org, Credential: credential{}, Mapped: d.groups}, d.person); err == nil {
		t.Fatal("no error")
	}
	if r := d.store.records[d.person]; r.DueAt.Sub(d.clock()) != 30*time.Second || r.Failures != 0 {
		t.Errorf("%+v", r)
	}
	if got := d.refresh(t); got.Result != membership.NotDue {
		t.Errorf("meanwhile: %+v", got)
	}
	d.pocket.err = nil
	d.advance(40 * time.Second)
	if got := d.refresh(t); got.Result != membership.Changed || got.Lag != 10*time.Second {
		t.Errorf("%+v", got)
	}
}

func TestNewRefresherNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := membership.NewRefresher(membership.RefresherOptions{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
}
