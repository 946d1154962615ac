//go:build unix && !linux

package devstack

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent does nothing: only Linux offers it. What a killed parent leaves
// running is stopped by the sweep of the next start.
func dieWithParent(*exec.Cmd, syscall.Signal) {}

// workingIn returns the processes whose working directory is dir or below it,
// as lsof (part of macOS) lists them: a line "p<pid>", then "c<command>", then
// "n<directory>".
func workingIn(dir string) ([]resident, error) {
	out, err := exec.Command("lsof", "-w", "-d", "cwd", "-Fpcn").Output()
	if len(out) == 0 && err != nil {
		return nil, fmt.Errorf("list processes with lsof: %w", err)
	}
	var found []resident
	var at resident
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "p"):
			at.pid, _ = strconv.Atoi(line[1:])
		case strings.HasPrefix(line, "c"):
			at.name = line[1:]
		case strings.HasPrefix(line, "n") && within(line[1:], dir) && at.pid > 1:
			found = append(found, at)
		}
	}
	return found, nil
}
