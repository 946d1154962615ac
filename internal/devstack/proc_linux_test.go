package devstack_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"gatehouse/internal/devstack"
)

// workersIn returns the processes whose working directory is in dir.
func workersIn(t *testing.T, dir string) []string {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	must(t, err)
	var found []string
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd+"/", dir+"/") {
			found = append(found, link)
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

func TestServerDiesWithItsParent(t *testing.T) {
	t.Parallel()
	h := startHolder(t, t.TempDir(), "")
	home := homeOf(t, h.url)
	if len(workersIn(t, home)) == 0 {
		t.Fatal("no process works in the server's home")
	}
	h.kill(t)
	eventually(t, "the server ends with its parent", func() bool { return len(workersIn(t, home)) == 0 })
}

// A server outlives its parent where the kernel does not tie them together.
// Here one is started by hand, in a home whose last owner is gone.
func TestRunningServerOfADeadOwnerIsReplaced(t *testing.T) {
	t.Parallel()
	o := devstack.PostgresOptions{Data: t.TempDir(), Durability: devstack.Volatile}
	t.Cleanup(func() { must(t, devstack.Discard(o.Data)) })
	p := startPostgres(t, o)
	execute(t, p.URL("postgres"), "CREATE TABLE notes AS SELECT 'kept' AS text")
	files := scan[string](t, p.URL("postgres"), "SHOW data_directory")
	pid, err := os.ReadFile(filepath.Join(files, "postmaster.pid"))
	must(t, err)
	program, err := os.Readlink(filepath.Join("/proc", strings.Fields(string(pid))[0], "exe"))
	must(t, err)
	info, err := os.Stat(files)
	must(t, err)
	must(t, p.Stop())

	port, err := unusedPort(t)
	must(t, err)
	orphan := exec.Command(program, "-D", files, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", strconv.Itoa(port))
	orphan.Dir, orphan.SysProcAttr = files, &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		orphan.SysProcAttr.Credential = &syscall.Credential{Uid: uidOf(t, info), Gid: 65534}
	}
	must(t, orphan.Start())
	ended := make(chan error, 1)
	go func() { ended <- orphan.Wait() }()
	t.Cleanup(func() { _ = orphan.Process.Kill() })
	eventually(t, "the orphan runs", func() bool { return !gone(filepath.Join(files, "postmaster.pid")) })

	again := startPostgres(t, o)
	if got := scan[string](t, again.URL("postgres"), "SELECT text FROM notes"); got != "kept" {
		t.Errorf("note is %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("the orphan did not shut down cleanly: %v", err)
	}
	must(t, again.Stop())
}
