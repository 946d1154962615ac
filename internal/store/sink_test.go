package store_test

import (
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/sinks"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// sinkWorld is a pair with a log of ten records in A, and who may ask what is due.
func sinkWorld(t *testing.T) (p pair, worker *store.DB, at time.Time) {
	t.Helper()
	d := storetest.New(t)
	p = newPair(t, d)
	if _, err := connect(t, d.Superuser).Exec(t.Context(), "INSERT INTO audit_heads (org_id, origin, size, sealed_at, checkpoint) VALUES ($1, 'x', 10, now(), 'note')", p.a.ID.String()); err != nil {
		t.Fatal(err)
	}
	return p, d.OpenWorker(t), time.Now().Add(time.Minute)
}

func TestSinkIsTakenOnceAndKeptByWhoHasIt(t *testing.T) {
	t.Parallel()
	p, worker, now := sinkWorld(t)
	room := sinks.Room{Each: 4, Fast: 4, Slow: 4}
	due, err := worker.DueSinks(t.Context(), now, room)
	must(t, err)
	if len(due) != 1 || due[0].Sink != archive || due[0].Org != p.a.ID || due[0].Slow {
		t.Fatalf("due are %+v", due)
	}
	until := now.Add(time.Minute)
	task, err := worker.TakeSink(t.Context(), caller(p.a), archive, now, until)
	must(t, err)
	if string(task.Ciphertext) != "signature" || task.Sink.Name != "archive" || task.State.Most != sinks.MostRecords || task.State.Next != 0 || !task.State.FailingSince.IsZero() {
		t.Errorf("taken is %+v", task)
	}
	if _, err := worker.TakeSink(t.Context(), caller(p.a), archive, now, until); fault.KindOf(err) != fault.NotFound {
		t.Errorf("it is taken twice: %v", err)
	}
	if due, err := worker.DueSinks(t.Context(), now, room); err != nil || len(due) != 0 {
		t.Errorf("what is taken is due: %+v %v", due, err)
	}
	want := sinks.State{
		Next: 10, Most: 7, Anchored: 10, Checkpoint: []byte("note"), AnchoredAt: at(now), AnchorDue: at(now.Add(time.Hour)), Due: at(now), Failures: 2, FailingSince: at(now.Add(-time.Hour)),
		Slow: true, Trouble: "it is away", TriedAt: at(now), ArrivedAt: at(now), Delivered: 10,
	}
	if err := worker.PutSinkState(t.Context(), caller(p.a), archive, until.Add(time.Second), want); fault.KindOf(err) != fault.NotFound {
		t.Errorf("who has lost it keeps something: %v", err)
	}
	must(t, worker.PutSinkState(t.Context(), caller(p.a), archive, until, want))
	states, err := p.db.SinkStates(t.Context(), p.a.ID)
	must(t, err)
	got := states[archive]
	if string(got.Checkpoint) != "note" {
		t.Errorf("the checkpoint is %q", got.Checkpoint)
	}
	got.Checkpoint, want.Checkpoint = nil, nil
	if !sameState(got, want) {
		t.Errorf("kept is\n%+v, not\n%+v", got, want)
	}
	if due, err := worker.DueSinks(t.Context(), now.Add(24*time.Hour), room); err != nil || len(due) != 0 {
		t.Errorf("a sink that has everything is due: %+v %v", due, err)
	}
	if o, err := p.db.Observe(t.Context(), p.a.ID, now); err != nil || len(o.Sinks) != 1 || o.Sinks[0].Failing != "it is away" || o.Sinks[0].Lag != 0 {
		t.Errorf("observed is %+v %v", o.Sinks, err)
	}
}

func at(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func sameState(a, b sinks.State) bool {
	return a.Next == b.Next && a.Most == b.Most && a.Anchored == b.Anchored && a.AnchoredAt.Equal(b.AnchoredAt) && a.AnchorDue.Equal(b.AnchorDue) && a.Due.Equal(b.Due) &&
		a.Failures == b.Failures && a.FailingSince.Equal(b.FailingSince) && a.Slow == b.Slow && a.Trouble == b.Trouble && a.TriedAt.Equal(b.TriedAt) && a.ArrivedAt.Equal(b.ArrivedAt) && a.Delivered == b.Delivered
}

func TestSinkThatIsChangedIsTriedAtOnce(t *testing.T) {
	t.Parallel()
	p, worker, now := sinkWorld(t)
	edit := func(change func(s *tenants.Sink)) {
		t.Helper()
		_, err := p.db.EditAccess(t.Context(), caller(p.a), "sink changed", func(c *access.Configuration) error {
			change(&c.Sinks[0])
			return nil
		})
		must(t, err)
	}
	until := now.Add(time.Hour)
	_, err := worker.TakeSink(t.Context(), caller(p.a), archive, now, until)
	must(t, err)
	must(t, worker.PutSinkState(t.Context(), caller(p.a), archive, until, sinks.State{
		Next: 4, Most: 1, Anchored: 8, Checkpoint: []byte("note"), AnchoredAt: now, AnchorDue: until, Due: until, Failures: 9, FailingSince: now, Slow: true, Trouble: "away", Delivered: 4,
	}))
	edit(func(s *tenants.Sink) { s.Every = 2 * time.Hour })
	states, err := p.db.SinkStates(t.Context(), p.a.ID)
	must(t, err)
	if s := states[archive]; s.Next != 4 || s.Failures != 0 || s.Slow || s.Most != sinks.MostRecords || s.Due.After(now) || s.Anchored != 8 {
		t.Errorf("a changed sink is %+v", s)
	}
	edit(func(s *tenants.Sink) { s.URL, s.Secret = "https://contoso.blob.core.windows.net/other", tenants.GUID{} })
	if states, err = p.db.SinkStates(t.Context(), p.a.ID); err != nil || states[archive].Next != 4 || states[archive].Anchored != 0 || len(states[archive].Checkpoint) != 0 {
		t.Errorf("a sink that was moved is %+v %v", states[archive], err)
	}
	if _, err := p.db.SinkSecret(t.Context(), p.a.ID, archiveSecret); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the secret of another place is still there: %v", err)
	}
	_, err = p.db.EditAccess(t.Context(), caller(p.a), "sinks", func(c *access.Configuration) error {
		return c.PutSink(tenants.Sink{Name: "late", Kind: tenants.MailboxSink, Email: "a@b.example", Checkpoints: true}, access.Deployment{})
	})
	must(t, err)
	if states, err = p.db.SinkStates(t.Context(), p.a.ID); err != nil || len(states) != 2 {
		t.Fatal(states, err)
	}
	for id, s := range states {
		if id != archive && s.Next != 10 {
			t.Errorf("a new sink begins at %d, not with what is sealed next", s.Next)
		}
	}
}

func TestSecretOfASinkStaysAtItsPlace(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	for name, edit := range map[string]func(c *access.Configuration){
		"moved": func(c *access.Configuration) { c.Sinks[0].URL = "https://attacker.example/log" },
		"lent": func(c *access.Configuration) {
			other := c.Sinks[0]
			other.ID, other.Name = tenants.NewGUID(), "other"
			c.Sinks = append(c.Sinks, other)
		},
		"made up": func(c *access.Configuration) { c.Sinks[0].Secret = tenants.NewGUID() },
	} {
		_, err := p.db.EditAccess(t.Context(), caller(p.a), "sink changed", func(c *access.Configuration) error {
			edit(c)
			return nil
		})
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("a secret that is %s: %v", name, err)
		}
	}
}
