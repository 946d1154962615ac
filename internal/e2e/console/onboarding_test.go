package console_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/internal/demo"
)

// onboard walks from sign-in to the first call, as the administrator of a directory
// that nobody has registered in a gatehouse-dev.
func onboard(t *testing.T, at demo.File, model string) {
	t.Helper()
	with := map[string]string{
		"model": model, "oid": demo.Adatum().Admin.OID.String(), "entra": at.EntraURL, "graph": at.GraphURL, "tid": demo.Adatum().TID.String(),
		"username": at.Unregistered.Admin.Username, "password": at.Unregistered.Admin.Password, "cli": demo.AzureCLI,
	}
	if *draw {
		with["docs"] = screenshots
	}
	w := walkAt(t, at, "onboarding", with)
	if model == "own" {
		drawn(t, "setup", w.Pictures)
	}
	w.holds(t, map[string]int{"own": 12}[model]) // both go to the same pages
	if w.Pointers != 0 {
		t.Errorf("something was pointed at %d times", w.Pointers)
	}
	if len(w.Kept) > 0 {
		t.Errorf("the browser keeps %q", w.Kept)
	}
}

// TestDirectoryIsSetUpWithItsOwnApp goes on to break a setting, which the doctor shows
// with its fix until it is mended.
func TestDirectoryIsSetUpWithItsOwnApp(t *testing.T) {
	t.Parallel()
	onboard(t, dev, "own")
}

// TestDirectoryIsSetUpWithTheSharedAppByKeyboard has a gatehouse-dev of its own: a
// directory can be registered once.
func TestDirectoryIsSetUpWithTheSharedAppByKeyboard(t *testing.T) {
	t.Parallel()
	at, _ := another(t)
	onboard(t, at, "shared")
}

// another is a gatehouse-dev for one test alone, and where it keeps everything.
func another(t *testing.T) (demo.File, string) {
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
