package evidence_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
)

// job is one file for the other verifier, and what ours says of it.
type job struct {
	name  string
	file  []byte
	trust evidence.Trust
	want  string
	code  int
}

// noVerdict is the code of a job whose reader's own things are of no use.
const noVerdict = 3

func jobOf(tb testing.TB, name string, file []byte, trust evidence.Trust) (job, evidence.Report) {
	tb.Helper()
	report := verify(tb, file, trust)
	return job{name: name, file: file, trust: trust, want: report.String(), code: int(report.Verdict())}, report
}

// others runs the verifiers of docs/examples and of the console over all files at once,
// and complains where one of them says anything else.
func others(t *testing.T, jobs []job) {
	t.Helper()
	in := wired(t, jobs)
	agree(t, jobs, in, "docs/examples", "testdata/batch.mjs")
	agree(t, jobs, in, "the console", "testdata/browser.mjs", console(t))
}

// console builds the console's verifier as a module that Node.js runs.
func console(t *testing.T) string {
	t.Helper()
	module := filepath.Join(t.TempDir(), "verify.mjs")
	if out, err := exec.CommandContext(t.Context(), "../../../scripts/web", "verifier", module).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return module
}

// wired is what both verifiers read: a line for each job.
func wired(t *testing.T, jobs []job) []byte {
	t.Helper()
	var in bytes.Buffer
	for _, j := range jobs {
		wire := struct {
			File       []byte         `json:"file"`
			Keys       []string       `json:"keys"`
			Checkpoint *string        `json:"checkpoint,omitempty"`
			Origin     string         `json:"origin"`
			Filter     *filter.Filter `json:"filter,omitempty"`
			Range      []int64        `json:"range,omitempty"`
		}{File: j.file, Origin: j.trust.Origin, Filter: j.trust.Asked.Filter}
		if r := j.trust.Asked.Range; r != nil {
			wire.Range = []int64{r.From, r.To}
		}
		for _, k := range j.trust.Keys {
			wire.Keys = append(wire.Keys, k.String())
		}
		if j.trust.Checkpoint != nil {
			text := string(j.trust.Checkpoint)
			wire.Checkpoint = &text
		}
		if err := json.NewEncoder(&in).Encode(wire); err != nil {
			t.Fatal(err)
		}
	}
	return in.Bytes()
}

// agree runs one verifier over the jobs.
func agree(t *testing.T, jobs []job, in []byte, whose string, script ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", script...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	wrong := 0
	for _, j := range jobs {
		var verdict struct {
			Code int    `json:"code"`
			Text string `json:"text"`
		}
		if !lines.Scan() || json.Unmarshal(lines.Bytes(), &verdict) != nil {
			t.Fatalf("%s: no verdict by %s", j.name, whose)
		}
		if verdict.Code == j.code && (verdict.Text == j.want || j.code == noVerdict) {
			continue
		}
		if wrong++; wrong < 6 {
			t.Errorf("%s: the verifier of %s says %d\n%s\nGo says %d\n%s", j.name, whose, verdict.Code, verdict.Text, j.code, j.want)
		}
	}
	if wrong > 0 {
		t.Errorf("%s differs about %d of %d files", whose, wrong, len(jobs))
	}
}

// histories is how many random histories are changed in every way; under the race
// detector, which has nothing to find here, a few are.
func histories() uint64 {
	if testing.Short() {
		return 15
	}
	return 200
}

// TestAnyChangeIsReportedByBothVerifiers: whatever single thing is changed, in the file
// or in the log that it is made from, shows at the record where it is or by the check
// that fails, to whoever has the log's origin and key and a checkpoint.
func TestAnyChangeIsReportedByBothVerifiers(t *testing.T) {
	t.Parallel()
	var jobs []job
	met := map[string]map[string]int{}
	for number := range histories() {
		r := rand.New(rand.NewPCG(number, 99))
		h := newHistory(t, number, 3+r.IntN(14))
		q := questions(r, int64(len(h.records)))
		honest := h.export(q)
		j, report := jobOf(t, fmt.Sprintf("%d: honest", number), honest, h.trust())
		if jobs = append(jobs, j); report.Wrong != nil {
			t.Fatalf("%s: %s", j.name, j.want)
		}
		for _, kind := range slices.Sorted(maps.Keys(changes)) {
			a := changes[kind](scene{r, h, q, slices.Clone(honest)})
			j, report := jobOf(t, fmt.Sprintf("%d: %s", number, kind), a.file, h.trust())
			jobs = append(jobs, j)
			if complaint := judge(a, &report, honest); complaint != "" {
				t.Errorf("%s: %s\n%s", j.name, complaint, j.want)
			}
			if met[kind] == nil {
				met[kind] = map[string]int{}
			}
			met[kind][checkOf(&report)]++
		}
	}
	for kind, checks := range met {
		t.Log(kind, checks)
	}
	others(t, jobs)
}

func checkOf(r *evidence.Report) string {
	if r.Wrong == nil {
		return "not proven"
	}
	return string(r.Wrong.Check)
}

// judge says what a report lacks.
func judge(a altered, report *evidence.Report, honest []byte) string {
	switch w := report.Wrong; {
	case a.missed && (w != nil || !strings.Contains(report.Missing, fmt.Sprintf("the first is record %d", a.seq))):
		return fmt.Sprintf("record %d is not missed", a.seq)
	case a.missed, w == nil && a.hidden && report.Missing != "":
		return ""
	case w == nil && bytes.Equal(a.file, honest):
		return "nothing was changed"
	case w == nil:
		return "nothing is reported"
	case a.checks != "" && !slices.Contains(strings.Fields(a.checks), string(w.Check)):
		return "another check has to fail: " + a.checks
	case a.seq != anywhere && w.Seq != a.seq:
		return fmt.Sprintf("record %d has to be reported", a.seq)
	}
	return ""
}
