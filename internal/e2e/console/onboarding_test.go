package console_test

import (
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

// TestDirectoryIsSetUpWithTheSharedAppByKeyboard is in the other gatehouse-dev: a
// directory can be registered once.
func TestDirectoryIsSetUpWithTheSharedAppByKeyboard(t *testing.T) {
	t.Parallel()
	onboard(t, apart(t), "shared")
}
