package text

import (
	"strings"
	"unicode/utf8"
)

// AppendRow appends a line of a table as RFC 4180 has it, of which no spreadsheet takes a
// cell for a formula (Cell). Every cell is quoted: what separates cells differs from
// country to country.
func AppendRow(dst []byte, cells []string) []byte {
	for i, cell := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, strings.ReplaceAll(Cell(cell), `"`, `""`)...)
		dst = append(dst, '"')
	}
	return append(dst, "\r\n"...)
}

// beginsFormula are the characters at the beginning of a cell for which spreadsheets
// compute it (OWASP, "CSV Injection"), in both widths.
const beginsFormula = "=+-@＝＋－＠\t\r\n"

// Cell returns a text with an apostrophe before whatever a spreadsheet would compute: at
// the beginning, and behind a semicolon, which separates cells in much of the world,
// quotes or not.
func Cell(s string) string {
	parts := strings.Split(s, ";")
	for i, part := range parts {
		begins, _ := utf8.DecodeRuneInString(strings.TrimLeft(part, " \u00a0"))
		if strings.ContainsRune(beginsFormula, begins) {
			parts[i] = "'" + part
		}
	}
	return strings.Join(parts, ";")
}
