package laptop_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/demo"
	"gatehouse/internal/demo/browser"
)

// browser is that of one of the cast, who agrees to everything.
func (d *dev) browser(u demo.FileUser) *browser.Browser {
	b := browser.New(http.DefaultTransport, d.EntraURL, u.OID)
	b.Also, b.Wish = []string{d.BaseURL}, "allow"
	return b
}

// desk is where programs have pages opened, each in a new browser of one person.
type desk struct {
	*httptest.Server
	opened atomic.Int64
}

// newDesk serves until the test ends. POST /open walks the page of "url" and
// brings the answer to whoever waits for it; POST /forget removes the
// registration of "client".
func (d *dev) newDesk(t *testing.T, o demo.FileOrg, u demo.FileUser) *desk {
	t.Helper()
	at := &desk{}
	serve := func(do func(context.Context, *http.Request) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := do(r.Context(), r); err != nil {
				t.Errorf("%s: %v", r.URL.Path, err)
				http.Error(w, err.Error(), http.StatusBadGateway)
			}
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /open", serve(func(ctx context.Context, r *http.Request) error {
		at.opened.Add(1)
		return open(ctx, d.browser(u), r.FormValue("url"))
	}))
	mux.HandleFunc("POST /forget", serve(func(ctx context.Context, r *http.Request) error {
		return d.unregister(ctx, o, r.FormValue("client"))
	}))
	at.Server = httptest.NewServer(mux)
	t.Cleanup(at.Close)
	return at
}

// open walks from an address to where the answer goes, and brings it there. Some
// programs have the page opened first and listen then.
func open(ctx context.Context, b *browser.Browser, address string) error {
	away, _, err := b.SignIn(ctx, address)
	if err != nil {
		return err
	}
	for {
		resp, err := b.Client.Do(away)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			return errors.Join(err, resp.Body.Close())
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// environ is the environment of a program for which this machine opens pages at
// the desk, as desktops and terminals are told to.
func (at *desk) environ(t *testing.T, further ...string) []string {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\ncurl -s --max-time 120 --data-urlencode \"url=$1\" " + at.URL + "/open >/dev/null 2>&1 </dev/null &\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), append(further, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "BROWSER="+filepath.Join(dir, "xdg-open"))...)
}

// unregister removes a client's registration, as its expiry does.
func (d *dev) unregister(ctx context.Context, o demo.FileOrg, client string) error {
	url, err := os.ReadFile(filepath.Join(d.data(), "database.url"))
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, string(url))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT set_config('app.org_id', $1, true)", organizationID(o)); err != nil {
			return err
		}
		gone, err := tx.Exec(ctx, "DELETE FROM registered_clients WHERE id = $1", client)
		if err == nil && gone.RowsAffected() != 1 {
			err = errors.New("there is no registration " + client)
		}
		return err
	})
}

// organizationID is the organization's own, which dev.json does not tell.
func organizationID(o demo.FileOrg) string {
	for _, c := range demo.Companies() {
		if c.Slug.String() == o.Slug {
			return c.Org.String()
		}
	}
	return ""
}
