package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/demo"
)

// Deadlines, ten times what is usual on a small machine.
const (
	buildLimit = 5 * time.Minute
	startLimit = 3 * time.Minute
	stopLimit  = 30 * time.Second
	walkLimit  = 8 * time.Minute
)

// dev is the gatehouse-dev of all tests, program what it runs, and data where it keeps
// everything.
var (
	dev     demo.File
	program string
	data    string
)

// another is a second gatehouse-dev, which begins when a test first wants it, and
// stopAnother what ends it. There a directory can be registered once more, and a whole
// company deleted.
var (
	another     = sync.OnceValues(startAnother)
	stopAnother = func() error { return nil }
)

func startAnother() (demo.File, error) {
	at := filepath.Join(filepath.Dir(program), "another")
	stop, running, err := start(program, at)
	if err == nil {
		stopAnother = func() error { return errors.Join(stop(), demo.Forget(context.Background(), demo.Settings{Data: at})) }
	}
	return running, err
}

func apart(t *testing.T) demo.File {
	t.Helper()
	at, err := another()
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// fabrikam is held by who changes Fabrikam as a whole, or would be disturbed by it.
var fabrikam sync.Mutex

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "gatehouse-console-")
	if err != nil {
		return complain(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "gatehouse-dev")
	for _, command := range [][]string{{"../../../scripts/web", "build"}, {"go", "build", "-o", program, "gatehouse/cmd/gatehouse-dev"}} {
		if err := do(command); err != nil {
			return complain(err)
		}
	}
	data = filepath.Join(dir, "data")
	stop, running, err := start(program, data)
	if err != nil {
		return complain(err)
	}
	dev = running
	defer func() {
		for _, err := range []error{stopAnother(), stop(), demo.Forget(context.Background(), demo.Settings{Data: data})} {
			if err != nil {
				code = complain(err)
			}
		}
	}()
	return m.Run()
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func do(command []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), buildLimit)
	defer cancel()
	if out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
	}
	return nil
}

// start runs gatehouse-dev with its month of history, and reads dev.json.
func start(program, data string) (stop func() error, f demo.File, err error) {
	cmd := exec.Command(program, "--listen", "localhost:0", "--entra", "localhost:0", "--graph", "localhost:0", "--data", data)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, f, err
	}
	if err := cmd.Start(); err != nil {
		return nil, f, err
	}
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		lines := bufio.NewReader(out)
		line, _ := lines.ReadString('\n')
		ready <- line
		_, _ = io.Copy(io.Discard, lines)
		ended <- cmd.Wait()
	}()
	stop = func() error {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			return err
		}
		select {
		case err := <-ended:
			return err
		case <-time.After(stopLimit):
			return fmt.Errorf("gatehouse-dev has not stopped after %s: %w", stopLimit, cmd.Process.Kill())
		}
	}
	select {
	case line := <-ready:
		if !strings.HasPrefix(line, "gatehouse: ready ") {
			return nil, f, fmt.Errorf("gatehouse-dev says %q", line)
		}
	case <-time.After(startLimit):
		return nil, f, fmt.Errorf("gatehouse-dev is not ready after %s: %w", startLimit, cmd.Process.Kill())
	}
	raw, err := os.ReadFile(filepath.Join(data, demo.FileName))
	if err != nil {
		return nil, f, err
	}
	return stop, f, json.Unmarshal(raw, &f)
}

func contoso(t *testing.T) demo.FileOrg {
	t.Helper()
	for _, o := range dev.Orgs {
		if o.Slug == "contoso" {
			return o
		}
	}
	t.Fatal("there is no contoso")
	return demo.FileOrg{}
}

func user(t *testing.T, name string) demo.FileUser {
	t.Helper()
	for _, u := range contoso(t).Users {
		if strings.HasPrefix(u.Username, name+"@") {
			return u
		}
	}
	t.Fatalf("there is no %s", name)
	return demo.FileUser{}
}
