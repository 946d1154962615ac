package app_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/authz"
	"gatehouse/internal/config"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

var secret = secrets.Label{Kind: "client_secret", ID: "row"}

func local(t *testing.T, seed byte) *secrets.LocalKEK {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{seed})
	if err != nil {
		t.Fatal(err)
	}
	return kek
}

func encoded(seed byte) string {
	key := [32]byte{seed}
	return base64.StdEncoding.EncodeToString(key[:])
}

// configuration is an api process's on a database, with a current key and those
// before it.
func configuration(t *testing.T, d storetest.Database, current byte, previous ...byte) config.API {
	t.Helper()
	list := make([]string, len(previous))
	for i, seed := range previous {
		list[i] = encoded(seed)
	}
	c, err := config.Source{Environ: []string{
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=http://localhost:8080", "GATEHOUSE_LISTEN=localhost:0",
		"GATEHOUSE_DATABASE_URL=" + d.API, "GATEHOUSE_AUDIT_DATABASE_URL=" + d.Audit,
		"GATEHOUSE_KEK=" + encoded(current), "GATEHOUSE_KEK_PREVIOUS=" + strings.Join(list, ","),
	}}.API()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// found makes an organization whose key a KEK has wrapped, and returns what that
// key encrypted.
func found(t *testing.T, db *store.DB, kek secrets.KEK, slug string) (org tenants.ID, ciphertext []byte) {
	t.Helper()
	box, err := secrets.NewBox(kek)
	if err != nil {
		t.Fatal(err)
	}
	o := tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug(slug), Name: slug, TID: tenants.TID{GUID: tenants.NewGUID()},
		State: tenants.Onboarding, Mode: tenants.Direct,
		Connection: tenants.Connection{
			ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only,
			Resource: "https://mcp.example.com/t/" + slug + "/mcp", Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.TokenOnly, GroupsClaim: tenants.ClaimConfigured,
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
	wrapped, err := box.NewOrganizationKey(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	key, err := box.Open(t.Context(), o.ID, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if ciphertext, err = key.Encrypt(secret, []byte(slug)); err != nil {
		t.Fatal(err)
	}
	err = db.ClaimOrganization(t.Context(), authz.SystemCaller(o.ID, "test"), tenants.NewOrganization{Organization: o, WrappedKey: wrapped})
	if err != nil {
		t.Fatal(err)
	}
	return o.ID, ciphertext
}

func TestRotationLeavesTheDatabaseReadableByTheNewKeyAlone(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	db := d.Open(t)
	encrypted, slugs := map[tenants.ID][]byte{}, map[tenants.ID]string{}
	for i := range 3 {
		slug := fmt.Sprintf("organization-%d", i)
		org, ciphertext := found(t, db, local(t, 1), slug)
		encrypted[org], slugs[org] = ciphertext, slug
	}
	platform := func(kek secrets.KEK) *secrets.PlatformBox {
		box, err := secrets.NewPlatformBox(kek, db)
		if err != nil {
			t.Fatal(err)
		}
		return box
	}
	session, err := platform(local(t, 1)).Encrypt(t.Context(), secret, []byte("session"))
	if err != nil {
		t.Fatal(err)
	}
	rotate := func(c config.API) string {
		var out bytes.Buffer
		if err := app.RotateKEK(t.Context(), c, &out, time.Now); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	said := rotate(configuration(t, d, 2, 1))
	if want := "key-encryption key  " + local(t, 2).Current() + "\nwrapped anew        4\ncurrent already     0\nchanged meanwhile   0\nfailed              0\n"; said != want {
		t.Errorf("it said:\n%s\nwant:\n%s", said, want)
	}
	if said := rotate(configuration(t, d, 2)); !strings.Contains(said, "current already     4") {
		t.Errorf("again, without the old key, it said:\n%s", said)
	}
	box, err := secrets.NewBox(local(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.WrappedKeys(t.Context(), tenants.ID{}, 10)
	if err != nil || len(all) != 3 {
		t.Fatalf("%d keys, %v", len(all), err)
	}
	for _, k := range all {
		key, err := box.Open(t.Context(), k.Org, k.Wrapped)
		if err != nil {
			t.Fatal(err)
		}
		if plaintext, err := key.Decrypt(secret, encrypted[k.Org]); err != nil || string(plaintext) != slugs[k.Org] {
			t.Errorf("%s: %q %v", slugs[k.Org], plaintext, err)
		}
	}
	if plaintext, err := platform(local(t, 2)).Decrypt(t.Context(), secret, session); err != nil || string(plaintext) != "session" {
		t.Errorf("%q %v", plaintext, err)
	}
}

func TestRotationWithoutTheOldKeySaysWhichItNeeds(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	org, _ := found(t, d.Open(t), local(t, 1), "contoso")
	var out bytes.Buffer
	err := app.RotateKEK(t.Context(), configuration(t, d, 2), &out, time.Now)
	if err == nil || !strings.Contains(err.Error(), local(t, 1).Current()) || !strings.Contains(err.Error(), org.String()) || !strings.Contains(out.String(), "failed              1") {
		t.Errorf("error = %v, and it said:\n%s", err, &out)
	}
}
