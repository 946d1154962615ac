//go:build unix

package devstack

import (
	"math"
	"path/filepath"
	"testing"
)

func TestVolatileFilesLieInMemoryIfThereIsRoom(t *testing.T) {
	t.Parallel()
	here := account{uid: 1, gid: 1} // not lent: every directory will do
	elsewhere, err := tempDir(here)
	if err != nil {
		t.Fatal(err)
	}
	memory := t.TempDir()
	for _, row := range []struct {
		memory string
		room   uint64
		want   string
	}{
		{memory, 1, memory},
		{memory, math.MaxUint64, elsewhere},
		{filepath.Join(memory, "no-such"), 0, elsewhere},
	} {
		if dir, err := volatileDir(row.memory, row.room, here); err != nil || dir != row.want {
			t.Errorf("with room for %d in %s: %s, %v", row.room, row.memory, dir, err)
		}
	}
}
