package search

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
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

// line quotes every cell: what separates cells differs from country to country.
func (t table) line(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			_ = t.out.WriteByte(',')
		}
		_ = t.out.WriteByte('"')
		_, _ = t.out.WriteString(strings.ReplaceAll(harmless(cell), `"`, `""`))
		_ = t.out.WriteByte('"')
	}
	_, err := t.out.WriteString("\r\n") // a bufio.Writer says at its next write what went wrong
	return err
}

// beginsFormula are the characters at the beginning of a cell for which spreadsheets
// compute it (OWASP, CSV Injection), in both widths.
const beginsFormula = "=+-@＝＋－＠\t\r\n"

// harmless puts an apostrophe before what a spreadsheet would compute: at the
// beginning, and behind a semicolon, which separates cells in much of the world,
// quotes or not.
func harmless(cell string) string {
	parts := strings.Split(cell, ";")
	for i, part := range parts {
		begins, _ := utf8.DecodeRuneInString(strings.TrimLeft(part, " \u00a0"))
		if strings.ContainsRune(beginsFormula, begins) {
			parts[i] = "'" + part
		}
	}
	return strings.Join(parts, ";")
}

// textOf is a value as people read it: a text as it is, a list with semicolons, and
// everything else as JSON.
func textOf(value []byte) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	var list []string
	if json.Unmarshal(value, &list) == nil {
		return strings.Join(list, "; ")
	}
	return string(value)
}

func newTable(out io.Writer) table { return table{bufio.NewWriterSize(out, chunk)} }
