package organizations_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/internal/demo"
)

// TestReplacedSecretIsUsedWithoutARestart: whoever replaces the file of a secret that
// has expired need not do more.
func TestReplacedSecretIsUsedWithoutARestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a secret that Entra does not know")
	k := start(t, setup{companies: true, environ: func(*stack) map[string]string {
		return map[string]string{"GATEHOUSE_CONSOLE_CLIENT_SECRET": "", "GATEHOUSE_CONSOLE_CLIENT_SECRET_FILE": file}
	}})
	write(demo.Platform().ConsoleSecret(k.key))
	k.later(t, time.Minute)
	k.as(t, "contoso", "carol")
}
