package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jmespath/go-jmespath"
)

// show writes an answer as az does: JSON, or with -o tsv one line a row.
func show(answer any, o map[string][]string, out io.Writer) error {
	if q := o["--query"]; len(q) > 0 {
		picked, err := jmespath.Search(q[0], answer)
		if err != nil {
			return fmt.Errorf("argument --query: invalid jmespath_type value: %q", q[0])
		}
		answer = picked
	}
	format := "json"
	if len(o["--output"]) > 0 {
		format = o["--output"][0]
	}
	switch format {
	case "json":
		text, err := json.MarshalIndent(answer, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s\n", text)
		return err
	case "tsv":
		return tsv(answer, out)
	case "none":
		return nil
	}
	return fmt.Errorf("argument --output/-o: invalid choice: %q", format)
}

func tsv(answer any, out io.Writer) error {
	rows, many := answer.([]any)
	if !many {
		rows = []any{answer}
	}
	for _, row := range rows {
		cells, nested := row.([]any)
		if !nested {
			cells = []any{row}
		}
		var line []string
		for _, one := range cells {
			line = append(line, cell(one))
		}
		if _, err := fmt.Fprintln(out, strings.Join(line, "\t")); err != nil {
			return err
		}
	}
	return nil
}

// cell is one value. az writes None for null, and of a nested collection only how
// much is in it.
func cell(value any) string {
	switch value := value.(type) {
	case nil:
		return "None"
	case string:
		return value
	case bool:
		return strconv.FormatBool(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case []any:
		return strconv.Itoa(len(value))
	}
	return ""
}
