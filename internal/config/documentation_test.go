package config_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/config"
)

// row matches a line of the table: name, process, default, meaning.
var row = regexp.MustCompile("^\\| `(GATEHOUSE_[A-Z_]+)` \\| ([a-z]+) \\| ([^|]+) \\| ([^|]+) \\|$")

func TestDocumentationAndCodeListTheSameVariables(t *testing.T) {
	t.Parallel()
	documented := documentedVariables(t)
	variables := config.Variables()
	for _, v := range variables {
		if !slices.Contains(documented, v) {
			t.Errorf("docs/configuration.md has no row for %+v", v)
		}
	}
	for _, d := range documented {
		if !slices.Contains(variables, d) {
			t.Errorf("docs/configuration.md has a row that the code does not: %+v", d)
		}
	}
	if len(documented) != len(variables) {
		t.Errorf("%d rows for %d variables", len(documented), len(variables))
	}
}

func documentedVariables(t *testing.T) []config.Variable {
	t.Helper()
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var variables []config.Variable
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := row.FindStringSubmatch(strings.TrimSpace(line))
		if cells == nil {
			t.Errorf("row is not readable: %s", line)
			continue
		}
		v := config.Variable{Name: cells[1], Process: cells[2]}
		switch value := cells[3]; value {
		case "required":
			v.Required = true
		case "none":
		default:
			v.Default = strings.Trim(value, "`")
		}
		variables = append(variables, v)
	}
	return variables
}
