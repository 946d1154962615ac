package authz_test

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"gatehouse/internal/authz"
)

var (
	example = regexp.MustCompile("(?s)### ([0-9]+)\\. [^\n]* \\((allow|deny)\\)\n[^`]*```cel\n(.*?)\n```\n```json\n(.*?)\n```")
	heading = regexp.MustCompile(`(?m)^### `)
)

// TestExamplesOfThePageAreTrue reads the page that admins read.
func TestExamplesOfThePageAreTrue(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/conditions.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := example.FindAllStringSubmatch(string(page), -1)
	if len(examples) != 10 || len(heading.FindAllString(string(page), -1)) != len(examples) {
		t.Fatalf("%d examples can be read", len(examples))
	}
	for _, e := range examples {
		var calls struct{ True, False []json.RawMessage }
		if err := json.Unmarshal([]byte(e[4]), &calls); err != nil {
			t.Fatalf("example %s: %v", e[1], err)
		}
		permissions := []authz.Permission{{Effect: authz.Effect(e[2]), Condition: e[3]}}
		whenTrue, whenFalse := authz.Allowed, authz.Refused
		if e[2] == "deny" {
			permissions = append(permissions, authz.Permission{Effect: authz.Allow})
			whenTrue, whenFalse = authz.Refused, authz.Allowed
		}
		p := permit(t, permissions...)
		for _, c := range calls.True {
			if v := call(p, alice(), string(c)).Verdict; v != whenTrue {
				t.Errorf("example %s: a call with %s is %v, the page says that the condition is true", e[1], c, v)
			}
		}
		for _, c := range calls.False {
			if v := call(p, alice(), string(c)).Verdict; v != whenFalse {
				t.Errorf("example %s: a call with %s is %v, the page says that the condition is not true", e[1], c, v)
			}
		}
		if len(calls.True) == 0 {
			t.Errorf("example %s is true for no call", e[1])
		}
	}
}
