//go:build unix && !linux

package devstack_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// workersIn returns the processes whose working directory is in dir.
func workersIn(t *testing.T, dir string) []string {
	t.Helper()
	out, _ := exec.Command("lsof", "-w", "-d", "cwd", "-Fn").Output() // fails when it cannot see everything
	var found []string
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(strings.TrimSpace(line)+"/", "n"+dir+"/") {
			found = append(found, line)
		}
	}
	return found
}

// uidOf returns the owner of a file.
func uidOf(t *testing.T, info os.FileInfo) uint32 {
	t.Helper()
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatal("no owner known")
	}
	return stat.Uid
}
