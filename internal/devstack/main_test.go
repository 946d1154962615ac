//go:build unix

package devstack_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/devstack"
)

// holdKey in the environment turns the test binary into a program that holds a
// server until its standard input ends: something to kill. Its value is "-" and the
// data directory, "-" alone for a throw-away server, "-volatile" for a volatile one.
const (
	holdKey  = "DEVSTACK_TEST_HOLD"
	volatile = "volatile"
)

func TestMain(m *testing.M) {
	if data, held := os.LookupEnv(holdKey); held {
		os.Exit(hold(strings.TrimPrefix(data, "-")))
	}
	os.Exit(m.Run())
}

func hold(data string) int {
	o := devstack.PostgresOptions{Data: data}
	if data == volatile {
		o = devstack.PostgresOptions{Durability: devstack.Volatile}
	}
	p, err := devstack.StartPostgres(context.Background(), o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(p.URL("postgres"))
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := p.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// holder is a child process that holds a server.
type holder struct {
	cmd   *exec.Cmd
	stdin io.Closer
	url   string
}

// startHolder runs a holder in dir, with extra environment.
func startHolder(t *testing.T, dir, data string, env ...string) *holder {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(append(os.Environ(), holdKey+"=-"+data), env...)
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("holder did not start a server: %v", err)
	}
	return &holder{cmd: cmd, stdin: stdin, url: strings.TrimSpace(line)}
}

// kill ends the holder as the kernel does when memory runs out.
func (h *holder) kill(t *testing.T) {
	t.Helper()
	must(t, h.cmd.Process.Kill())
	_ = h.cmd.Wait()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// startPostgres starts a server that the test stops.
func startPostgres(t *testing.T, o devstack.PostgresOptions) *devstack.Postgres {
	t.Helper()
	p, err := devstack.StartPostgres(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, p.Stop()) })
	return p
}

// scan runs a query with one result on the server.
func scan[T any](t *testing.T, url, sql string) T {
	t.Helper()
	var v T
	c, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer func() { must(t, c.Close(context.WithoutCancel(t.Context()))) }()
	if err := c.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// execute runs a statement on the server.
func execute(t *testing.T, url, sql string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer func() { must(t, c.Close(context.WithoutCancel(t.Context()))) }()
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// homeOf returns the directory that the server at url works in.
func homeOf(t *testing.T, url string) string {
	t.Helper()
	return filepath.Dir(scan[string](t, url, "SHOW data_directory"))
}

// openDir returns a directory that every account can enter.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "devstack-test-") //nolint:usetesting // t.TempDir is closed to other accounts
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	return dir
}

// eventually waits until done, or fails the test with what was awaited.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// gone reports whether nothing is at path.
func gone(path string) bool {
	_, err := os.Lstat(path)
	return os.IsNotExist(err)
}
