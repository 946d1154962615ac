package devstack

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent makes the kernel send s to the server when we end, even by
// SIGKILL.
func dieWithParent(cmd *exec.Cmd, s syscall.Signal) { cmd.SysProcAttr.Pdeathsig = s }

// workingIn returns the processes whose working directory is dir or below it.
// Servers of this package work in their own home; so do PostgreSQL's children,
// whose process groups are their own.
func workingIn(dir string) ([]resident, error) {
	cwds, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil, err
	}
	var found []resident
	for _, link := range cwds {
		cwd, err := os.Readlink(link)
		if err != nil || !within(strings.TrimSuffix(cwd, " (deleted)"), dir) {
			continue // gone meanwhile, somebody else's, or elsewhere
		}
		name, errName := os.ReadFile(filepath.Join(filepath.Dir(link), "comm"))
		pid, errPID := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if errors.Join(errName, errPID) == nil {
			found = append(found, resident{pid: pid, name: strings.TrimSpace(string(name))})
		}
	}
	return found, nil
}
