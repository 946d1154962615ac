package evidence_test

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
)

var update = flag.Bool("update", false, "write the example of docs/audit-format.md")

// TestExampleIsWhatThePageSays: the file in docs/examples is one of this format, so that
// whoever writes a verifier has something to try it on.
func TestExampleIsWhatThePageSays(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 21, 12)
	from, to := instantAt(2), instantAt(6)
	file := h.export(question{
		from: 1, to: 7, disclosure: evidence.FilterFields, stops: []int64{10},
		filter: filter.Filter{From: from, To: to, Tools: []string{"payroll_run"}},
	})
	held := h.checkpoint(10, begin.Add(time.Hour), h.key)
	for name, content := range map[string][]byte{
		"evidence.ndjson": file, "evidence.checkpoint": held, "evidence.key": []byte(h.key.String() + "\n"),
	} {
		name = "../../../docs/examples/" + name
		if *update {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if is, err := os.ReadFile(name); err != nil || !bytes.Equal(is, content) {
			t.Errorf("%s is not what it has to be (%v); go test ./internal/audit/evidence -update writes it", name, err)
		}
	}
	trust := evidence.Trust{Keys: h.trust().Keys, Checkpoint: held}
	play(t, []theme{{"example", file, trust, evidence.Proven, "matching: 2 of 6 records\n"}})
}

func TestSecondVerifierIsShort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/examples/verify.mjs")
	if lines := bytes.Count(text, []byte("\n")); err != nil || lines >= 300 {
		t.Errorf("it has %d lines, %v", lines, err)
	}
	if bytes.Contains(text, []byte("import('")) || bytes.Count(text, []byte(" from '")) != bytes.Count(text, []byte(" from 'node:")) {
		t.Error("it needs a package")
	}
}
