package exports_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/audittest"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/sinks"
	"gatehouse/internal/sinks/sinkstest"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func TestMain(m *testing.M) { storetest.Run(m) }

// rig is a deployment with organizations whose logs are sealed, and with what exports
// them to stores of objects.
type rig struct {
	t        *testing.T
	database storetest.Database
	db       *store.DB // as the api sees it
	worker   *store.DB
	box      *secrets.Box
	sealer   *seal.Sealer
	keys     *sealtest.Keys
	reader   *search.Reader
	web      *egress.Client
	ahead    atomic.Int64
	begin    time.Time
	azure    *sinkstest.Objects
	s3       *sinkstest.Objects
}

func (r *rig) now() time.Time          { return r.begin.Add(time.Duration(r.ahead.Load())) }
func (r *rig) advance(d time.Duration) { r.ahead.Add(int64(d)) }
func (r *rig) auditor(org tenants.ID) authz.Caller {
	return authz.Actor(authz.Identity{Org: org, TID: tenants.TID{GUID: tenants.NewGUID()}, OID: tenants.NewGUID(), Kind: authz.User, Name: "Dan"})
}

func newRig(t *testing.T) *rig {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte(slices.Repeat([]byte{7}, 32)))
	must(t, err)
	r := &rig{t: t, database: storetest.New(t), keys: &sealtest.Keys{}, begin: time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -20), azure: sinkstest.NewAzure(t), s3: sinkstest.NewS3(t)}
	r.box, err = secrets.NewBox(kek)
	must(t, err)
	r.db, r.worker = r.database.Open(t), r.database.OpenWorker(t)
	r.sealer = sealtest.New(t, r.worker, r.keys, r.box, r.now)
	r.web, err = egress.New(egress.Options{Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 1 << 16, Tracer: noop.NewTracerProvider().Tracer("")})
	must(t, err)
	t.Cleanup(r.web.Close)
	r.reader = search.NewReader(search.Parts{
		Store: r.db, Now: r.now, Version: "test", Waits: func(err error) bool { return errors.Is(err, store.ErrWaiting) }, Key: r.key,
		Signer: func(ctx context.Context, key proof.Key) (proof.Signer, error) { return r.keys.Former(ctx, key) },
		Record: func(context.Context, authz.Caller, audit.Event) error { return nil },
	})
	return r
}

func (r *rig) key(ctx context.Context, org tenants.ID) (*secrets.OrgKey, error) {
	wrapped, err := r.db.WrappedKey(ctx, org)
	if err != nil {
		return nil, err
	}
	return r.box.Open(ctx, org, wrapped)
}

// organization registers one that has sinks "azure", "s3" and "hook", and so many
// records.
func (r *rig) organization(slug string, records int) tenants.ID {
	r.t.Helper()
	o := tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug(slug), Name: slug, TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Onboarding, Mode: tenants.Direct,
		Connection: tenants.Connection{
			ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only,
			Resource: "https://mcp.example.com/t/" + slug + "/mcp", Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.TokenOnly, GroupsClaim: tenants.ClaimConfigured,
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
	ctx := r.t.Context()
	wrapped, err := r.box.NewOrganizationKey(ctx, o.ID)
	must(r.t, err)
	must(r.t, r.db.ClaimOrganization(ctx, authz.SystemCaller(o.ID, "test"), tenants.NewOrganization{Organization: o, WrappedKey: wrapped}))
	key, err := r.key(ctx, o.ID)
	must(r.t, err)
	_, err = r.db.EditAccess(ctx, authz.SystemCaller(o.ID, "test"), "sinks", func(c *access.Configuration) error {
		open := access.Deployment{Loopback: access.AllowLoopback}
		for _, s := range []tenants.Sink{
			{Name: "azure", Kind: tenants.StorageSink, URL: r.azure.URL + "/logs", Checkpoints: true},
			{Name: "s3", Kind: tenants.StorageSink, URL: r.s3.URL + "/logs", KeyID: sinkstest.KeyID, Region: "eu-central-1", Checkpoints: true},
			{Name: "bare", Kind: tenants.StorageSink, URL: r.azure.URL + "/bare", Checkpoints: true},
			{Name: "mail", Kind: tenants.MailboxSink, Email: "a@b.example", Checkpoints: true},
		} {
			if err := c.PutSink(s, open); err != nil {
				return err
			}
		}
		for name, secret := range map[string]string{"azure": sinkstest.Secret, "s3": "secret"} {
			id := tenants.NewGUID()
			ciphertext, err := key.Encrypt(secrets.SinkLabel(id), []byte(secret))
			if err == nil {
				err = c.PutSinkSecret(name, id, ciphertext)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	must(r.t, err)
	r.exec("DELETE FROM audit_outbox") // made on the day of the test
	r.write(o, records)
	return o.ID
}

func (r *rig) write(o tenants.Organization, records int) {
	r.t.Helper()
	journal := audittest.New(o.ID, 1, 9, r.begin)
	journal.TID = o.TID
	var rows []audit.Row
	for range records {
		rows = append(rows, journal.Row())
	}
	must(r.t, r.database.OpenOutbox(r.t).Append(r.t.Context(), rows))
	r.ahead.Store(max(r.ahead.Load(), int64(journal.Now.Sub(r.begin))))
	sealtest.All(r.t, r.sealer, o.ID)
}

// desk takes what is asked for.
func (r *rig) desk() *exports.Desk {
	return exports.NewDesk(exports.DeskParts{Store: r.db, Decider: r.reader, Key: r.key, Now: r.now, Sinks: func(ctx context.Context, org tenants.ID) ([]tenants.Sink, error) {
		c, err := r.db.Access(ctx, org)
		return c.Sinks, err
	}})
}

// ask asks for an export of everything.
func (r *rig) ask(org tenants.ID, format search.Format, sink string) tenants.ExportJob {
	r.t.Helper()
	w := search.Wanted{Format: format, Completeness: search.Unproven}
	if format == search.Evidence {
		w.Completeness = search.Proven
	}
	j, err := r.desk().Begin(r.t.Context(), r.auditor(org), tenants.NewGUID(), w, sink)
	must(r.t, err)
	return j
}

// runner is a worker process. Change may have it fail.
func (r *rig) runner(part int, change func(*exports.Options)) *exports.Runner {
	r.t.Helper()
	o := exports.Options{
		Store: r.worker, Maker: r.reader, Carrier: sinks.Storage{Web: r.web}, Key: r.key, Logger: slog.New(slog.DiscardHandler), Now: r.now, Every: time.Second, Part: part,
		Prepare: func(ctx context.Context, org tenants.ID, t sinks.Task) (sinks.For, error) {
			key, err := r.key(ctx, org)
			if err != nil {
				return sinks.For{}, err
			}
			plain, err := key.Decrypt(secrets.SinkLabel(t.Sink.Secret), t.Ciphertext)
			return sinks.For{Sink: t.Sink, Secret: string(plain), Now: r.now()}, err
		},
	}
	if change != nil {
		change(&o)
	}
	x, err := exports.NewRunner(o)
	must(r.t, err)
	return x
}

// sweep lets a worker do what is due.
func (r *rig) sweep(x *exports.Runner) {
	r.t.Helper()
	must(r.t, x.Sweep(r.t.Context()))
	x.Wait()
}

func (r *rig) job(org tenants.ID, id tenants.GUID) tenants.ExportJob {
	r.t.Helper()
	j, err := r.db.Export(r.t.Context(), org, id)
	must(r.t, err)
	return j
}

// content is what a streaming export of the same decision is.
func (r *rig) content(org tenants.ID, id tenants.GUID) []byte {
	r.t.Helper()
	key, err := r.key(r.t.Context(), org)
	must(r.t, err)
	var sealed []byte
	r.one(&sealed, "SELECT decision FROM exports WHERE id = $1", id.String())
	text, err := key.Decrypt(secrets.Label{Kind: "export decision", ID: id.String()}, sealed)
	must(r.t, err)
	x, err := search.Unpack(text)
	must(r.t, err)
	by := r.auditor(org)
	token, err := r.reader.Token(r.t.Context(), by, x)
	must(r.t, err)
	c, err := r.reader.Open(r.t.Context(), by, token, search.All)
	must(r.t, err)
	defer c.Close()
	var out bytes.Buffer
	must(r.t, c.Write(r.t.Context(), &out))
	return out.Bytes()
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
