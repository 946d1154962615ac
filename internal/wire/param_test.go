package wire_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/wire"
)

var callParams = []wire.HeaderParam{
	{Header: "Mcp-Param-Region", Path: []string{"region"}, Type: wire.StringParam},
	{Header: "Mcp-Param-Count", Path: []string{"page", "count"}, Type: wire.IntegerParam},
	{Header: "Mcp-Param-Dry", Path: []string{"page", "dry"}, Type: wire.BooleanParam},
}

func TestCallIsHeldToTheHeadersOfItsArguments(t *testing.T) {
	t.Parallel()
	encoded := func(s string) string { return "=?base64?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?=" }
	for _, row := range []struct {
		name      string
		h         http.Header
		arguments string
		why       string
	}{
		{"nothing", header(), `{}`, ""},
		{"no arguments at all", header(), ``, ""},
		{"headers of other parameters", header("Mcp-Param-Other: x", "Mcp-Param-Region-Two: y"), `{"other":"z"}`, ""},
		{"text", header("Mcp-Param-Region: us-west1"), `{"region":"us-west1"}`, ""},
		{"text, escaped in the body", header("mcp-param-REGION: us"), `{"reg\u0069on":"\u0075s"}`, ""},
		{"text, encoded", header("Mcp-Param-Region: " + encoded("Hello, 世界")), `{"region":"Hello, 世界"}`, ""},
		{"text, encoded without need", header("Mcp-Param-Region: " + encoded("us")), `{"region":"us"}`, ""},
		{"text that looks encoded", header("Mcp-Param-Region: " + encoded("=?base64?eA==?=")), `{"region":"=?base64?eA==?="}`, ""},
		{"empty text", header("Mcp-Param-Region: "), `{"region":""}`, ""},
		{"empty text, encoded", header("Mcp-Param-Region: =?base64??="), `{"region":""}`, ""},
		{"null", header(), `{"region":null,"page":{"count":null}}`, ""},
		{"null on the way", header(), `{"page":null}`, ""},
		{"another type on the way", header(), `{"page":[{"count":1}]}`, ""},
		{"the same name elsewhere", header(), `{"count":1,"dry":true,"x":{"page":{"count":1},"region":"r"}}`, ""},
		{"numbers", header("Mcp-Param-Count: 42", "Mcp-Param-Dry: true"), `{"page":{"dry":true,"count":42}}`, ""},
		{"the same number", header("Mcp-Param-Count: 42.0"), `{"page":{"count":42}}`, ""},
		{"the same number, the other way", header("Mcp-Param-Count: 4200"), `{"page":{"count":0.42e4}}`, ""},
		{"zero", header("Mcp-Param-Count: -0"), `{"page":{"count":0e10}}`, ""},
		{"negative", header("Mcp-Param-Count: -7"), `{"page":{"count":-7}}`, ""},
		{"beyond 53 bits", header("Mcp-Param-Count: 9007199254740993"), `{"page":{"count":9007199254740993}}`, ""},
		{"beyond any exponent", header("Mcp-Param-Count: 1e999999999999"), `{"page":{"count":1e999999999999}}`, ""},

		{"missing", header(), `{"region":"us"}`, "Mcp-Param-Region is missing; send it with the value of params.arguments.region"},
		{"missing, deep", header(), `{"page":{"count":1}}`, "params.arguments.page.count"},
		{"missing for empty text", header(), `{"region":""}`, "is missing"},
		{"missing for false", header(), `{"page":{"dry":false}}`, "is missing"},
		{"too much", header("Mcp-Param-Region: us"), `{}`, "leave it out"},
		{"too much for null", header("Mcp-Param-Region: us"), `{"region":null}`, "leave it out"},
		{"too much for no arguments", header("Mcp-Param-Region: "), ``, "leave it out"},
		{"twice", header("Mcp-Param-Region: us", "Mcp-Param-Region: us"), `{"region":"us"}`, "more than once"},
		{"other text", header("Mcp-Param-Region: eu"), `{"region":"us"}`, `says "eu"`},
		{"other case", header("Mcp-Param-Region: US"), `{"region":"us"}`, "send the same"},
		{"text that is the number's", header("Mcp-Param-Region: 1.0"), `{"region":"1"}`, "send the same"},
		{"not ASCII", header("Mcp-Param-Region: ü"), `{"region":"ü"}`, "not printable ASCII"},
		{"bad base64", header("Mcp-Param-Region: =?base64?%?="), `{"region":"us"}`, "malformed"},
		{"looks encoded, sent plain", header("Mcp-Param-Region: =?base64?eA==?="), `{"region":"=?base64?eA==?="}`, "send the same"},
		{"other number", header("Mcp-Param-Count: 43"), `{"page":{"count":42}}`, "send the same"},
		{"nearly the same number", header("Mcp-Param-Count: 9007199254740992"), `{"page":{"count":9007199254740993}}`, "send the same"},
		{"other sign", header("Mcp-Param-Count: 7"), `{"page":{"count":-7}}`, "send the same"},
		{"other power", header("Mcp-Param-Count: 420"), `{"page":{"count":42}}`, "send the same"},
		{"no number", header("Mcp-Param-Count: 0x2a"), `{"page":{"count":42}}`, "send the same"},
		{"number with spaces", header("Mcp-Param-Count: " + encoded(" 42")), `{"page":{"count":42}}`, "send the same"},
		{"leading zero", header("Mcp-Param-Count: 042"), `{"page":{"count":42}}`, "send the same"},
		{"numbers beyond any exponent", header("Mcp-Param-Count: 1e999999999999"), `{"page":{"count":2e999999999999}}`, "send the same"},
		{"numbers beyond any counter", header("Mcp-Param-Count: 0.1e-9223372036854775808"), `{"page":{"count":1e9223372036854775807}}`, "send the same"},
		{"other boolean", header("Mcp-Param-Dry: false"), `{"page":{"dry":true}}`, "send the same"},
		{"boolean in capitals", header("Mcp-Param-Dry: True"), `{"page":{"dry":true}}`, "send the same"},
		{"boolean as number", header("Mcp-Param-Dry: 1"), `{"page":{"dry":true}}`, "send the same"},
		{"object", header("Mcp-Param-Region: {}"), `{"region":{}}`, "neither a string nor a number nor a boolean"},
		{"array", header("Mcp-Param-Region: []"), `{"region":["us"]}`, "neither a string"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := wire.CheckParams(row.h, callParams, []byte(row.arguments))
			if row.why == "" {
				if err != nil {
					t.Errorf("CheckParams: %v", err)
				}
				return
			}
			if err == nil || err.Code != wire.CodeHeaderMismatch || err.Status != http.StatusBadRequest || !strings.Contains(err.Message, row.why) {
				t.Errorf("CheckParams = %v, want 400, %d with %q", err, wire.CodeHeaderMismatch, row.why)
			}
		})
	}
}

func TestValuesAreEncodedAsTheRevisionSays(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"us-west1": "us-west1", "Hello, 世界": "=?base64?SGVsbG8sIOS4lueVjA==?=", " padded ": "=?base64?IHBhZGRlZCA=?=",
		"line1\nline2": "=?base64?bGluZTEKbGluZTI=?=", "=?base64?literal?=": "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=",
		"": "", "a b\tc": "a b\tc", "\ta": "=?base64?CWE=?=", "a\x7f": "=?base64?YX8=?=", "=?base64?": "=?base64?",
		"=?base64?=": "=?base64?PT9iYXNlNjQ/PQ==?=",
	} {
		if got := wire.EncodeHeader(value); got != want {
			t.Errorf("EncodeHeader(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestOwnRequestsRepeatTheirArguments(t *testing.T) {
	t.Parallel()
	for arguments, want := range map[string]http.Header{
		`{}`: {},
		``:   {},
		`{"region":"a\nb","page":{"count":42,"dry":false},"x":1}`: {
			"Mcp-Param-Region": {"=?base64?YQpi?="}, "Mcp-Param-Count": {"42"}, "Mcp-Param-Dry": {"false"},
		},
		`{"region":null,"page":{"count":-4.20e1}}`:    {"Mcp-Param-Count": {"-42"}},
		`{"page":{"count":0.0}}`:                      {"Mcp-Param-Count": {"0"}},
		`{"page":{"count":1.5}}`:                      {"Mcp-Param-Count": {"1.5"}},
		`{"page":{"count":1e100}}`:                    {"Mcp-Param-Count": {"1e100"}},
		`{"page":{"count":9007199254740993}}`:         {"Mcp-Param-Count": {"9007199254740993"}},
		`{"region":["us"],"page":{"count":{},"a":1}}`: {},
		`{"region":""}`:                               {"Mcp-Param-Region": {""}},
	} {
		h := http.Header{}
		wire.SetParams(h, callParams, []byte(arguments))
		if !maps.EqualFunc(h, want, func(a, b []string) bool { return len(a) == 1 && a[0] == b[0] }) {
			t.Errorf("of %s: %v, want %v", arguments, h, want)
		}
		sendable := !strings.Contains(arguments, "[")
		if err := wire.CheckParams(h, callParams, []byte(arguments)); (err == nil) != sendable {
			t.Errorf("of %s: %v", arguments, err)
		}
	}
}

// What our own requests say, our own check believes.
func FuzzParams(f *testing.F) {
	for _, seed := range []string{
		`{"region":"a","page":{"count":1.0e2,"dry":true}}`, `{"region":"=?base64??=","page":{"count":-0}}`, `{"region":"\u00fc ","page":null}`, `{"page":{"count":1E-2}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, arguments []byte) {
		if n, err := parse(arguments); err != nil || wire.Scan(arguments, depth) != nil || !n.object {
			return
		}
		h := http.Header{}
		wire.SetParams(h, callParams, arguments)
		err := wire.CheckParams(h, callParams, arguments)
		if err != nil && !strings.Contains(err.Message, "is missing") && !strings.Contains(err.Message, "neither") {
			t.Errorf("%q is sent as %v: %v", arguments, h, err)
		}
	})
}
