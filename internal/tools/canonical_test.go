package tools_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

func canonical(t *testing.T, text string) string {
	t.Helper()
	got, err := tools.Canonical([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return string(got)
}

// The vectors of RFC 8785 §3.2.2 and §3.2.3. Of the numbers, 333333333.33333329
// is one that a double cannot hold: it keeps its digits here.
func TestCanonicalFormIsThatOfTheRFC(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{
			"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
			"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
			"literals": [null, true, false]
		}`: `{"literals":[null,true,false],"numbers":[333333333.33333329,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",` +
			`"\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`: "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\"," +
			"\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		`{"peach":"x","péché":"y","pêche":"z","sin":1,"":{"b":[],"a":{}}}`: `{"":{"a":{},"b":[]},"peach":"x","péché":"y","pêche":"z","sin":1}`,
		`"\b\f\n\r\t\u0001\u001f\u007f\u2028"`:                             "\"\\b\\f\\n\\r\\t\\u0001\\u001f\u007f\u2028\"",
		" [ 1 , \"a\" ] ":                                                  `[1,"a"]`,
		`{"😀":1,"😁":2,"a😀":3,"a":4}`:                                       `{"a":4,"a😀":3,"😀":1,"😁":2}`,
	} {
		if got := canonical(t, text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// The table of RFC 8785 appendix B.
func TestNumbersAreWrittenAsECMAScriptWritesThem(t *testing.T) {
	t.Parallel()
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0", 0x8000000000000000: "0",
		0x0000000000000001: "5e-324", 0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308", 0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992", 0xc340000000000000: "-9007199254740992",
		0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22", 0x44b52d02c7e14af6: "1e+23", 0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000", 0x444b1ae4d6e2ef4f: "999999999999999900000", 0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7", 0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332", 0x41b3de4355555554: "333333333.33333325", 0x41b3de4355555555: "333333333.3333333",
		0x41b3de4355555556: "333333333.3333334", 0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333", 0x43143ff3c1cb0959: "1424953923781206.2",
	} {
		for _, format := range []byte("efg") {
			text := strconv.FormatFloat(math.Float64frombits(bits), format, -1, 64)
			if got := canonical(t, text); got != want {
				t.Errorf("%s: %s, want %s", text, got, want)
			}
		}
	}
}

func TestEqualNumbersHaveOneFormAndOthersDoNot(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"0", "-0", "0.0", "0e7", "-0.000E-300"},
		{"100", "1e2", "1E+2", "100.0", "0.1e3", "10000e-2"},
		{"9007199254740993", "9007199254740993.0", "9.007199254740993e15"},
		{"0.1", "1e-1", "0.10", "0." + strings.Repeat("0", 900) + "1e900"},
		{"1e1000", "10e999"},
	} {
		for _, text := range same[1:] {
			if one, other := canonical(t, same[0]), canonical(t, text); one != other {
				t.Errorf("%s and %.40s: %s and %s", same[0], text, one, other)
			}
		}
	}
	if canonical(t, "9007199254740993") == canonical(t, "9007199254740992") {
		t.Error("two integers beyond 2^53 are one")
	}
	if canonical(t, "0.1") == canonical(t, "0.1000000000000000055511151231257827") {
		t.Error("two fractions are one")
	}
}

func TestWhatIsNotStrictJSONHasNoForm(t *testing.T) {
	t.Parallel()
	for text, why := range map[string]string{
		``: "value", `{`: "name", `{"a":1,}`: "name", `[1,]`: "value", `[1 2]`: "comma", `{"a" 1}`: "colon", `{} x`: "more text",
		`{"a":1,"\u0061":2}`: "twice", `{"b":{"a":1,"a":1}}`: "twice",
		`{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"3":0}`: "twice", `{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"10":0,"10":0}`: "twice", `"\ud800"`: "surrogate", `"\udc00\ud800"`: "surrogate",
		`"\ud800\u0041"`: "surrogate", "\"\xff\"": "UTF-8", "\"\xed\xa0\x80\"": "UTF-8", "\"a\nb\"": "control", `"\x"`: "escape",
		`"\u00g0"`: "hexadecimal", `"\u+123"`: "hexadecimal", `"\u12`: "hexadecimal", `"abc`: "ends", `01`: "more text", `-`: "digit",
		`1.`: "digit", `.5`: "value", `1e`: "digit", `+1`: "value", `nul`: "value", `NaN`: "value", `'a'`: "value", "\ufeff{}": "value",
		strings.Repeat("[", 65) + strings.Repeat("]", 65): "deep", strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65): "deep",
		"1e1001": "exponent", "1e-1002": "exponent", "1e99999999999999999999": "exponent", "1e-2147483648": "exponent",
	} {
		_, err := tools.Canonical([]byte(text))
		if err == nil || !strings.Contains(fault.Public(err), why) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%.60q: %v, want a complaint about %q", text, err, why)
		}
	}
	canonical(t, strings.Repeat("[", 64)+strings.Repeat("]", 64))
}

func TestHashesHaveOneSpelling(t *testing.T) {
	t.Parallel()
	h, err := tools.HashOf([]byte(`{"b":1,"a":[true]}`))
	if err != nil {
		t.Fatal(err)
	}
	again, err := tools.HashOf([]byte("{ \"a\" : [ true ] , \"\\u0062\" : 1.0 }"))
	if err != nil || again != h || h.IsZero() {
		t.Errorf("%s and %s: %v", h, again, err)
	}
	const want = "sha256:708747538ba81fd60b5aac8c646370de5e24abf70ab1872f67458a5a4f3af05d" // of {"a":[true],"b":1}
	if h.String() != want {
		t.Errorf("%s", h)
	}
	var read tools.Hash
	if err := read.UnmarshalText([]byte(h.String())); err != nil || read != h {
		t.Errorf("%s: %v", read, err)
	}
	for _, text := range []string{"", h.String()[7:], strings.ToUpper(h.String()), "sha256:" + strings.Repeat("0", 63), h.String() + "0", "sha256:" + strings.Repeat("g", 64)} {
		if _, err := tools.ParseHash(text); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := tools.HashOf([]byte(`{"a":1,"a":1}`)); err == nil {
		t.Error("a name that stands twice has a hash")
	}
}
