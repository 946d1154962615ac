package clients_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// installed installs the Node libraries once, at the versions of the lock file.
var installed = sync.OnceValue(func() error {
	cmd := exec.Command("npm", "ci", "--silent", "--no-audit", "--no-fund")
	cmd.Dir = "node"
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})

// outcome is what came of one scenario of a Node program.
type outcome struct {
	Name  string
	Value json.RawMessage
	Error *thrown
}

// thrown is an error of a JavaScript library.
type thrown struct {
	Name       string
	Message    string
	ErrorCode  string
	SubError   string
	Claims     string
	ErrorNo    string
	StatusCode int
	Code       string
	RequestID  string
	Body       string
}

// result reads the value of a scenario that must have worked.
func (o outcome) result(t *testing.T, into any) {
	t.Helper()
	if o.Error != nil {
		t.Fatalf("%s %s: %s", o.Error.Name, o.Error.ErrorCode, o.Error.Message)
	}
	if err := json.Unmarshal(o.Value, into); err != nil {
		t.Fatalf("%v in %s", err, o.Value)
	}
}

// failure is the error of a scenario that must not have worked.
func (o outcome) failure(t *testing.T) thrown {
	t.Helper()
	if o.Error == nil {
		t.Fatalf("it works: %s", o.Value)
	}
	return *o.Error
}

// node runs a program over a world and returns its scenarios by name. The
// environment's settings for identities are the given ones alone.
func node(t *testing.T, program string, world any, env ...string) map[string]outcome {
	t.Helper()
	if err := installed(); err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(world)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", program)
	cmd.Dir, cmd.Stdin = "node", bytes.NewReader(input)
	cmd.Env = append(os.Environ(), append([]string{"NODE_EXTRA_CA_CERTS=" + caFile(t)}, env...)...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, complaint.String())
	}
	outcomes := map[string]outcome{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one outcome
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatalf("%s says %q: %v", program, lines.Text(), err)
		}
		outcomes[one.Name] = one
	}
	return outcomes
}

// each holds every scenario of a program to its check, and the program to
// having exactly these.
func each(t *testing.T, outcomes map[string]outcome, checks map[string]func(*testing.T, outcome)) {
	t.Helper()
	for name := range outcomes {
		if checks[name] == nil {
			t.Errorf("nobody checks scenario %q", name)
		}
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, ran := outcomes[name]
			if !ran {
				t.Fatal("the program has no such scenario")
			}
			check(t, one)
		})
	}
}
