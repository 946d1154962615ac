package laptop_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/demo"
	"gatehouse/internal/store/storetest"
)

// Deadlines, ten times what is usual on a small machine.
const (
	startLimit = 3 * time.Minute
	stopLimit  = 5 * time.Second // what gatehouse-dev promises
)

// dev is a running gatehouse-dev.
type dev struct {
	demo.File
	dir   string
	cmd   *exec.Cmd
	ended chan error
	ready time.Duration

	transport http.RoundTripper // of browsers; nil: the usual one
}

var shared *dev

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run starts one gatehouse-dev for all tests that only look.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gatehouse-laptop-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if shared, err = start(dir, "--history=true"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := shared.forget(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if hosted.Load() {
		if err := storetest.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

func build(dir string) error {
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "gatehouse-dev"), "gatehouse/cmd/gatehouse-dev")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build gatehouse-dev: %w\n%s", err, out)
	}
	return nil
}

// start runs gatehouse-dev on free ports, on the data that dir holds.
func start(dir string, flags ...string) (*dev, error) {
	d := &dev{dir: dir, ended: make(chan error, 1)}
	args := append([]string{"--listen", "localhost:0", "--entra", "localhost:0", "--graph", "localhost:0", "--data", d.data(), "--history=false"}, flags...)
	d.cmd = exec.Command(filepath.Join(dir, "gatehouse-dev"), args...)
	d.cmd.Stderr = os.Stderr
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	line := make(chan string, 1)
	go func() {
		r := bufio.NewReader(out)
		first, _ := r.ReadString('\n')
		line <- first
		_, _ = io.Copy(io.Discard, r)
		d.ended <- d.cmd.Wait()
	}()
	select {
	case first := <-line:
		d.ready = time.Since(began)
		return d, d.read(first)
	case <-time.After(startLimit):
		return nil, fmt.Errorf("gatehouse-dev is not ready after %s: %w", startLimit, d.cmd.Process.Kill())
	}
}

func (d *dev) data() string { return filepath.Join(d.dir, "data") }

// read holds the ready line and dev.json against each other.
func (d *dev) read(line string) error {
	raw, err := os.ReadFile(filepath.Join(d.data(), demo.FileName))
	if err != nil {
		return fmt.Errorf("first line %q: %w", line, err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d.File); err != nil {
		return err
	}
	if want := "gatehouse: ready " + d.BaseURL + "\n"; line != want {
		return fmt.Errorf("the first line is %q, want %q", line, want)
	}
	return nil
}

// stop interrupts gatehouse-dev and waits for its end.
func (d *dev) stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case err := <-d.ended:
		return err
	case <-time.After(stopLimit):
		return fmt.Errorf("gatehouse-dev has not stopped after %s: %w", stopLimit, d.cmd.Process.Kill())
	}
}

// forget removes the kept database, wherever it lies.
func (d *dev) forget() error { return demo.Forget(context.Background(), demo.Settings{Data: d.data()}) }

func (d *dev) org(t *testing.T, slug string) demo.FileOrg {
	t.Helper()
	for _, o := range d.Orgs {
		if o.Slug == slug {
			return o
		}
	}
	t.Fatalf("dev.json has no organization %s", slug)
	return demo.FileOrg{}
}

func (d *dev) user(t *testing.T, o demo.FileOrg, name string) demo.FileUser {
	t.Helper()
	for _, u := range o.Users {
		if strings.HasPrefix(u.Username, name+"@") {
			return u
		}
	}
	t.Fatalf("%s has no %s", o.Slug, name)
	return demo.FileUser{}
}

// token gets a person's token: by password, or, for a guest, through the account
// picker as a browser would.
func (d *dev) token(t *testing.T, o demo.FileOrg, u demo.FileUser) string {
	t.Helper()
	form := url.Values{
		"grant_type": {"password"}, "client_id": {o.Clients[0].ClientID}, "scope": {o.Scope}, "username": {u.Username}, "password": {u.Password},
	}
	if u.Password == "" {
		form = d.pick(t, o, u)
	}
	resp, err := http.PostForm(d.EntraURL+"/"+o.EntraTenantID+"/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("no token for %s: %s %v", u.Username, answer.Description, err)
	}
	return answer.AccessToken
}
