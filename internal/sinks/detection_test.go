package sinks_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"gatehouse/internal/audit"
)

const detections = "../../docs/detection"

// rule is as much of a Sigma rule as ours use.
type rule struct {
	Title      string
	ID         string
	Level      string
	Logsource  map[string]string
	Detection  map[string]any
	Fields     []string
	selections map[string]map[string]any
	condition  string
}

func readRule(t *testing.T, path string) rule {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r rule
	if err := yaml.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	r.selections = map[string]map[string]any{}
	for name, what := range r.Detection {
		if name == "condition" {
			r.condition = what.(string)
			continue
		}
		r.selections[name] = what.(map[string]any)
	}
	return r
}

// matches evaluates the subset: equality without regard to case, lists of which one
// has to hold, startswith, re, gte; conditions of selections joined by or, and,
// and not.
func (r rule) matches(t *testing.T, record map[string]any) bool {
	t.Helper()
	return slices.ContainsFunc(strings.Split(r.condition, " or "), func(c string) bool { return r.together(t, c, record) })
}

func (r rule) together(t *testing.T, condition string, record map[string]any) bool {
	t.Helper()
	for part := range strings.SplitSeq(condition, " and ") {
		name, negated := strings.CutPrefix(part, "not ")
		selection, there := r.selections[name]
		if !there {
			t.Fatalf("%s: there is no selection %q", r.Title, name)
		}
		all := true
		for key, want := range selection {
			all = all && holds(t, record, key, want)
		}
		if all == negated {
			return false
		}
	}
	return true
}

func holds(t *testing.T, record map[string]any, key string, want any) bool {
	t.Helper()
	name, modifier, _ := strings.Cut(key, "|")
	got, there := record[name]
	if !there {
		return false
	}
	list, ok := want.([]any)
	if !ok {
		list = []any{want}
	}
	return slices.ContainsFunc(list, func(w any) bool {
		switch modifier {
		case "":
			return strings.EqualFold(fmt.Sprint(got), fmt.Sprint(w))
		case "startswith":
			return strings.HasPrefix(strings.ToLower(fmt.Sprint(got)), strings.ToLower(fmt.Sprint(w)))
		case "re":
			return regexp.MustCompile(fmt.Sprint(w)).MatchString(fmt.Sprint(got))
		case "gte":
			n, isNumber := got.(float64)
			return isNumber && n >= float64(w.(int))
		}
		t.Fatalf("the modifier %q is none of those that are used here", modifier)
		return false
	})
}

// samples reads records as they leave for webhooks and storage, and holds each
// against the schema of the log.
func samples(t *testing.T, path string) []map[string]any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		record := decode(t, lines.Bytes())
		all = append(all, record)
		own := maps.Clone(record)
		for _, added := range []string{"log_leaf", "log_origin", "log_seq", "sealed_at"} {
			if _, there := own[added]; !there {
				t.Errorf("%s: a sample lacks %s", path, added)
			}
			delete(own, added)
		}
		payload, err := json.Marshal(own)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := audit.Decode(payload); err != nil {
			t.Errorf("%s: a sample is no record: %v\n%s", path, err, payload)
		}
	}
	if len(all) == 0 {
		t.Errorf("%s has no samples", path)
	}
	return all
}

func TestEveryRuleFindsItsSamplesAndNothingElse(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(detections, "*.yml"))
	if err != nil || len(paths) < 8 {
		t.Fatalf("there are %d rules: %v", len(paths), err)
	}
	index, err := os.ReadFile(filepath.Join(detections, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	var all []map[string]any
	for _, path := range paths {
		r, name := readRule(t, path), strings.TrimSuffix(path, ".yml")
		if ids[r.ID] || r.ID == "" || r.Title == "" || r.Logsource["product"] != "gatehouse" || !slices.Contains([]string{"low", "medium", "high"}, r.Level) {
			t.Errorf("%s: the rule lacks something, or has another's id: %+v", path, r)
		}
		ids[r.ID] = true
		if !strings.Contains(string(index), "("+filepath.Base(path)+")") {
			t.Errorf("README.md does not tell of %s", filepath.Base(path))
		}
		for _, s := range samples(t, name+".ndjson") {
			all = append(all, s)
			if !r.matches(t, s) {
				t.Errorf("%s does not find %v", path, s)
			}
		}
		for _, s := range samples(t, name+".counter.ndjson") {
			if r.matches(t, s) {
				t.Errorf("%s finds %v", path, s)
			}
		}
	}
	for _, path := range paths { // what no sample has is a field that a rule misspells
		r := readRule(t, path)
		for _, s := range r.selections {
			for key := range s {
				field, _, _ := strings.Cut(key, "|")
				if !slices.ContainsFunc(all, func(s map[string]any) bool { _, there := s[field]; return there }) {
					t.Errorf("%s: no record here has a field %s", path, field)
				}
			}
		}
	}
}
