package store_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/audit"
	keeping "gatehouse/internal/audit/keep"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// keptLog is an organization with a log, and what keeps it.
type keptLog struct {
	*testing.T
	d      storetest.Database
	worker *store.DB
	api    *store.DB
	org    tenants.Organization
	box    *secrets.Box
	own    *secrets.PlatformBox
	sealer *seal.Sealer
	keeper *keeping.Keeper
	file   string
	scribe *audit.Scribe
	super  *pgx.Conn
	now    time.Time
}

func newKept(t *testing.T) *keptLog {
	t.Helper()
	k := &keptLog{T: t, d: storetest.New(t), now: time.Now(), file: filepath.Join(t.TempDir(), "tombstones")}
	k.super = connect(t, k.d.Superuser)
	k.worker, k.api, k.org = k.d.OpenWorker(t), k.d.Open(t), organization("contoso")
	kek, err := secrets.NewLocalKEK([32]byte{1})
	must(t, err)
	k.box, err = secrets.NewBox(kek)
	must(t, err)
	k.own, err = secrets.NewPlatformBox(kek, k.api)
	must(t, err)
	wrapped, err := k.box.NewOrganizationKey(t.Context(), k.org.ID)
	must(t, err)
	must(t, k.api.ClaimOrganization(t.Context(), caller(k.org), tenants.NewOrganization{Organization: k.org, WrappedKey: wrapped, Credential: []byte("encrypted"), Owner: owner()}))
	k.scribe = audit.NewScribe(func() time.Time { return k.now })
	k.sealer = sealtest.New(t, k.worker, &sealtest.Keys{}, k.box, func() time.Time { return k.now })
	k.keeper = k.newKeeper(k.worker)
	return k
}

func (k *keptLog) newKeeper(db *store.DB) *keeping.Keeper {
	k.Helper()
	keeper, err := keeping.New(keeping.Parts{Store: db, Keys: k.box, Own: k.own, Now: time.Now, File: k.file, Waits: store.IsWaiting})
	must(k.T, err)
	return keeper
}

// who acts as somebody with a name.
func (k *keptLog) who(oid tenants.GUID, name string) authz.Caller {
	return authz.Actor(authz.Identity{Org: k.org.ID, TID: k.org.TID, OID: oid, Name: name, Kind: authz.User, Delegated: true, TokenID: "uti-" + name})
}

// happened records events made at an instant, and seals them then.
func (k *keptLog) happened(at time.Time, by authz.Caller, events ...audit.Event) {
	k.Helper()
	k.now = at
	for _, e := range events {
		row, err := k.scribe.Row(by, e)
		must(k.T, err)
		k.exec("INSERT INTO audit_outbox (org_id, id, at, kind, payload) VALUES ($1, $2, $3, $4, $5)", k.org.ID.String(), row.ID.String(), row.At, string(row.Kind), row.Payload)
	}
	k.seal()
}

func (k *keptLog) seal() {
	k.Helper()
	sealtest.All(k.T, k.sealer, k.org.ID)
}

func (k *keptLog) exec(sql string, args ...any) {
	k.Helper()
	if _, err := k.super.Exec(k.Context(), sql, args...); err != nil {
		k.Fatal(err)
	}
}

func (k *keptLog) number(sql string, args ...any) (n int) {
	k.Helper()
	if err := k.super.QueryRow(k.Context(), sql, args...).Scan(&n); err != nil {
		k.Fatal(err)
	}
	return n
}

func (k *keptLog) head() seal.Head {
	k.Helper()
	h, err := k.worker.LogHead(k.Context(), k.org.ID)
	must(k.T, err)
	return h
}

// records opens the log and checks each record against its leaf, and all of them
// against the checkpoint.
func (k *keptLog) records() []proof.Record {
	k.Helper()
	wrapped, err := k.worker.WrappedKey(k.Context(), k.org.ID)
	must(k.T, err)
	key, err := k.box.Open(k.Context(), k.org.ID, wrapped)
	must(k.T, err)
	opener := seal.NewOpener(key, func(n int32) (seal.Person, error) { return k.worker.LogPerson(k.Context(), k.org.ID, n) })
	h := k.head()
	var f proof.Frontier
	for _, s := range proof.Cover(0, h.First) {
		hashes, err := k.worker.LogSubtrees(k.Context(), k.org.ID, []proof.Subtree{s})
		must(k.T, err)
		must(k.T, f.AppendSubtree(s.Level, hashes[0]))
	}
	var all []proof.Record
	must(k.T, k.worker.SealedRows(k.Context(), k.org.ID, seal.Query{From: h.First, To: h.Size}, func(row seal.Row, leaf proof.Hash) error {
		r, err := opener.Open(row, leaf)
		if err != nil {
			return err
		}
		if got, err := r.Recomputed(k.org.ID); err != nil || got != leaf {
			return fmt.Errorf("record %d is not the one that was sealed: %w", r.Seq, err)
		}
		f.Append(leaf)
		all = append(all, r)
		return nil
	}))
	c, err := proof.OpenCheckpoint(h.Checkpoint, h.Origin, sealtest.Signer(0).Key)
	must(k.T, err)
	if c.Size != f.Size() || c.Root != f.Root() {
		k.Fatalf("the checkpoint is of %d records with another root than these %d have", c.Size, f.Size())
	}
	return all
}

// says returns all values of the log that are open, as text.
func says(all []proof.Record) string {
	var b strings.Builder
	for _, r := range all {
		for _, f := range r.Fields {
			fmt.Fprintf(&b, "%d %s %s\n", r.Seq, f.Name, f.Value)
		}
	}
	return b.String()
}

func changed(what string) audit.Event {
	return audit.Event{Kind: audit.ConfigChange, Target: what, Outcome: audit.OK}
}

func repeated(e audit.Event, times int) []audit.Event {
	all := make([]audit.Event, times)
	for i := range all {
		all[i] = e
	}
	return all
}

func (k *keptLog) aged() (start time.Time) {
	start = tenants.MonthOf(time.Now()).Add(-15).Start()
	k.exec("DELETE FROM audit_outbox")
	for i := range 4 { // two months that are over, and two that are not
		k.happened(start.AddDate(0, i, 3), k.who(tenants.NewGUID(), fmt.Sprintf("Person %d", i)), repeated(changed("x"), 3)...)
	}
	k.now = time.Now()
	return start
}

func TestRecordsWhoseTimeIsOverGo(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	start := k.aged()
	must(t, k.worker.CheckKept(t.Context(), k.org.ID, 0, time.Time{}))
	again, err := k.keeper.RemovePast(t.Context(), k.org.ID)
	must(t, err)
	if h := k.head(); again != 0 || h.First != 6 || h.Size != 12 {
		t.Errorf("records %d to %d are there", h.First, h.Size)
	}
	k.seal() // the record of it
	all := k.records()
	if len(all) != 7 || !strings.Contains(says(all), `12 count 6`) || !strings.Contains(says(all), `12 kind "retention"`) {
		t.Errorf("%s", says(all))
	}
	if n := k.number("SELECT count(*) FROM audit_people"); n != 2 {
		t.Errorf("%d people are known", n)
	}
	for name, row := range map[string]struct {
		from  int64
		since time.Time
		kept  bool
	}{
		"from the beginning":     {0, time.Time{}, false},
		"below the first":        {5, time.Time{}, false},
		"from the first":         {6, time.Time{}, true},
		"since before":           {6, start, false},
		"since the last that is": {6, start.AddDate(0, 1, 3), false},
		"since later":            {6, start.AddDate(0, 2, 0), true},
	} {
		err := k.worker.CheckKept(t.Context(), k.org.ID, row.from, row.since)
		if row.kept != (err == nil) || err != nil && (fault.KindOf(err) != fault.Conflict || !strings.Contains(fault.Public(err), "begins with record 6")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err = k.keeper.RemovePast(t.Context(), k.org.ID); err != nil || k.head().First != 6 || k.head().Waiting.Records != 0 {
		t.Errorf("a second time: %+v, %v", k.head(), err)
	}
}

func TestAHoldKeepsRecordsAndItsOwnersLiftIt(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	start := k.aged()
	h := tenants.Hold{ID: tenants.NewGUID(), Reason: "Contoso ./. Fabrikam", From: tenants.MonthOf(start).Add(1), Until: tenants.MonthOf(start).Add(1)}
	must(t, k.api.SetHold(t.Context(), caller(k.org), h))
	_, err := k.keeper.RemovePast(t.Context(), k.org.ID)
	must(t, err)
	if got := k.head().First; got != 3 {
		t.Errorf("held from the second month on, and records below %d are gone", got)
	}
	k.lift(h.ID)
	if err := k.api.LiftHold(t.Context(), caller(k.org), h.ID, "settled"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("lifted twice: %v", err)
	}
	_, err = k.keeper.RemovePast(t.Context(), k.org.ID)
	must(t, err)
	if got := k.head().First; got != 6 {
		t.Errorf("lifted, and records below %d are gone", got)
	}
	k.seal()
	text := says(k.records())
	for _, part := range []string{`target "hold created"`, `target "hold withdrawn"`, `detail "settled"`, `Contoso ./. Fabrikam`} {
		if !strings.Contains(text, part) {
			t.Errorf("the log does not say %s", part)
		}
	}
}

func (k *keptLog) ask(oid tenants.GUID, names ...string) (tenants.GUID, error) {
	k.Helper()
	wrapped, err := k.worker.WrappedKey(k.Context(), k.org.ID)
	must(k.T, err)
	key, err := k.box.Open(k.Context(), k.org.ID, wrapped)
	must(k.T, err)
	id := tenants.NewGUID()
	text, err := keeping.Who{OID: oid, Names: names}.Encrypt(key, id)
	must(k.T, err)
	return id, k.api.AskErasure(k.Context(), caller(k.org), id, oid, text)
}

// second is an owner who has not asked for anything.
func (k *keptLog) second() authz.Caller { return k.who(carla, "Carla") }

// lift withdraws a hold, and lets it end.
func (k *keptLog) lift(id tenants.GUID) {
	k.Helper()
	must(k.T, k.api.LiftHold(k.Context(), caller(k.org), id, "settled"))
	k.exec("UPDATE log_holds SET ends_at = now() WHERE id = $1", id.String())
}

func (k *keptLog) erasure(id tenants.GUID) tenants.Erasure {
	k.Helper()
	all, err := k.api.Erasures(k.Context(), k.org.ID)
	must(k.T, err)
	for _, e := range all {
		if e.ID == id {
			return e
		}
	}
	k.Fatal("there is no such erasure")
	return tenants.Erasure{}
}

// erasePeople visits until there is nothing more to do.
func (k *keptLog) erasePeople() {
	k.Helper()
	for range 10 {
		again, err := k.keeper.ErasePeople(k.Context(), k.org.ID)
		must(k.T, err)
		if again == 0 {
			return
		}
		k.seal()
	}
	k.Fatal("it does not end")
}

var anna, bert = tenants.MustGUID("a11a0000-0000-4000-8000-000000000001"), tenants.MustGUID("be470000-0000-4000-8000-000000000002")

var carla = tenants.MustGUID("ca41a000-0000-4000-8000-000000000003")

// peopled is a log about Anna and Bert.
func (k *keptLog) peopled() {
	k.Helper()
	k.exec("DELETE FROM audit_outbox")
	now := time.Now().Add(-time.Hour)
	shown, err := json.Marshal(map[string]any{"grant": map[string]any{"person": anna, "name": "Anna Arden"}})
	must(k.T, err)
	k.happened(now, k.who(anna, "Anna Arden"), repeated(changed("a role"), 400)...)
	k.happened(now.Add(time.Minute), k.who(bert, "Bert Bo"),
		audit.Event{Kind: audit.ConfigChange, Target: "role grant created", After: string(shown), Outcome: audit.OK},
		audit.Event{Kind: audit.ConfigChange, Target: "contact", Detail: "mail to ANNA@contoso.example", Outcome: audit.OK},
		audit.Event{Kind: audit.Revocation, Target: "revoked person", Detail: "left", Outcome: audit.OK, Subject: audit.Subject{OID: anna, Name: "Anna Arden-Lee"}},
		audit.Event{Kind: audit.ConfigChange, Target: "note", Detail: "Anna Arden-Lee has left", Outcome: audit.OK},
		changed("about nobody"),
	)
}

func TestAPersonIsErasedAndTheLogIsStillTheOneThatWasSealed(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.peopled()
	k.exec(`INSERT INTO access_requests (org_id, person, id, name, username, guest, reason, made_at, expires_at, state, answer_by, answer_name) VALUES
		($1, $2, gen_random_uuid(), 'Anna Arden', 'anna@contoso.example', false, 'payroll', now(), now() + interval '1 day', 'open', NULL, ''),
		($1, $3, gen_random_uuid(), 'Bert Bo', 'bert@contoso.example', false, 'travel', now(), now() + interval '1 day', 'dismissed', $2, 'Anna Arden')`,
		k.org.ID.String(), anna.String(), tenants.NewGUID().String())
	before := k.records()
	id, err := k.ask(anna, "anna@contoso.example")
	must(t, err)
	k.seal()
	k.erasePeople()
	if text := says(k.records()); !strings.Contains(text, "Anna Arden") {
		t.Error("erased without an owner's approval")
	}
	must(t, k.api.ApproveErasure(t.Context(), k.second(), id, anna))
	k.now = time.Now()
	k.seal()
	k.erasePeople()
	k.seal()
	after := k.records()
	text := says(after)
	for _, gone := range []string{anna.String(), "Anna Arden", "ANNA@contoso", "uti-Anna"} {
		if strings.Contains(text, gone) {
			t.Errorf("the log still says %s", gone)
		}
	}
	for _, stays := range []string{`target "about nobody"`, `"Bert Bo"`, `target "role grant created"`, `target "revoked person"`, `detail "left"`, `target "person erased"`, "count 404", `{\"fields\":{\"after\":1,\"detail\":2}}`} {
		if !strings.Contains(text, stays) {
			t.Errorf("the log does not say %s any more", stays)
		}
	}
	for i, r := range before {
		for n, f := range r.Fields {
			if after[i].Fields[n].Closed().Hash != f.Closed().Hash {
				t.Fatalf("record %d commits to another %s", i, f.Name)
			}
		}
	}
	e := k.erasure(id)
	if e.Who != nil || e.DoneAt.IsZero() || e.Records != 404 || e.Fields != 3 {
		t.Errorf("%+v", e)
	}
	if n := k.number("SELECT count(*) FROM audit_people WHERE oid = $1", anna.String()); n != 0 {
		t.Error("their object ID is still there")
	}
	if n := k.number("SELECT count(*) FROM access_requests WHERE reason = 'travel' AND answer_by IS NULL AND answer_name = ''"); n != 1 || k.number("SELECT count(*) FROM access_requests") != 1 {
		t.Error("what they asked for, or that they answered, is still there")
	}
	k.happened(time.Now(), k.who(anna, "Anna Arden"), changed("back again")) // is somebody new
	if text := says(k.records()); !strings.Contains(text, "uti-Anna") || strings.Count(text, anna.String()) != 1 {
		t.Error("who comes back is not recorded")
	}
	must(t, k.keeper.Sync(t.Context()))
	if !strings.Contains(says(k.records()), anna.String()) {
		t.Error("who comes back is erased for what was erased before")
	}
}

func TestErasuresAreRefused(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.peopled()
	id, err := k.ask(anna)
	must(t, err)
	if _, err := k.ask(anna); fault.KindOf(err) != fault.Conflict || !strings.Contains(fault.Public(err), "asked for already") {
		t.Errorf("asked twice: %v", err)
	}
	hold := tenants.Hold{ID: tenants.NewGUID(), Reason: "a lawsuit", Until: tenants.MonthOf(time.Now()).Add(-20)}
	must(t, k.api.SetHold(t.Context(), caller(k.org), hold))
	held := func(what string, err error) {
		t.Helper()
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(fault.Public(err), "legal hold (a lawsuit)") {
			t.Errorf("%s under a hold: %v", what, err)
		}
	}
	_, err = k.ask(bert)
	held("asked", err)
	held("approved", k.api.ApproveErasure(t.Context(), k.second(), id, anna))
	_, err = k.api.EditOrganization(t.Context(), caller(k.org), "organization deleted", func(o *tenants.Organization) error { return o.Delete(time.Now()) })
	held("deleted", err)
	k.lift(hold.ID)
	must(t, k.api.ApproveErasure(t.Context(), k.second(), id, anna))
	hold.ID = tenants.NewGUID()
	must(t, k.api.SetHold(t.Context(), caller(k.org), hold)) // before the worker came
	again, err := k.keeper.ErasePeople(t.Context(), k.org.ID)
	if k.seal(); err != nil || again < time.Minute || !strings.Contains(says(k.records()), "Anna Arden") {
		t.Errorf("erased under a hold; again %s, %v", again, err)
	}
	for what, err := range map[string]error{"approved twice": k.api.ApproveErasure(t.Context(), k.second(), id, anna), "withdrawn after approval": k.api.WithdrawErasure(t.Context(), caller(k.org), id)} {
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: %v", what, err)
		}
	}
	k.lift(hold.ID)
	id, err = k.ask(bert)
	must(t, err)
	must(t, k.api.WithdrawErasure(t.Context(), caller(k.org), id))
	if err := k.api.ApproveErasure(t.Context(), k.second(), id, anna); fault.KindOf(err) != fault.NotFound {
		t.Errorf("approved after it was withdrawn: %v", err)
	}
	id, err = k.ask(bert)
	must(t, err)
	k.exec("UPDATE erasures SET asked_at = asked_at - interval '30 days' WHERE id = $1", id.String())
	if err := k.api.ApproveErasure(t.Context(), k.second(), id, anna); fault.KindOf(err) != fault.NotFound {
		t.Errorf("approved after thirty days: %v", err)
	}
}

func TestABackupDoesNotBringBackWhoWasErased(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.peopled()
	backup := k.backup()
	id, err := k.ask(anna, "anna@contoso.example")
	must(t, err)
	must(t, k.api.ApproveErasure(t.Context(), k.second(), id, anna))
	k.now = time.Now()
	k.seal()
	k.erasePeople()
	if raw, err := os.ReadFile(k.file); err != nil || strings.Contains(string(raw), k.org.ID.String()) || strings.Count(string(raw), " ") != 4 {
		t.Errorf("the file of tombstones: %v\n%s", err, raw)
	}
	k.restore(backup)
	if text := says(k.records()); !strings.Contains(text, "Anna Arden") {
		t.Fatal("the backup is none")
	}
	keeper := k.newKeeper(k.worker) // of a worker that starts
	must(t, keeper.Sync(t.Context()))
	if text := says(k.records()); strings.Contains(text, "Anna Arden") || strings.Contains(text, anna.String()) || strings.Contains(text, "ANNA@") || !strings.Contains(text, "Bert Bo") {
		t.Errorf("%s", text)
	}
	if n := k.number("SELECT count(*) FROM audit_people WHERE octet_length(key) > 0"); n != 1 {
		t.Errorf("%d people have a key", n)
	}
}

// backedUp are the tables that a backup of a log has here.
var backedUp = []string{"organizations", "audit_heads", "audit_keys", "audit_people", "audit_records", "audit_tiles"}

// backup copies what a log is made of.
func (k *keptLog) backup() (tables []string) {
	k.Helper()
	for _, name := range backedUp {
		k.exec("CREATE SCHEMA IF NOT EXISTS backup")
		k.exec("CREATE TABLE backup." + name + " AS TABLE public." + name)
	}
	return backedUp
}

// restore makes the database what it was; what came after is gone.
func (k *keptLog) restore(tables []string) {
	k.Helper()
	sql := "SET session_replication_role = replica; TRUNCATE tombstones, erasures, log_holds, audit_outbox, spent_slugs"
	for _, name := range tables {
		sql += ", " + name
	}
	sql += " CASCADE;"
	for _, name := range tables {
		columns := column(k.T, k.super, `SELECT attname FROM pg_attribute WHERE attrelid = '`+name+`'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`)
		list := strings.Join(columns, ", ")
		sql += fmt.Sprintf(" INSERT INTO %s (%s) SELECT %s FROM backup.%s;", name, list, list, name)
	}
	k.exec(sql)
}

func (k *keptLog) deleteOrganization(ago time.Duration) {
	k.Helper()
	_, err := k.api.EditOrganization(k.Context(), caller(k.org), "organization deleted", func(o *tenants.Organization) error { return o.Delete(time.Now().Add(-ago)) })
	must(k.T, err)
}

func TestAnOrganizationIsErasedThirtyDaysAfterItWasDeleted(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.peopled()
	must(t, configure(t.Context(), k.api, k.org, configuration()))
	head, backup := k.head(), k.backup()
	there := func() bool {
		return k.number("SELECT count(*) FROM organizations WHERE octet_length(wrapped_key) > 0") == 1
	}
	depart := func() {
		t.Helper()
		again, err := k.keeper.Depart(t.Context(), k.org.ID)
		if err != nil || again != 0 {
			t.Fatalf("again %s, %v", again, err)
		}
	}
	if depart(); !there() {
		t.Fatal("erased while it serves")
	}
	k.deleteOrganization(tenants.Grace - time.Minute)
	if depart(); !there() {
		t.Fatal("erased within thirty days")
	}
	k.exec("UPDATE organizations SET deleted_at = deleted_at - interval '2 minutes'")
	hold := tenants.Hold{ID: tenants.NewGUID(), Reason: "a lawsuit"}
	must(t, k.api.SetHold(t.Context(), caller(k.org), hold))
	if depart(); !there() {
		t.Fatal("erased under a hold")
	}
	k.lift(hold.ID)
	depart()
	k.nothingLeft(head)
	o := organization("contoso")
	o.TID = k.org.TID
	claim := tenants.NewOrganization{Organization: o, WrappedKey: []byte("wrapped"), Credential: []byte("encrypted"), Owner: owner()}
	if err := k.api.ClaimOrganization(t.Context(), caller(o), claim); fault.KindOf(err) != fault.Conflict || !strings.Contains(fault.Public(err), "slug is taken") {
		t.Errorf("its slug is given away: %v", err)
	}
	k.restore(backup)
	if !there() {
		t.Fatal("the backup is none")
	}
	must(t, k.newKeeper(k.worker).Sync(t.Context()))
	k.nothingLeft(head)
}

// nothingLeft wants nothing of the organization but what proves its log.
func (k *keptLog) nothingLeft(was seal.Head) {
	k.Helper()
	for _, table := range column(k.T, k.super, `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id' WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'`) {
		n := k.number("SELECT count(*) FROM "+table+" WHERE org_id = $1", k.org.ID.String())
		stays := slices.Contains([]string{"audit_heads", "audit_keys", "audit_tiles", "tombstones"}, table)
		if stays != (n > 0) {
			k.Errorf("%s has %d rows of it", table, n)
		}
	}
	h := k.head()
	if string(h.Checkpoint) == "" || h.Size < was.Size {
		k.Errorf("the head was %+v and is %+v", was, h)
	}
	hashes, err := k.worker.LogSubtrees(k.Context(), k.org.ID, proof.Cover(0, h.Size))
	must(k.T, err)
	var f proof.Frontier
	for i, s := range proof.Cover(0, h.Size) {
		must(k.T, f.AppendSubtree(s.Level, hashes[i]))
	}
	c, err := proof.OpenCheckpoint(h.Checkpoint, h.Origin, sealtest.Signer(0).Key)
	if must(k.T, err); c.Root != f.Root() {
		k.Error("the tree is not the one that the checkpoint was signed over")
	}
}

func TestTheApiMayTakeNothingOutOfALog(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.peopled()
	for what, err := range map[string]error{
		"remove":  second(k.api.RemovePast(t.Context(), caller(k.org), 10, 0)),
		"erase":   k.api.StoreErased(t.Context(), caller(k.org), keeping.Step{Rows: []seal.Row{{Seq: 1, Own: []byte("x")}}}),
		"destroy": k.api.DestroyKeys(t.Context(), caller(k.org), []int32{1}),
		"list":    second(k.api.Tombstones(t.Context(), keeping.Buried{}, 1)),
	} {
		if what != "remove" && err == nil || what == "remove" && err == nil {
			t.Errorf("%s: the api process may", what)
		}
	}
	if k.head().First != 0 {
		t.Error("something is gone")
	}
}

func second[T any](_ T, err error) error { return err }
