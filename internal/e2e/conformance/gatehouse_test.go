package conformance_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
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

// startLimit and stopLimit bound the life of gatehouse-dev at both ends, ten
// times what is usual on a small machine.
const (
	startLimit = 3 * time.Minute
	stopLimit  = 30 * time.Second
)

// gatehouse starts gatehouse-dev with a server behind it and returns what it
// tells of its organization conformance.
func gatehouse(t *testing.T, behind string) (demo.File, demo.FileOrg) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	cmd := exec.Command(filepath.Join(shared.dir, "gatehouse-dev"), "--listen", "localhost:0", "--entra", "localhost:0", "--graph", "localhost:0",
		"--data", data, "--history=false", "--conformance-upstream", behind)
	cmd.SysProcAttr = dyingWithUs()
	said := &transcript{}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, ended := make(chan string, 1), make(chan struct{})
	go func() {
		r := bufio.NewReader(out)
		first, _ := r.ReadString('\n')
		line <- first
		_, _ = io.Copy(io.Discard, r)
		_ = cmd.Wait() // it is told to end
		close(ended)
	}()
	t.Cleanup(func() { stop(t, cmd, ended, said, data) })
	select {
	case first := <-line:
		if !strings.HasPrefix(first, "gatehouse: ready ") {
			t.Fatalf("gatehouse-dev says %q, and:\n%s", first, said)
		}
	case <-time.After(startLimit):
		t.Fatalf("gatehouse-dev is not ready after %s:\n%s", startLimit, said)
	}
	return described(t, data)
}

// stop ends gatehouse-dev and what it keeps.
func stop(t *testing.T, cmd *exec.Cmd, ended chan struct{}, said *transcript, data string) {
	t.Helper()
	_ = cmd.Process.Signal(syscall.SIGINT) // it may have ended by itself
	select {
	case <-ended:
	case <-time.After(stopLimit):
		t.Errorf("gatehouse-dev has not stopped after %s: %v", stopLimit, cmd.Process.Kill())
	}
	if t.Failed() {
		t.Logf("gatehouse-dev said:\n%s", said)
	}
	if err := demo.Forget(context.Background(), demo.Settings{Data: data}); err != nil {
		t.Error(err)
	}
}

func described(t *testing.T, data string) (demo.File, demo.FileOrg) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(data, demo.FileName))
	must(t, err)
	var file demo.File
	must(t, json.Unmarshal(raw, &file))
	for _, o := range file.Orgs {
		if o.Slug == "conformance" {
			return file, o
		}
	}
	t.Fatalf("dev.json has no organization conformance: %s", raw)
	return file, demo.FileOrg{}
}

// token signs the organization's one person in.
func token(t *testing.T, file demo.File, o demo.FileOrg) string {
	t.Helper()
	resp, err := http.PostForm(file.EntraURL+"/"+o.EntraTenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"password"}, "client_id": {o.Clients[0].ClientID}, "scope": {o.Scope}, "username": {o.Users[0].Username}, "password": {o.Users[0].Password},
	})
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("no token for %s: %s %v", o.Users[0].Username, answer.Description, err)
	}
	return answer.AccessToken
}

// transcript is what a process has said, readable while it goes on.
type transcript struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.Write(p)
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.String()
}
