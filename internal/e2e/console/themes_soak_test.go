//go:build soak

package console_test

import "testing"

// themes that axe looks at every page in.
var themes = []string{"Light", "Dark", "High contrast"}

// TestSoakEveryPageInEveryTheme is TestEveryPage, in all themes.
func TestSoakEveryPageInEveryTheme(t *testing.T) { TestEveryPage(t) } //nolint:tparallel // see there
