package tools_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// thing is a JSON value that can be written in many ways.
type thing struct {
	literal string // null, true, false
	number  *big.Rat
	text    *string
	items   []thing
	names   []string // of the items, if they are members
}

var runes = []rune("aZ09 \"\\/\b\f\n\r\t\x00\x1f\x7fé\u2028\ue000\uffff😀\U0010ffff")

func randomThing(r *rand.Rand, depth int) thing {
	switch n := r.IntN(6); {
	case n == 0:
		return thing{literal: []string{"null", "true", "false"}[r.IntN(3)]}
	case n == 1 || depth == 0:
		return thing{number: big.NewRat(r.Int64N(1<<62)-1<<61, []int64{1, 2, 8, 10, 1000, 1 << 40}[r.IntN(6)])}
	case n == 2:
		text := randomText(r)
		return thing{text: &text}
	case n == 3:
		v := thing{items: []thing{}}
		for range r.IntN(4) {
			v.items = append(v.items, randomThing(r, depth-1))
		}
		return v
	}
	v := thing{items: []thing{}, names: []string{}}
	for range r.IntN(5) {
		if name := randomText(r); !slices.Contains(v.names, name) {
			v.names = append(v.names, name)
			v.items = append(v.items, randomThing(r, depth-1))
		}
	}
	return v
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(4) {
		b.WriteRune(runes[r.IntN(len(runes))])
	}
	return b.String()
}

// write writes the thing in one of the ways there are.
func (v thing) write(r *rand.Rand) string {
	space := func() string { return []string{"", "", " ", "\n\t", "\r "}[r.IntN(5)] }
	switch {
	case v.literal != "":
		return v.literal
	case v.number != nil:
		return writeNumber(r, v.number)
	case v.text != nil:
		return writeText(r, *v.text)
	}
	parts := make([]string, 0, len(v.items))
	for i, item := range v.items {
		part := space() + item.write(r) + space()
		if v.names != nil {
			part = space() + writeText(r, v.names[i]) + space() + ":" + part
		}
		parts = append(parts, part)
	}
	if v.names == nil {
		return "[" + strings.Join(parts, ",") + space() + "]"
	}
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "{" + strings.Join(parts, ",") + space() + "}"
}

func writeNumber(r *rand.Rand, n *big.Rat) string {
	shift := r.IntN(30) - 15
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(shift, -shift))), nil)
	moved := new(big.Rat).SetInt(ten)
	if shift < 0 {
		moved.Inv(moved)
	}
	text := moved.Mul(moved, n).FloatString(100)
	if r.IntN(2) == 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "" || text == "-" {
		text += "0"
	}
	if shift == 0 {
		return text
	}
	return text + string("eE"[r.IntN(2)]) + strconv.Itoa(-shift)
}

func writeText(r *rand.Rand, s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		if c >= ' ' && c != '"' && c != '\\' && r.IntN(2) == 0 {
			b.WriteRune(c)
			continue
		}
		for _, unit := range utf16.Encode([]rune{c}) {
			digits := strconv.FormatUint(uint64(unit)|0x10000, 16)[1:]
			if r.IntN(2) == 0 {
				digits = strings.ToUpper(digits)
			}
			b.WriteString(`\u` + digits)
		}
	}
	return b.String() + `"`
}

// change returns a copy that differs in one place.
func (v thing) change(r *rand.Rand) thing {
	if len(v.items) > 0 && r.IntN(3) > 0 {
		i := r.IntN(len(v.items))
		v.items = slices.Clone(v.items)
		v.items[i] = v.items[i].change(r)
		return v
	}
	switch {
	case v.literal != "":
		v.literal = map[string]string{"null": "true", "true": "false", "false": "null"}[v.literal]
	case v.number != nil:
		v.number = new(big.Rat).Add(v.number, big.NewRat(1, 1<<40))
	case v.text != nil:
		text := *v.text + "x"
		v.text = &text
	case v.names == nil:
		v.items = append(slices.Clone(v.items), thing{literal: "null"})
	default:
		v.names, v.items = append(slices.Clone(v.names), "another name"), append(slices.Clone(v.items), thing{literal: "null"})
	}
	return v
}

func TestTextsOfEqualMeaningHaveOneHashAndOthersNone(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		v := randomThing(r, 4)
		one, other, changed := v.write(r), v.write(r), v.change(r).write(r)
		form := canonical(t, one)
		if again := canonical(t, other); again != form {
			t.Fatalf("two forms:\n%s\n%s\nof\n%s\n%s", form, again, one, other)
		}
		if again := canonical(t, form); again != form {
			t.Fatalf("the form of a form differs:\n%s\n%s", form, again)
		}
		if canonical(t, changed) == form {
			t.Fatalf("a change is not seen:\n%s\n%s", one, changed)
		}
	}
}

// reference is RFC 8785 by way of encoding/json: for what a double can hold.
func reference(t *testing.T, v any) string {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		})
		for i, name := range names {
			names[i] = reference(t, name) + ":" + reference(t, v[name])
		}
		return "{" + strings.Join(names, ",") + "}"
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = reference(t, v[i])
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if f, ok := v.(float64); ok && f == 0 {
		v = 0.0 // without its sign
	}
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSuffix(buf.String(), "\n")
	return strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029", `\\`, `\\`).Replace(text)
}

// exact decodes a text whose numbers doubles hold exactly in the sense that
// their shortest digits are the number's own, or reports that there are others.
func exact(text []byte) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var numbers any
	if dec.Decode(&numbers) != nil || !held(numbers) {
		return nil, false
	}
	var v any
	return v, json.Unmarshal(text, &v) == nil
}

func held(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			if !held(item) {
				return false
			}
		}
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !held(item) })
	case json.Number:
		f, err := v.Float64()
		own, ok := new(big.Rat).SetString(v.String())
		short, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'e', -1, 64))
		return err == nil && ok && own.Cmp(short) == 0
	}
	return true
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		`{"b":[1e30,-0.0,9007199254740993],"a":"\u20ac\ud83d\ude00\n"}`, `[]`, `"x"`, `1E-7`, `{"a":{"a":{}}}`,
		`{"a":1,"\u0061":2}`, `"\ud800"`, "\"\xff\"", `0.000001`, "{\"\\uE000\":1,\"\\ud83d\\ude00\":2}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		form, err := tools.Canonical(text)
		asObject(t, text, err)
		if err != nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("%q is not JSON and has the form %s", text, form)
		}
		if again, err := tools.Canonical(form); err != nil || !bytes.Equal(again, form) {
			t.Fatalf("the form of %s is %s: %v", form, again, err)
		}
		v, ok := exact(text)
		if !ok {
			return
		}
		if want := reference(t, v); string(form) != want {
			t.Fatalf("%q\n got %s\nwant %s", text, form, want)
		}
	})
}

// asObject holds the verdict about an object against that of package wire: what
// is strict for one is for the other.
func asObject(t *testing.T, text []byte, verdict error) {
	t.Helper()
	if !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
		return
	}
	_, err := wire.Members(text, wire.Limits{MaxBytes: len(text), MaxDepth: 64})
	if verdict == nil && err != nil {
		t.Fatalf("%q has a form and wire says %v", text, err)
	}
	if verdict != nil && err == nil && !strings.Contains(verdict.Error(), "exponent") && !strings.Contains(verdict.Error(), "a number has more than") {
		t.Fatalf("wire accepts %q and its form says %v", text, verdict)
	}
}
