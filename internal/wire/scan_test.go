package wire_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/wire"
)

const depth = 64

func TestScanRefusesWhatStrictJSONDoesNotAllow(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, text, why string
		at              int
	}{
		{"empty", "", "empty", 0},
		{"white space only", " \n", "empty", 2},
		{"byte order mark", "\uFEFF{}", "byte order mark", 0},
		{"two values", `{} {}`, "more text follows", 3},
		{"bracket behind", `1]`, "more text follows", 1},
		{"no value", `]`, "a value is expected", 0},
		{"bare word", `nothing`, "a value is expected", 0},
		{"cut word", `tru`, "a value is expected", 0},
		{"capital word", `True`, "a value is expected", 0},
		{"not a number", `NaN`, "a value is expected", 0},
		{"NUL", "\x00", "a value is expected", 0},
		{"form feed as space", "\f1", "a value is expected", 0},
		{"no-break space", "\u00a01", "a value is expected", 0},
		{"comment", `[1/**/]`, "comma or the end of the array", 2},
		{"plus sign", `+1`, "a value is expected", 0},
		{"minus alone", `-`, "a digit is expected", 1},
		{"leading zero", `01`, "more text follows", 1},
		{"leading point", `.5`, "a value is expected", 0},
		{"trailing point", `5.`, "a digit is expected", 2},
		{"empty exponent", `5e`, "a digit is expected", 2},
		{"signed empty exponent", `5e+`, "a digit is expected", 3},
		{"hexadecimal", `0x1`, "more text follows", 1},
		{"open array", `[`, "ends where a value", 1},
		{"array without comma", `[1 2]`, "comma or the end of the array", 3},
		{"trailing comma in array", `[1,]`, "a value is expected", 3},
		{"mismatched close", `[}`, "a value is expected", 1},
		{"open object", `{`, "ends where a member name", 1},
		{"trailing comma in object", `{"a":1,}`, "member name in quotes", 7},
		{"leading comma in object", `{,"a":1}`, "member name in quotes", 1},
		{"object without comma", `{"a":1 "b":2}`, "comma or the end of the object", 7},
		{"name without quotes", `{a:1}`, "member name in quotes", 1},
		{"number as name", `{1:1}`, "member name in quotes", 1},
		{"name without colon", `{"a" 1}`, "a colon is expected", 5},
		{"name without value", `{"a":}`, "a value is expected", 5},
		{"open string", `"a`, "ends inside a string", 2},
		{"open escape", `"\`, "ends inside a string", 2},
		{"single quotes", `'a'`, "a value is expected", 0},
		{"control character", "\"a\tb\"", "control character", 2},
		{"NUL in string", "\"\x00\"", "control character", 1},
		{"unknown escape", `"\x41"`, "escape is unknown", 1},
		{"short unicode escape", `"\u41"`, "four hexadecimal", 1},
		{"unicode escape at the end", `"\u004`, "four hexadecimal", 1},
		{"letter in unicode escape", `"\u00g0"`, "four hexadecimal", 1},
		{"lone high surrogate", `"\ud800"`, "surrogate stands alone", 1},
		{"lone low surrogate", `"\uDC00"`, "surrogate stands alone", 1},
		{"two high surrogates", `"\ud800\ud800"`, "surrogate stands alone", 1},
		{"swapped surrogates", `"\udc00\ud800"`, "surrogate stands alone", 1},
		{"high surrogate and letter", `"\ud800\u0041"`, "surrogate stands alone", 1},
		{"high surrogate and newline", `"\ud800\n"`, "surrogate stands alone", 1},
		{"lone surrogate in a name", `{"\ud800":1}`, "surrogate stands alone", 2},
		{"invalid UTF-8", "\"a\xff\"", "not UTF-8", 2},
		{"overlong UTF-8", "\"\xc0\xaf\"", "not UTF-8", 1},
		{"surrogate in UTF-8", "\"\xed\xa0\x80\"", "not UTF-8", 1},
		{"cut UTF-8", "\"\xe2\x82\"", "not UTF-8", 1},
		{"UTF-8 behind the last character", "\"\xf4\x90\x80\x80\"", "not UTF-8", 1},
		{"duplicate name", `{"a":1,"b":2,"a":3}`, `"a" occurs twice`, 13},
		{"duplicate name, escaped", `{"a":1,"\u0061":2}`, `"a" occurs twice`, 7},
		{"duplicate name, both escaped", `{"\n":1,"\u000a":2}`, `"\n" occurs twice`, 8},
		{"duplicate name, pair and UTF-8", `{"😀":1,"\ud83d\ude00":2}`, `occurs twice`, 10},
		{"duplicate empty name", `{"":1,"":2}`, `"" occurs twice`, 6},
		{"duplicate name, deep", `[{"x":[{"a":{},"a":{}}]}]`, `"a" occurs twice`, 15},
		{"duplicate name behind an object", `{"a":{"b":1},"a":2}`, `"a" occurs twice`, 13},
		{"duplicate among many", `{` + members(20) + `,"k7":1}`, `"k7" occurs twice`, len(members(20)) + 2},
		{"duplicate among many, escaped", `{` + members(20) + `,"\u006b7":1}`, `"k7" occurs twice`, len(members(20)) + 2},
		{"array too deep", strings.Repeat("[", depth+1), "nested too deeply", depth},
		{"object too deep", strings.Repeat(`{"a":`, depth+1), "nested too deeply", 5 * depth},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := wire.Scan([]byte(row.text), depth)
			if err == nil || !strings.Contains(err.Error(), row.why) {
				t.Fatalf("Scan(%.60q) = %v, want an objection with %q", row.text, err, row.why)
			}
			if at := wire.ScanErrorAt([]byte(row.text), depth); at != row.at {
				t.Errorf("Scan(%.60q) objects at byte %d, want %d", row.text, at, row.at)
			}
		})
	}
}

func TestScanAcceptsEveryStrictText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`0`, `-0`, `10`, `-1.5e+10`, `1E-2`, `1e0`, `123456789012345678901234567890`, `true`, `false`, `null`, `""`, `[]`, `{}`,
		" \t\r\n[ 1 , [ ] , { } ] \n", `{ "a" : 1 , "b" : [ ] }`, `"\"\\\/\b\f\n\r\t\u00e9\uFFFF"`, `"\u0000"`, `{"\u0000":1}`,
		`"\ud83d\ude00"`, `"\uDBFF\uDFFF"`, `"\\ud800"`, `"é ſ 😀"`, "\"\x7f\u2028\"", `{"a":1,"A":2,"á":3,"ａ":4}`,
		`[{"a":1},{"a":1}]`, `{"a":{"a":{"a":1}}}`, `{` + members(1000) + `}`, `{"a":{` + members(9) + `},"b":{` + members(9) + `}}`,
		strings.Repeat("[", depth) + strings.Repeat("]", depth), `[` + strings.Repeat("[],", 1000) + `[]]`,
		strings.Repeat(`{"a":`, depth-1) + `{}` + strings.Repeat("}", depth-1),
	} {
		if err := wire.Scan([]byte(text), depth); err != nil {
			t.Errorf("Scan(%.60q) = %v", text, err)
		}
	}
}

// members returns n members with names of their own.
func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":1`, i)
	}
	return b.String()[1:]
}

// Each body here takes a quadratic check ten seconds or more. A machine busy
// with other things gets a second and a third try.
func TestHostileBodiesTakeLinearTime(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	for name, body := range map[string][]byte{
		"many names":                hostile(`{`, `"%x":0,`, `"z":0}`, size),
		"many names, params":        hostile(`{"jsonrpc":"2.0","id":1,"method":"m","params":{`, `"%x":0,`, `"z":0}}`, size),
		"many names, meta":          hostile(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{`, `"io.modelcontextprotocol/%x":0,`, `"z":0}}}`, size),
		"many escaped names":        hostile(`{`, `"\u0061%x":0,`, `"z":0}`, size),
		"long names of one prefix":  hostile(`{`, `"`+strings.Repeat("a", 1000)+`%x":0,`, `"z":0}`, size),
		"many small objects":        hostile(`[`, `{"a":%d},`, `0]`, size),
		"many objects past hashing": hostile(`[`, `{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":%d},`, `0]`, size),
		"one long string":           []byte(`"` + strings.Repeat(`\ud83d\ude00`, size/12) + `"`),
		"one long escaped name":     []byte(`{"` + strings.Repeat(`\u0061`, size/6) + `":1}`),
		"one long number":           []byte(strings.Repeat("9", size)),
		"open arrays":               []byte(strings.Repeat("[", size)),
		"open objects":              []byte(strings.Repeat(`{"a":`, size/5)),
		"deep and wide":             hostile(`[`, strings.Repeat("[", depth-1)+`%d`+strings.Repeat("]", depth-1)+`,`, `0]`, size),
		"white space":               bytes.Repeat([]byte(" "), size),
	} {
		took := time.Hour
		for try := 0; try < 3 && took > 4*time.Second; try++ {
			start := time.Now()
			_ = wire.Scan(body, depth)
			_, _ = wire.Decode(body, wire.Limits{MaxBytes: 2 * size, MaxDepth: depth})
			took = time.Since(start)
		}
		if took > 4*time.Second {
			t.Errorf("%s: two passes over %d bytes took %v", name, len(body), took)
		}
	}
}

// hostile repeats format, which takes a counter, until the text has size bytes.
func hostile(head, format, tail string, size int) []byte {
	b := []byte(head)
	for i := 0; len(b) < size; i++ {
		b = fmt.Appendf(b, format, i)
	}
	return append(b, tail...)
}
