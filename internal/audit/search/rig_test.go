package search_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/audittest"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func TestMain(m *testing.M) { storetest.Run(m) }

var begin = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1) // the registration is before

// rig is an organization whose log is sealed, and what reads it.
type rig struct {
	*search.Reader
	t        *testing.T
	database storetest.Database
	org      tenants.ID
	auditor  authz.Caller
	journal  *audittest.Journal
	outbox   *store.Outbox
	sealer   *seal.Sealer
	keys     *sealtest.Keys
	all      []audit.Record // sealed, in order
	noted    []audit.Event
	refuse   error // what recording fails with
	ahead    atomic.Int64
	box      *secrets.Box
	db       *store.DB
}

func (r *rig) now() time.Time { return r.journal.Now.Add(time.Duration(r.ahead.Load())) }

func newRig(t *testing.T) *rig {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte(slices.Repeat([]byte{7}, 32)))
	must(t, err)
	r := &rig{t: t, database: storetest.New(t), org: tenants.NewID(), keys: &sealtest.Keys{}}
	r.box, err = secrets.NewBox(kek)
	must(t, err)
	o := tenants.Organization{
		ID: r.org, Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Onboarding, Mode: tenants.Direct,
		Connection: tenants.Connection{
			ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only,
			Resource: "https://mcp.example.com/t/contoso/mcp", Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.TokenOnly, GroupsClaim: tenants.ClaimConfigured,
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
	wrapped, err := r.box.NewOrganizationKey(t.Context(), o.ID)
	must(t, err)
	r.db = r.database.Open(t)
	r.outbox = r.database.OpenOutbox(t)
	must(t, r.db.ClaimOrganization(t.Context(), authz.SystemCaller(o.ID, "test"), tenants.NewOrganization{Organization: o, WrappedKey: wrapped}))
	r.journal = audittest.New(o.ID, 1, 9, begin)
	r.journal.TID = o.TID
	r.auditor = authz.Actor(authz.Identity{Org: o.ID, TID: o.TID, OID: tenants.NewGUID(), Kind: authz.User, Name: "Dan"})
	r.sealer = sealtest.New(t, r.database.OpenWorker(t), r.keys, r.box, r.now)
	r.Reader = search.NewReader(search.Parts{
		Store: r.db, Bodies: r.db, Now: r.now, Version: "test", Waits: func(err error) bool { return errors.Is(err, store.ErrWaiting) },
		Key: func(ctx context.Context, org tenants.ID) (*secrets.OrgKey, error) {
			wrapped, err := r.db.WrappedKey(ctx, org)
			must(t, err)
			return r.box.Open(ctx, org, wrapped)
		},
		Signer: func(ctx context.Context, key proof.Key) (proof.Signer, error) { return r.keys.Former(ctx, key) },
		Record: func(_ context.Context, _ authz.Caller, e audit.Event) error {
			if r.refuse == nil {
				r.noted = append(r.noted, e)
			}
			return r.refuse
		},
	})
	return r
}

// write records so much and seals it, at the latest after half an hour.
func (r *rig) write(records int) *rig {
	r.t.Helper()
	var rows []audit.Row
	for range records {
		row := r.journal.Row()
		record, err := audit.Decode(row.Payload)
		must(r.t, err)
		rows, r.all = append(rows, row), append(r.all, record)
		if len(rows) == 100 || record.At.Sub(rows[0].At) > 30*time.Minute {
			r.seal(rows)
			rows = nil
		}
	}
	r.seal(rows)
	return r
}

func (r *rig) seal(rows []audit.Row) {
	r.t.Helper()
	must(r.t, r.outbox.Append(r.t.Context(), rows))
	sealtest.All(r.t, r.sealer, r.org)
}

// found are the ids of what Search finds, page by page.
func (r *rig) found(f filter.Filter, limit int) (ids []string) {
	r.t.Helper()
	for q := (search.Query{Filter: f, Limit: limit}); ; {
		page, err := r.Search(r.t.Context(), r.org, q)
		must(r.t, err)
		if len(page.Records) > limit {
			r.t.Fatalf("%d records on a page of %d", len(page.Records), limit)
		}
		for _, found := range page.Records {
			ids = append(ids, textOf(found.Field("id").Value))
		}
		if q.Below = page.Next; q.Below == 0 {
			return ids
		}
	}
}

func textOf(value []byte) string { return string(bytes.Trim(value, `"`)) }

// expected are the ids of the records that a filter asks for, by another way, the
// newest first. What the log holds besides is of the organization's registration.
func (r *rig) expected(is func(audit.Record) bool) (ids []string) {
	for _, record := range slices.Backward(r.all) {
		if is(record) {
			ids = append(ids, record.ID.String())
		}
	}
	return ids
}

// export prepares an export.
func (r *rig) export(w search.Wanted) (search.Export, string) {
	r.t.Helper()
	x, token, err := r.Prepare(r.t.Context(), r.auditor, tenants.NewGUID(), w)
	must(r.t, err)
	return x, token
}

// content reads the content of an export behind a record.
func (r *rig) content(token string, after int64) string {
	r.t.Helper()
	c, err := r.Open(r.t.Context(), r.auditor, token, after)
	must(r.t, err)
	defer c.Close()
	var out bytes.Buffer
	must(r.t, c.Write(r.t.Context(), &out))
	return out.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Errorf("%v, want a fault of kind %s", err, kind)
	}
}

// connect is for whoever may do anything to the database.
func (r *rig) connect() *pgx.Conn {
	r.t.Helper()
	conn, err := pgx.Connect(r.t.Context(), r.database.Superuser)
	must(r.t, err)
	r.t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(r.t.Context())) })
	return conn
}

func (r *rig) exec(sql string) {
	r.t.Helper()
	_, err := r.connect().Exec(r.t.Context(), sql)
	must(r.t, err)
}

func (r *rig) query(sql string) (n int) {
	r.t.Helper()
	must(r.t, r.connect().QueryRow(r.t.Context(), sql).Scan(&n))
	return n
}
