package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOutsideLoadFindsProductAndTokens(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	file := filepath.Join(t.TempDir(), "tokens")
	said, say := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := serveOutside(ctx, []string{"-token-file", file, "-tokens", "3"}, pipes{out: say, err: io.Discard})
		ended <- errors.Join(err, say.Close())
	}()
	where := map[string]string{}
	text := make([]byte, 4096)
	n, err := said.Read(text)
	if err != nil {
		t.Fatal(errors.Join(err, <-ended))
	}
	for line := range strings.Lines(string(text[:n])) {
		name, value, _ := strings.Cut(line, " ")
		where[name] = strings.TrimSpace(value)
	}
	raw, err := os.ReadFile(where["token_file"])
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Fields(string(raw))
	if len(list) != 3 {
		t.Errorf("%d tokens, want 3", len(list))
	}
	addr := strings.TrimPrefix(where["base_url"], "http://")
	f, err := dial(ctx, addr, 1)
	if err != nil {
		t.Fatal(err)
	}
	o, err := f.drive(ctx, phase{
		request: callTool(endpoint{addr, strings.TrimPrefix(where["endpoint"], where["base_url"])}),
		tokens:  &tokens{list: list, reuse: once}, lasts: time.Minute,
	})
	if err != nil || o.replies != 3 {
		t.Errorf("%d replies, %v", o.replies, err)
	}
	stop()
	if err := errors.Join(f.close(), <-ended); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the token file is still there: %v", err)
	}
}

func TestOutsideRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"-tokens 0", "-tokens 1000001", "now", "-rounds 3"} {
		var out bytes.Buffer
		err := serveOutside(t.Context(), strings.Fields(line), pipes{out: &out, err: io.Discard})
		if err == nil || out.Len() > 0 {
			t.Errorf("%s: error %v, said %q", line, err, out.String())
		}
	}
}

func TestProductThatIsSetUpWronglySaysWhy(t *testing.T) {
	t.Parallel()
	on, err := listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = start(t.Context(), spec{role: productRole, setup: productSetup{Environ: []string{"GATEHOUSE_LOG_LEVEL=loud"}}, socket: on})
	if err == nil || !strings.Contains(err.Error(), "GATEHOUSE_LOG_LEVEL") {
		t.Errorf("error = %v, want one that names the variable", err)
	}
	if err := on.close(); err != nil {
		t.Error(err)
	}
}
