//go:build soak

package console_test

import "testing"

// themes that axe looks at every page in.
var themes = []string{"Light", "Dark", "High contrast"}

// TestSoakEveryPageInEveryTheme is TestEveryPage, in all themes.
func TestSoakEveryPageInEveryTheme(t *testing.T) { TestEveryPage(t) } //nolint:tparallel // see there

// TestSoakEveryJourneyInEveryTheme walks each journey, in all themes.
func TestSoakEveryJourneyInEveryTheme(t *testing.T) {
	t.Parallel()
	for name, journey := range map[string]func(*testing.T){
		"access": TestOwnerDecidesWhoMayUseWhat, "audit": TestAuditorFindsExportsAndVerifies, "evidence": TestOwnerHoldsAndAuditorHasExportsBrought,
		"me": TestSomebodyWithoutARoleLooksAfterTheirOwn, "operator": TestOperatorAdmitsAndAsks, "overview": TestOwnerLooksAroundAndRevokes,
		"people": TestAdminDecidesAboutAppsAndSettings, "tools": TestOwnerAddsASourceAndCallsIt,
	} {
		t.Run(name, journey)
	}
}
