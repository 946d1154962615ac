package search

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/text"
)

// first are the columns that people look at, in their order. The others follow by name.
var first = []string{
	"seq", "id", "at", "kind", "phase", "outcome", "reason", "actor_kind", "actor_name", "actor_oid", "client", "tool", "effect", "target", "detail",
	"subject_name", "subject_oid",
}

// erased is the last column: the names of fields whose value is gone, or that the whole
// record is unreadable.
const erased = "erased"

// columns are those of a table: every field that a record can have.
var columns = func() []string {
	rest := slices.Clone(audit.Common)
	for _, k := range audit.Kinds() {
		rest = append(rest, k.Fields...)
	}
	rest = append(rest, "sealed_at")
	slices.Sort(rest)
	rest = slices.DeleteFunc(slices.Compact(rest), func(name string) bool { return slices.Contains(first, name) || name == "v" })
	return append(append(slices.Clone(first), rest...), erased)
}()

// table writes records as CSV (RFC 4180) that no spreadsheet takes for formulas.
type table struct{ out *bufio.Writer }

func (t table) begin() error { return t.line(columns) }

func (t table) write(r proof.Record) error {
	cells := make([]string, len(columns))
	var gone []string
	for _, f := range r.Fields {
		if f.Value == nil {
			gone = append(gone, f.Name)
		} else if at := slices.Index(columns, f.Name); at >= 0 {
			cells[at] = textOf(f.Value)
		}
	}
	if unreadable(r) {
		gone = []string{string(Unreadable)}
	}
	cells[0], cells[len(cells)-1] = strconv.FormatInt(r.Seq, 10), strings.Join(gone, "; ")
	return t.line(cells)
}

func (t table) end() error { return t.out.Flush() }

// line writes one of cells.
func (t table) line(cells []string) error {
	_, err := t.out.Write(text.AppendRow(nil, cells)) // a bufio.Writer says at its next write what went wrong
	return err
}

// textOf is a value as people read it: a text as it is, a list with semicolons, and
// everything else as JSON.
func textOf(value []byte) string {
	var single string
	if json.Unmarshal(value, &single) == nil {
		return single
	}
	var list []string
	if json.Unmarshal(value, &list) == nil {
		return strings.Join(list, "; ")
	}
	return string(value)
}

func newTable(out io.Writer) table { return table{bufio.NewWriterSize(out, chunk)} }
