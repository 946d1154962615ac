package audit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

var update = flag.Bool("update", false, "rewrite golden files")

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// full is a record with a value in every field but those of other kinds.
func full() audit.Record {
	id := must(audit.ParseID("019aa3f2-7b10-7abc-8def-0123456789ab"))
	salt := audit.Salt([]byte("0123456789abcdef"))
	return audit.Record{
		ID: id, Call: id, Org: must(tenants.ParseID("7d9e3c0a-52f1-4c8e-9a6b-1f2e3d4c5b6a")),
		At:   time.Date(2026, 11, 21, 5, 4, 3, 21_000, time.UTC),
		Kind: audit.ToolCall, Phase: audit.Result,
		Actor: audit.Actor{
			TID: must(tenants.ParseTID("11111111-2222-4333-8444-555555555555")), OID: tenants.MustGUID("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"),
			Kind: "user", Name: `Alice "Al" Ångström \ 李`, Delegated: true,
		},
		Subject: audit.Subject{OID: tenants.MustGUID("bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee"), Name: "Bob"},
		Client:  "aebc6443-996d-45c2-90f0-388ff96faa56", Scopes: []string{"access_as_user"}, TokenID: "uti-1", TokenSession: "sid-1",
		Roles: []string{"staff", "finance"}, MembershipSource: authz.SourceGraph, MembershipAgeSeconds: 42, Policy: 7,
		Endpoint: "/t/contoso/mcp", Method: "tools/call", Session: "s-1", Source: "192.0.2.0/24", Tool: "roll_dice",
		Request: `"r-1"`, Target: "ui://dice", Detail: "a detail", Before: `{"tool dice":{"effect":"read"}}`, After: `{}`, Configuration: audit.Digest{0xc0, 0xf1}, TraceID: "4bf92f3577b34da6a3ce929d0e0e4736",
		Origin: tenants.MustGUID("5afe0000-0000-4000-8000-000000000001"), OwnName: "roll", Definition: audit.Digest{0xde, 0xf1},
		ArgumentsBytes: 11, ArgumentsDigest: audit.DigestArguments(salt, []byte(`{"sides":6}`)), ArgumentsKept: `{"/sides":6}`,
		ResultBytes: 5, ResultDigest: audit.DigestResult(salt, []byte(`"six"`)), ResultKept: `{}`, ArgumentsBody: audit.Digest{3}, ResultBody: audit.Digest{4}, DigestSalt: salt,
		Group: tenants.MustGUID("5f0f6a1e-3b57-4c55-9d7c-0d4e1cbb7a01"), From: "not_member", To: "member", AskedAt: time.Date(2026, 11, 21, 5, 4, 1, 0, time.UTC),
		EntraCode: 50057, EntraCorrelation: "4f3c8b9e-0000-4000-8000-000000000001", EntraTrace: "4f3c8b9e-0000-4000-8000-000000000002",
		NamesDigest: audit.Digest{0xab},
		Effect:      audit.Read, Outcome: audit.OK, Reason: "because", DurationMicros: 1234,
		Count: 3, Minute: time.Date(2026, 11, 21, 5, 4, 0, 0, time.UTC), RejectedBytes: 9, Altered: []string{"tool"},
	}
}

// smallest is a record with nothing that may be absent.
func smallest() audit.Record {
	f := full()
	return audit.Record{ID: f.ID, Org: f.Org, At: f.At, Kind: audit.ConfigChange, Phase: audit.Instant}
}

func TestEncodingIsTheGoldenOne(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]audit.Record{"full": full(), "smallest": smallest()} {
		got, path := must(audit.Encode(r)), filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if want := must(os.ReadFile(path)); !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

func TestEveryFieldSurvivesTheRoundTrip(t *testing.T) {
	t.Parallel()
	want := full()
	fields := reflect.ValueOf(want)
	for i := range fields.NumField() {
		if fields.Field(i).IsZero() {
			t.Errorf("the full record has no %s", fields.Type().Field(i).Name)
		}
	}
	for _, want := range []audit.Record{want, smallest()} {
		got, err := audit.Decode(must(audit.Encode(want)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("\n got %+v\nwant %+v", got, want)
		}
	}
}

// canonical is RFC 8785 for the values of records, by way of encoding/json.
func canonical(t *testing.T, payload []byte) []byte {
	t.Helper()
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if err := d.Decode(&members); err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(members); err != nil {
		t.Fatal(err)
	}
	unescape := strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029") // RFC 8785 §3.2.2.2 leaves them alone
	return []byte(unescape.Replace(strings.TrimSuffix(b.String(), "\n")))
}

func TestEncodingIsCanonicalJSON(t *testing.T) {
	t.Parallel()
	odd := full()
	odd.Tool, odd.Actor.Name = "<&>\u2028\u2029\U0001F600\"\\/", "\u00e9\ufffd\u200b"
	odd.Altered = nil
	for _, r := range []audit.Record{full(), smallest(), odd} {
		if got := must(audit.Encode(r)); !bytes.Equal(got, canonical(t, got)) {
			t.Errorf("\n got %s\nwant %s", got, canonical(t, got))
		}
	}
}

func TestFieldsAreCommittableOneByOne(t *testing.T) {
	t.Parallel()
	payload := must(audit.Encode(full()))
	fields, err := audit.Fields(payload)
	if err != nil {
		t.Fatal(err)
	}
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = strconv.Quote(f.Name) + ":" + string(f.Value)
	}
	if again := "{" + strings.Join(parts, ",") + "}"; again != string(payload) {
		t.Errorf("the fields do not make up the record:\n got %s\nwant %s", again, payload)
	}
	if last := fields[len(fields)-1]; last.Name != "v" || string(last.Value) != "1" {
		t.Errorf("version: %s=%s", last.Name, last.Value)
	}
}

func TestFieldsTakeCanonicalBytesOnly(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{"a":1,"a":1,"v":1}`, `{"b":1,"a":1,"v":1}`, `{"v":1,"a":1}`, `{"a":1,"v":1} `, `{"a":1,"v":1`,
		`{"a":"` + strings.Repeat("x", audit.MaxPayload) + `","v":1}`,
	} {
		if fields, err := audit.Fields([]byte(payload)); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%.40s: %v %v, want Invalid", payload, fields, err)
		}
	}
}

func TestMeaninglessRecordsAreRefused(t *testing.T) {
	t.Parallel()
	rows := map[string]func(*audit.Record){
		"no id":                  func(r *audit.Record) { r.ID = audit.ID{} },
		"no organization":        func(r *audit.Record) { r.Org = tenants.ID{} },
		"no time":                func(r *audit.Record) { r.At = time.Time{} },
		"time of five digits":    func(r *audit.Record) { r.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"minute of five digits":  func(r *audit.Record) { r.Minute = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"unknown kind":           func(r *audit.Record) { r.Kind = "gossip" },
		"unknown phase":          func(r *audit.Record) { r.Phase = "middle" },
		"unknown effect":         func(r *audit.Record) { r.Effect = "harmless" },
		"unknown outcome":        func(r *audit.Record) { r.Outcome = "splendid" },
		"outcome of another":     func(r *audit.Record) { r.Call = audit.ID{1} },
		"outcome without one":    func(r *audit.Record) { r.Outcome = "" },
		"intent with outcome":    func(r *audit.Record) { r.Phase = audit.Intent },
		"intent without effect":  func(r *audit.Record) { r.Phase, r.Outcome, r.Effect = audit.Intent, "", "" },
		"intent without call":    func(r *audit.Record) { r.Phase, r.Outcome, r.Call = audit.Intent, "", audit.ID{} },
		"call without phase":     func(r *audit.Record) { r.Phase = audit.Instant },
		"event with an outcome":  func(r *audit.Record) { r.Kind = audit.Revocation },
		"negative count":         func(r *audit.Record) { r.Count = -1 },
		"inexact policy version": func(r *audit.Record) { r.Policy = 1 << 53 },
	}
	for name, spoil := range rows {
		r := full()
		spoil(&r)
		if b, err := audit.Encode(r); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want Invalid: %s", name, err, b)
		}
	}
}

// hostile is text that breaks naive stores.
var hostile = map[string]string{
	"nul":             "a\x00b",
	"lone surrogate":  "a\xed\xa0\x80b",
	"invalid utf-8":   "a\xff\xfe\xc3b",
	"controls":        "a\x1b[2J\r\n\u0085\x7fb",
	"megabyte":        strings.Repeat("x", 1<<20),
	"wide megabyte":   strings.Repeat("\U0001F600", 1<<18),
	"broken megabyte": strings.Repeat("\xff\x00", 1<<19),
	"quotes":          strings.Repeat(`"\`, 1<<19),
	"empty":           "",
	"overlong":        "a\xc0\xafb",
	"cut rune":        strings.Repeat("x", 250) + "李李李李",
}

func TestHostileTextBecomesABoundedValidRecord(t *testing.T) {
	t.Parallel()
	for name, text := range hostile {
		r := full()
		r.Altered = nil
		r.Tool, r.Actor.Name, r.Client, r.Session, r.Detail, r.Target, r.Reason = text, text, text, text, text, text, text
		r.Before, r.After = text, text
		r.Roles, r.Scopes = slices.Repeat([]string{text}, 100), slices.Repeat([]string{text}, 100)
		r.Endpoint, r.Method, r.Source, r.TokenID, r.TokenSession, r.TraceID = text, text, text, text, text, text
		before := slices.Clone(r.Roles)
		payload, err := audit.Encode(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(r.Roles, before) {
			t.Errorf("%s: encoding changed the caller's list", name)
		}
		checkPayload(t, name, payload)
		got := must(audit.Decode(payload))
		if changed := slices.Contains(got.Altered, "tool"); changed != (got.Tool != text) {
			t.Errorf("%s: tool %.40q, altered %v", name, got.Tool, got.Altered)
		}
		if len(got.Roles) != 64 || !slices.Contains(got.Altered, "roles") || !slices.IsSorted(got.Altered) {
			t.Errorf("%s: %d roles, altered %v", name, len(got.Roles), got.Altered)
		}
	}
}

func checkPayload(t *testing.T, name string, payload []byte) {
	t.Helper()
	if len(payload) > audit.MaxPayload || !utf8.Valid(payload) || bytes.ContainsFunc(payload, unicode.IsControl) {
		t.Errorf("%s: %d bytes, valid UTF-8: %v", name, len(payload), utf8.Valid(payload))
	}
	if !bytes.Equal(payload, canonical(t, payload)) {
		t.Errorf("%s: not canonical: %.300s", name, payload)
	}
}

func TestTextIsChangedNoMoreThanNeeded(t *testing.T) {
	t.Parallel()
	rows := []struct{ in, out string }{
		{"a\x00b", "a\ufffdb"},
		{"a\xed\xa0\x80b", "a\ufffdb"},
		{"\xff\xff\x00\xff", "\ufffd\ufffd\ufffd"},
		{"a\ufffdb", "a\ufffdb"},
		{"a\ufffd\xff\xffb", "a\ufffd\ufffdb"},
		{"\u00e9\u2028", "\u00e9\u2028"},
		{strings.Repeat("x", 256), strings.Repeat("x", 256)},
		{strings.Repeat("x", 257), strings.Repeat("x", 253) + "…"},
		{strings.Repeat("x", 252) + "李李", strings.Repeat("x", 252) + "…"},
		{strings.Repeat("x", 250) + "李李", strings.Repeat("x", 250) + "李李"},
		{strings.Repeat("\xff", 1000), "\ufffd"},
		{strings.Repeat("\xff", 1<<20), "\ufffd…"},
	}
	for _, row := range rows {
		r := full()
		r.Tool, r.Altered = row.in, nil
		got := must(audit.Decode(must(audit.Encode(r))))
		if got.Tool != row.out || slices.Contains(got.Altered, "tool") != (row.in != row.out) {
			t.Errorf("%.60q became %.60q, altered %v; want %.60q", row.in, got.Tool, got.Altered, row.out)
		}
	}
}

func TestDecodeTakesOneSpellingOnly(t *testing.T) {
	t.Parallel()
	good := string(must(audit.Encode(full())))
	swap := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in %s", old, good)
		}
		return strings.Replace(good, old, with, 1)
	}
	rows := map[string]string{
		"empty":               "",
		"not an object":       "[]",
		"no member":           "{}",
		"space":               swap(`{"actor`, `{ "actor`),
		"trailing":            good + "\n",
		"cut short":           good[:len(good)-1],
		"two of a name":       swap(`"count":3,`, `"count":3,"count":3,`),
		"out of order":        swap(`"duration_us":1234,"effect":"read",`, `"effect":"read","duration_us":1234,`),
		"unknown member":      swap(`"count":3,`, `"count":3,"countess":3,`),
		"next version":        swap(`"v":1}`, `"v":2}`),
		"no version":          swap(`,"v":1}`, `}`),
		"leading zero":        swap(`"count":3`, `"count":03`),
		"fraction":            swap(`"count":3`, `"count":3.0`),
		"negative":            swap(`"count":3`, `"count":-3`),
		"exponent":            swap(`"count":3`, `"count":3e0`),
		"written zero":        swap(`"count":3`, `"count":0`),
		"inexact number":      swap(`"count":3`, `"count":9007199254740993`),
		"huge number":         swap(`"count":3`, `"count":99999999999999999999`),
		"number as text":      swap(`"count":3`, `"count":"3"`),
		"text as number":      swap(`"tool":"roll_dice"`, `"tool":3`),
		"text as list":        swap(`"tool":"roll_dice"`, `"tool":["roll_dice"]`),
		"list as text":        swap(`"scopes":["access_as_user"]`, `"scopes":"access_as_user"`),
		"list of lists":       swap(`"scopes":["access_as_user"]`, `"scopes":[["access_as_user"]]`),
		"empty list":          swap(`"scopes":["access_as_user"]`, `"scopes":[]`),
		"empty text":          swap(`"tool":"roll_dice"`, `"tool":""`),
		"null":                swap(`"tool":"roll_dice"`, `"tool":null`),
		"false":               swap(`"actor_delegated":true`, `"actor_delegated":false`),
		"escaped letter":      swap(`"tool":"roll_dice"`, `"tool":"roll\u005fdice"`),
		"escaped slash":       swap(`"/t/contoso/mcp"`, `"\/t/contoso/mcp"`),
		"control character":   swap(`"tool":"roll_dice"`, "\"tool\":\"roll\x01dice\""),
		"delete character":    swap(`"tool":"roll_dice"`, "\"tool\":\"roll\x7fdice\""),
		"invalid UTF-8":       swap(`"tool":"roll_dice"`, "\"tool\":\"roll\xffdice\""),
		"longer than allowed": swap(`"tool":"roll_dice"`, `"tool":"`+strings.Repeat("x", 257)+`"`),
		"longer than any":     swap(`"tool":"roll_dice"`, `"tool":"`+strings.Repeat("x", audit.MaxPayload)+`"`),
		"upper-case id":       swap(`"id":"019aa3f2`, `"id":"019AA3F2`),
		"upper-case digest":   swap(`"arguments_digest":"de88`, `"arguments_digest":"DE88`),
		"short digest":        swap(`"digest_salt":"30`, `"arguments_salt":"`),
		"not hexadecimal":     swap(`"digest_salt":"30`, `"arguments_salt":"zz`),
		"other precision":     swap(`.000021Z"`, `.00002100Z"`),
		"other zone":          swap(`.000021Z"`, `.000021+00:00"`),
		"unknown kind":        swap(`"kind":"tool_call"`, `"kind":"gossip"`),
		"no id":               swap(`"id":"019aa3f2-7b10-7abc-8def-0123456789ab",`, ``),
		"unclosed text":       `{"actor_name":"x`,
		"unclosed escape":     `{"actor_name":"x\`,
		"unclosed list":       `{"roles":["x"`,
		"no value":            `{"roles":`,
		"no colon":            `{"roles"}`,
	}
	if _, err := audit.Decode([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, payload := range rows {
		if r, err := audit.Decode([]byte(payload)); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want Invalid: %+v", name, err, r)
		}
	}
}

// FuzzDecode holds that whatever is read at all is written back as the same
// bytes, and is canonical JSON.
func FuzzDecode(f *testing.F) {
	f.Add(must(audit.Encode(full())))
	f.Add(must(audit.Encode(smallest())))
	f.Add([]byte(`{"roles":["a","b\"\\"],"v":1}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := audit.Decode(payload)
		if err != nil {
			return
		}
		checkPayload(t, "decoded", payload)
		if again := must(audit.Encode(r)); !bytes.Equal(again, payload) {
			t.Errorf("\n got %s\nwant %s", again, payload)
		}
	})
}

// FuzzEncode holds that no text can make a record that cannot be read.
func FuzzEncode(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		r := full()
		r.Altered = nil
		r.Tool, r.Client, r.Session, r.Roles = a, b, a+b, []string{b, a}
		payload := must(audit.Encode(r))
		checkPayload(t, "encoded", payload)
		got, err := audit.Decode(payload)
		if err != nil {
			t.Fatalf("%v: %s", err, payload)
		}
		if !bytes.Equal(must(audit.Encode(got)), payload) {
			t.Error("a second cleaning changes the record")
		}
	})
}
