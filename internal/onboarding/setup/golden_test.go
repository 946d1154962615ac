package setup_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// renderings are the languages a plan is written in, by the ending of their files.
var renderings = map[string]func(setup.Plan) string{
	"sh": setup.Plan.AzureCLI, "ps1": setup.Plan.PowerShell, "bicep": setup.Plan.Bicep, "tf": setup.Plan.Terraform,
	"portal.json": func(p setup.Plan) string {
		text, err := json.MarshalIndent(p.Portal(tenants.MustGUID(sharedApp)), "", "  ")
		if err != nil {
			return err.Error()
		}
		return string(text) + "\n"
	},
}

func TestRenderingsAreTheGoldenFiles(t *testing.T) {
	t.Parallel()
	for kind, v := range kinds(t) {
		for ending, render := range renderings {
			t.Run(kind+"."+ending, func(t *testing.T) {
				t.Parallel()
				got, file := render(plan(t, v)), filepath.Join("testdata", kind+"."+ending)
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatalf("%v; run the test with -update and read what it wrote", err)
				}
				if got != string(want) {
					t.Errorf("%s differs from its golden file:\n%s", file, got)
				}
			})
		}
	}
}
