package laptop_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/demo"
	"gatehouse/internal/demo/browser"
)

// browser is that of one of the cast, who agrees to everything.
func (d *dev) browser(u demo.FileUser) *browser.Browser {
	transport := http.DefaultTransport
	if d.transport != nil {
		transport = d.transport
	}
	b := browser.New(transport, d.EntraURL, u.OID)
	b.Also, b.Wish = []string{d.BaseURL}, "allow"
	return b
}

// desk is where programs have pages opened, each in a new browser of one person.
type desk struct {
	*httptest.Server
	mu         sync.Mutex
	opened     int
	complaints []string // what was said where a page led nowhere
}

// newDesk serves Alice of a realm until the test ends, and on POST /forget removes
// the registration of "client".
func (w *world) newDesk(t *testing.T, r *realm) *desk {
	t.Helper()
	return newDesk(t, func() *browser.Browser { return w.browser(r.Users[0]) }, func(ctx context.Context, client string) error {
		return w.unregister(ctx, r, client)
	})
}

// newDesk serves the person of a browser until the test ends. POST /open walks the
// page of "url" in a fresh one and brings the answer to whoever waits for it; GET
// /opened tells how many have been; POST /forget is for what "client" has registered.
func newDesk(t *testing.T, fresh func() *browser.Browser, forget func(ctx context.Context, client string) error) *desk {
	t.Helper()
	at := &desk{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /open", func(out http.ResponseWriter, in *http.Request) {
		at.note(nil)
		if err := open(in.Context(), fresh(), in.FormValue("url")); err != nil {
			at.note(err)
			http.Error(out, err.Error(), http.StatusBadGateway)
		}
	})
	mux.HandleFunc("GET /opened", func(out http.ResponseWriter, _ *http.Request) {
		opened, _ := at.heard()
		_, _ = io.WriteString(out, strconv.Itoa(opened))
	})
	mux.HandleFunc("POST /forget", func(out http.ResponseWriter, in *http.Request) {
		if err := forget(in.Context(), in.FormValue("client")); err != nil {
			http.Error(out, err.Error(), http.StatusBadGateway)
		}
	})
	at.Server = httptest.NewServer(mux)
	t.Cleanup(at.Close)
	return at
}

// note counts a browser that is opened, or keeps where one has ended.
func (at *desk) note(err error) {
	at.mu.Lock()
	defer at.mu.Unlock()
	if err == nil {
		at.opened++
		return
	}
	at.complaints = append(at.complaints, err.Error())
}

// heard is how many browsers were opened, and what they were told that leads nowhere.
func (at *desk) heard() (opened int, complaints string) {
	at.mu.Lock()
	defer at.mu.Unlock()
	return at.opened, strings.Join(at.complaints, "; ")
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
func (w *world) unregister(ctx context.Context, r *realm, client string) error {
	url, err := os.ReadFile(filepath.Join(w.data(), "database.url"))
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, string(url))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	gone, err := conn.Exec(ctx, "DELETE FROM registered_clients WHERE org_id = $1 AND id = $2", r.id.String(), client)
	if err == nil && gone.RowsAffected() != 1 {
		err = errors.New("there is no registration " + client)
	}
	return err
}
