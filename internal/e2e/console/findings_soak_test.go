//go:build soak

package console_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/demo"
	"gatehouse/internal/onboarding"
)

// TestSoakDoctorFindings comes upon everything that the doctor can find, in the wizard:
// each finding is caused, read with its remedy, mended and gone. What is walked is held
// against the doctor's own list, so that a new finding needs a walk. All is caused in
// the emulator or by what the organization has configured, but one: that a sink has
// failed for more than an hour is written into the database, where the hour passes.
func TestSoakDoctorFindings(t *testing.T) {
	t.Parallel()
	at, data := alone(t)
	ada, olga := demo.Adatum(), demo.Platform()
	later := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := fails(r.Context(), data); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(later.Close)
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	w := walkAt(t, at, "findings", map[string]any{
		"kinds": onboarding.Kinds(), "entra": at.EntraURL, "graph": at.GraphURL, "control": at.ControlURL, "controlToken": at.ControlToken, "cli": demo.AzureCLI,
		"admin":    map[string]string{"oid": ada.Admin.OID.String(), "tid": ada.TID.String(), "username": ada.Admin.Username, "password": ada.Admin.Password},
		"operator": map[string]string{"oid": olga.Person.OID.String(), "tid": olga.TID.String(), "username": olga.Person.Username, "password": olga.Person.Password},
		"shared":   olga.SharedApp.String(), "certificate": certificate(t), "later": later.URL, "nobody": nobody.URL,
	})
	w.holds(t, 4)
	for _, kind := range onboarding.Kinds() {
		if !slices.Contains(w.Walked, kind.ID) {
			t.Errorf("nobody has come upon %s: %q needs a walk in web/journeys/causes.mjs", kind.ID, kind.Title)
		}
	}
}

// fails has the sink archive of Adatum fail since two hours ago, once it has failed.
func fails(ctx context.Context, data string) error {
	owner, err := os.ReadFile(filepath.Join(data, "owner.url"))
	if err != nil {
		return err
	}
	db, err := pgx.Connect(ctx, string(owner))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(ctx) }()
	for {
		done, err := db.Exec(ctx, `UPDATE sink_states SET failing_since = failing_since - interval '2 hours' WHERE failing_since IS NOT NULL AND sink_id =
			(SELECT s.id FROM sinks s JOIN organizations o USING (org_id) WHERE o.slug = 'adatum' AND s.name = 'archive')`)
		if err != nil || done.RowsAffected() > 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// certificate is one that no app registration has, with its private key.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Gatehouse"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 6, 0)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public})) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// alone is a gatehouse-dev for one test alone, and where it keeps everything.
func alone(t *testing.T) (demo.File, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "gatehouse-another-") //nolint:usetesting // another user runs PostgreSQL, and has to get in
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	data := filepath.Join(dir, "data")
	stop, at, err := start(program, data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
		if err := demo.Forget(context.Background(), demo.Settings{Data: data}); err != nil {
			t.Error(err)
		}
	})
	return at, data
}
