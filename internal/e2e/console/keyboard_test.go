package console_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestOwnerMapsAGroupByKeyboard walks as Carol, from sign-in to the matrix that has the
// role she made and gave to a group.
func TestOwnerMapsAGroupByKeyboard(t *testing.T) {
	t.Parallel()
	byKeys(t, walk(t, "keyboard", map[string]string{"part": "map", "slug": "contoso", "carol": user(t, "carol").OID, "role": "Card readers"}))
}

// TestAppIsRevokedAndLookedUpByKeyboard walks as Carol, who revokes what acts for Frank,
// and as Dan, who finds that in the log.
func TestAppIsRevokedAndLookedUpByKeyboard(t *testing.T) {
	t.Parallel()
	gone := connect(t, "Osprey", user(t, "frank"))
	byKeys(t, walk(t, "keyboard", map[string]string{"part": "revoke", "slug": "contoso", "carol": user(t, "carol").OID, "dan": user(t, "dan").OID, "app": "Osprey"}))
	if gone.goesOn(t) {
		t.Error("what was revoked goes on")
	}
}

func byKeys(t *testing.T, w walked) {
	t.Helper()
	if len(w.Violations)+len(w.Errors) > 0 || len(w.Axe) > 0 || w.Checked < 1 {
		t.Errorf("the policy was broken by %q, scripts by %q; of %d pages axe says %q", w.Violations, w.Errors, w.Checked, w.Axe)
	}
	if w.Pointers != 0 {
		t.Errorf("something was pointed at %d times", w.Pointers)
	}
	if extra := slices.DeleteFunc(w.Kept, func(name string) bool { return name == "gatehouse.theme" }); len(extra) > 0 {
		t.Errorf("the browser keeps %q", extra)
	}
}

// byScript finds what presses, fills or focuses an element in a keyboard's place; a
// journey may end with one click, which shows that clicks are counted.
var byScript = regexp.MustCompile(`\.(click|dblclick|tap|fill|check|focus|hover|selectOption|dispatchEvent|pressSequentially|dragTo|setInputFiles)\(`)

func TestKeyboardJourneysPressKeysOnly(t *testing.T) {
	t.Parallel()
	for name, may := range map[string]int{"keyboard.mjs": 0, "keys.mjs": 1} {
		text, err := os.ReadFile(filepath.Join("../../../web/journeys", name))
		if err != nil {
			t.Fatal(err)
		}
		if found := byScript.FindAllString(string(text), -1); len(found) != may {
			t.Errorf("%s has %q", name, found)
		}
	}
}
