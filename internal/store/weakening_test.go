package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

// noticed returns the open alerts of what weakens the log, by what was done.
func (k *keptLog) noticed() map[string]watch.Alert {
	k.Helper()
	all, err := k.api.Alerts(k.Context(), k.org.ID)
	must(k.T, err)
	open := map[string]watch.Alert{}
	for _, a := range all {
		if a.Kind == watch.LogWeakened && a.Open() {
			open[a.Facts["act"]] = a.Alert
		}
	}
	return open
}

// first is the owner that the organization begins with.
func (k *keptLog) first() authz.Caller { return k.who(k.firstID(), "Olga") }

func (k *keptLog) firstID() tenants.GUID {
	k.Helper()
	all, err := k.api.RoleGrants(k.Context(), k.org.ID)
	must(k.T, err)
	return all[0].Grantee.ID
}

func TestAHoldThatWasWithdrawnHoldsForSevenDays(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.peopled()
	hold := tenants.Hold{ID: tenants.NewGUID(), Reason: "a lawsuit"}
	must(t, k.api.SetHold(t.Context(), k.second(), hold))
	must(t, k.api.LiftHold(t.Context(), k.first(), hold.ID, "x"))
	all, err := k.api.Holds(t.Context(), k.org.ID)
	must(t, err)
	if len(all) != 1 || time.Until(all[0].EndsAt) < 6*24*time.Hour || time.Until(all[0].EndsAt) > tenants.HoldEnding || all[0].EndedBy != k.firstID() {
		t.Fatalf("%+v", all)
	}
	if _, err := k.ask(anna); fault.KindOf(err) != fault.Conflict || !strings.Contains(fault.Public(err), "holds until") {
		t.Errorf("asked while it still holds: %v", err)
	}
	if err := k.api.LiftHold(t.Context(), caller(k.org), hold.ID, "x"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("withdrawn twice: %v", err)
	}
	a, told := k.noticed()["hold_withdrawn"]
	if !told || a.Facts["name"] != "a lawsuit" || !strings.Contains(a.Facts["who"], k.firstID().String()) || a.Facts["effect"] == "" {
		t.Errorf("told is %+v", a)
	}
	if k.number("SELECT count(*) FROM chores WHERE chore = 'watch' AND due_at <= now() + interval '1 second'") != 1 {
		t.Error("contacts are not told at once")
	}
	must(t, k.api.RestoreHold(t.Context(), k.second(), hold.ID))
	if err := k.api.RestoreHold(t.Context(), k.second(), hold.ID); fault.KindOf(err) != fault.Conflict {
		t.Errorf("restored twice: %v", err)
	}
	if all, err := k.api.Holds(t.Context(), k.org.ID); err != nil || !all[0].EndsAt.IsZero() || len(k.noticed()) != 0 {
		t.Errorf("restored, and it is %+v, %v", all, err)
	}
	k.now = time.Now()
	k.seal()
	text := says(k.records())
	for _, part := range []string{`target "hold withdrawn"`, `target "hold restored"`, `\"setBy\":\"` + carla.String()} {
		if !strings.Contains(text, part) {
			t.Errorf("the log does not say %s", part)
		}
	}
	k.lift(hold.ID)
	if err := k.api.RestoreHold(t.Context(), k.second(), hold.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("restored after it ended: %v", err)
	}
	if _, err := k.ask(anna); err != nil {
		t.Errorf("asked after it ended: %v", err)
	}
}

func TestOnlyAMistakeIsTakenBackAtOnce(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	for name, row := range map[string]struct {
		by   authz.Caller
		age  string
		left int
	}{
		"one's own, just set": {k.first(), "59 minutes", 0}, "one's own, an hour old": {k.first(), "61 minutes", 1}, "another's, just set": {k.second(), "1 minute", 1},
	} {
		h := tenants.Hold{ID: tenants.NewGUID(), Reason: name}
		must(t, k.api.SetHold(t.Context(), k.first(), h))
		k.exec("UPDATE log_holds SET set_at = now() - $1::interval WHERE id = $2", row.age, h.ID.String())
		must(t, k.api.LiftHold(t.Context(), row.by, h.ID, "a mistake"))
		all, err := k.api.Holds(t.Context(), k.org.ID)
		must(t, err)
		if len(all) != row.left {
			t.Errorf("%s: %d are left", name, len(all))
		}
		k.exec("DELETE FROM log_holds")
	}
}

func TestWhoAskedForAnErasureApprovesItOnlyWhereNobodyElseCould(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.peopled()
	another := func(who tenants.GUID) {
		t.Helper()
		must(t, k.api.EditRoleGrants(t.Context(), caller(k.org), "role grant created", func(all []tenants.RoleGrant) ([]tenants.RoleGrant, error) {
			return append(all, tenants.RoleGrant{Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: who}, Name: "Owner"}), nil
		}))
	}
	another(anna) // who is to be erased, and so cannot approve it
	asked := func() (id tenants.GUID) {
		t.Helper()
		id, err := k.ask(anna)
		must(t, err)
		k.exec("UPDATE erasures SET asked_by = $1", k.firstID().String())
		return id
	}
	id := asked()
	if _, told := k.noticed()["erasure_asked"]; !told {
		t.Error("contacts are not told that it was asked for")
	}
	must(t, k.api.ApproveErasure(t.Context(), k.first(), id, anna))
	e := k.erasure(id)
	if wait := time.Until(e.DueAt); wait < 6*24*time.Hour || wait > tenants.ErasureAlone || k.noticed()["erasure_approved"].Facts["effect"] == "" {
		t.Errorf("it is done in %s", wait)
	}
	again, err := k.keeper.ErasePeople(t.Context(), k.org.ID)
	if k.seal(); err != nil || again != time.Hour || !strings.Contains(says(k.records()), "Anna Arden") {
		t.Errorf("erased before the seven days; again %s, %v", again, err)
	}
	must(t, k.api.WithdrawErasure(t.Context(), caller(k.org), id))
	if len(k.noticed()) != 0 {
		t.Errorf("withdrawn, and told is %v", k.noticed())
	}
	another(bert)
	id = asked()
	if err := k.api.ApproveErasure(t.Context(), k.first(), id, anna); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("who asked approves beside another owner: %v", err)
	}
	must(t, k.api.ApproveErasure(t.Context(), k.second(), id, anna))
	if e := k.erasure(id); e.DueAt.After(time.Now()) {
		t.Errorf("approved by another it waits until %s", e.DueAt)
	}
	if err := k.api.WithdrawErasure(t.Context(), caller(k.org), id); fault.KindOf(err) != fault.Conflict {
		t.Errorf("withdrawn once it is done: %v", err)
	}
}

func TestWhomTheLogKnows(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.peopled()
	for who, want := range map[tenants.GUID]bool{anna: true, k.firstID(): true, tenants.NewGUID(): false} {
		if known, err := k.api.KnowsPerson(t.Context(), k.org.ID, who); err != nil || known != want {
			t.Errorf("%s is known: %t, %v", who, known, err)
		}
	}
}

// TestANameThatATokenBringsErasesNothingOfOthers: a guest's directory has chosen it.
func TestANameThatATokenBringsErasesNothingOfOthers(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.exec("DELETE FROM audit_outbox")
	k.happened(time.Now().Add(-time.Hour), k.who(anna, "role grant"), changed("own"))
	k.happened(time.Now().Add(-time.Hour), k.who(bert, "Bert Bo"), changed("role grant created"))
	id, err := k.ask(anna)
	must(t, err)
	must(t, k.api.ApproveErasure(t.Context(), k.second(), id, anna))
	k.now = time.Now()
	k.seal()
	k.erasePeople()
	k.seal()
	if text := says(k.records()); !strings.Contains(text, `target "role grant created"`) || strings.Contains(text, `actor_name "role grant"`) {
		t.Error("the log says\n" + text)
	}
}

func TestAShorterRetentionIsTold(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	months := func(n int) {
		t.Helper()
		_, err := k.api.EditOrganization(t.Context(), caller(k.org), "organization changed", func(o *tenants.Organization) error { o.KeepLog(n, time.Now()); return nil })
		must(t, err)
	}
	months(1)
	if a := k.noticed()["retention_shortened"]; a.Facts["name"] != "1 months instead of 13" || a.Facts["effect"] == "" {
		t.Errorf("told is %+v", a)
	}
	months(13)
	if len(k.noticed()) != 0 {
		t.Errorf("taken back, and told is %v", k.noticed())
	}
}

func TestASinkThatGetsLessIsToldOfItAndSoAreContacts(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	sink := tenants.Sink{Name: "siem", Kind: tenants.WebhookSink, URL: "https://siem.example/in", Checkpoints: true, Records: true, Every: time.Hour}
	edit := func(what string, change func(c *access.Configuration) error) {
		t.Helper()
		_, err := k.api.EditAccess(t.Context(), caller(k.org), what, change)
		must(t, err)
	}
	put := func(s tenants.Sink) func(c *access.Configuration) error {
		return func(c *access.Configuration) error { return c.PutSink(s, access.Deployment{}) }
	}
	parting := func(act string, want tenants.Sink) {
		t.Helper()
		k.now = time.Now()
		k.seal()
		all, err := k.worker.Farewells(t.Context(), k.org.ID)
		must(t, err)
		if len(all) != 1 || all[0].Seq < 0 || all[0].Sink.URL != want.URL || !all[0].Sink.Records {
			t.Fatalf("%s: %+v", act, all)
		}
		r := k.records()[all[0].Seq]
		if !strings.Contains(string(r.Field("before").Value), "siem") || string(r.Field("kind").Value) != `"`+string(audit.ConfigChange)+`"` {
			t.Errorf("%s: the record is %v", act, r)
		}
		if a, told := k.noticed()[act]; !told || a.Facts["name"] != "siem, webhook" {
			t.Errorf("%s: told is %v", act, k.noticed())
		}
		must(t, k.worker.EndFarewell(t.Context(), caller(k.org), all[0], sinks.Arrived))
	}
	edit("sink created", put(sink))
	if len(k.noticed()) != 0 {
		t.Errorf("created, and told is %v", k.noticed())
	}
	elsewhere := sink
	elsewhere.URL = "https://other.example/in"
	edit("sink changed", put(elsewhere))
	parting("sink_moved", sink)
	less := elsewhere
	less.Records = false
	edit("sink changed", put(less))
	parting("sink_lessened", elsewhere)
	edit("sink changed", put(elsewhere))
	edit("sink deleted", func(c *access.Configuration) error { return c.RemoveSink("siem") })
	all, err := k.worker.Farewells(t.Context(), k.org.ID)
	must(t, err)
	if len(all) != 1 || all[0].Seq >= 0 {
		t.Errorf("before it is sealed: %+v", all)
	}
	parting("sink_removed", elsewhere)
	must(t, k.worker.EndFarewell(t.Context(), caller(k.org), all[0], sinks.Failed))
	if _, told := k.noticed()["sink_untold"]; !told {
		t.Error("contacts are not told that it could not be told")
	}
	if words, err := k.api.LogWords(t.Context(), k.org.ID); err != nil || !slices.Contains(words, "contoso") {
		t.Errorf("%q, %v", words, err)
	}
}

// TestARecordThatWaitedInABackupBringsNobodyBack: it is sealed after the worker has
// started, under the person's number or under another.
func TestARecordThatWaitedInABackupBringsNobodyBack(t *testing.T) {
	t.Parallel()
	for _, sealedBefore := range []bool{true, false} {
		k := newKept(t)
		k.exec("DELETE FROM audit_outbox")
		if sealedBefore {
			k.peopled()
		} else {
			k.happened(time.Now().Add(-time.Hour), k.who(bert, "Bert Bo"), changed("about nobody"))
		}
		k.now = time.Now().Add(-time.Minute)
		row, err := k.scribe.Row(k.who(anna, "Anna Arden"), changed("the last act"))
		must(t, err)
		waiting := func() {
			k.exec("INSERT INTO audit_outbox (org_id, id, at, kind, payload) VALUES ($1, $2, $3, $4, $5)", k.org.ID.String(), row.ID.String(), row.At, string(row.Kind), row.Payload)
		}
		backup := k.backup()
		waiting()
		k.seal()
		id, err := k.ask(anna)
		must(t, err)
		must(t, k.api.ApproveErasure(t.Context(), k.second(), id, anna))
		k.now = time.Now()
		k.seal()
		k.erasePeople()
		k.restore(backup)
		waiting()
		k.sealer = sealtest.New(t, k.worker, &sealtest.Keys{}, k.box, func() time.Time { return k.now }) // of a worker that starts
		keeper := k.newKeeper(k.worker)
		must(t, keeper.Sync(t.Context()))
		k.now = time.Now()
		k.seal()
		k.happened(time.Now(), k.who(anna, "Anna Again"), changed("back"))
		must(t, keeper.Sync(t.Context()))
		text := says(k.records())
		if strings.Contains(text, "Anna Arden") || strings.Contains(text, "uti-Anna Arden") || !strings.Contains(text, `target "the last act"`) || !strings.Contains(text, "Anna Again") {
			t.Errorf("sealed before %t: the log says %s", sealedBefore, text)
		}
		if n := k.number("SELECT count(*) FROM tombstones WHERE NOT applied"); n != 0 {
			t.Errorf("%d tombstones are not applied", n)
		}
	}
}
