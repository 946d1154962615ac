package federation_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// seed makes every run generate the same.
const seed = 20261121

// generator makes JSON that is valid and hard to pass on unharmed. Its text
// never has a member twice, nor half of a surrogate pair.
type generator struct{ *rand.Rand }

func newGenerator(n uint64) generator { return generator{rand.New(rand.NewPCG(seed, n))} }

var numbers = []string{
	"0", "-0", "-0.0", "1", "1.0", "1e0", "9007199254740993", "-9007199254740993", "18446744073709551616", "123456789012345678901234567890",
	"1e400", "-1E400", "1e-400", "0.1000000000000000055511151231257827", "3.141592653589793238462643383279", "1E+2", "5e-324", "1.7976931348623157e308",
}

var words = []string{
	`"plain"`, `""`, `" "`, `"é"`, `"e\u0301"`, `"\u00e9"`, `"\ud83d\ude00"`, `"😀"`, `"\/path\/"`, `"tab\tand\nline"`, `"\u0000"`, `"\u2028\u2029"`,
	`"<script>&amp;"`, `"\u003cb\u003e"`, `"שלום"`, `"a\u202eb"`, `"data: x\n\nevent: y"`, `"\\u0041"`, `"\""`, `"null"`, `"9007199254740993"`,
}

var names = []string{"a", "A", "__proto__", "constructor", "", " ", "é", "e\u0301", "$ref", "kind", "x.example/y", "emoji😀", "toString", "0"}

// line is space that fits into one line of an event stream.
func (g generator) line() string { return []string{"", "", " ", "\t"}[g.IntN(4)] }

// value is any JSON, at most so deep.
func (g generator) value(depth int) string {
	kind := g.IntN(8)
	switch {
	case kind < 2:
		return numbers[g.IntN(len(numbers))]
	case kind < 4 || depth == 0:
		return words[g.IntN(len(words))]
	case kind == 4:
		return []string{"true", "false", "null", "{}", "[]"}[g.IntN(5)]
	case kind == 5:
		items := make([]string, g.IntN(4))
		for i := range items {
			items[i] = g.line() + g.value(depth-1) + g.line()
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		return g.object(depth)
	}
}

// object is any object, with members of one's own before the others.
func (g generator) object(depth int, own ...string) string {
	members := own
	for _, i := range g.Perm(len(names))[:g.IntN(4)] {
		members = append(members, g.line()+strconv.Quote(names[i])+g.line()+":"+g.line()+g.value(depth-1))
	}
	g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + strings.Join(members, g.line()+",") + g.line() + "}"
}

// unknown is an object whose members mean nothing to the protocol.
func (g generator) unknown() string {
	return []string{"{}", `{"title":` + g.value(1) + `}`, `{"title":` + g.value(2) + `,"x.example/y":` + g.value(3) + `,"é":` + g.value(2) + `}`}[g.IntN(3)]
}

// with is an object with members of one's own before or behind the others.
func (g generator) with(others string, own ...string) string {
	members := strings.Join(own, g.line()+",")
	switch {
	case others == "{}":
		return "{" + members + "}"
	case g.IntN(2) == 0:
		return "{" + members + "," + others[1:]
	}
	return others[:len(others)-1] + "," + members + "}"
}

// nested is an object as deep as it says.
func nested(depth int) string {
	return strings.Repeat(`{"d":`, depth) + "9007199254740993" + strings.Repeat("}", depth)
}

// request is one generated request with what the server answers.
type request struct {
	era    string
	method string
	name   string // of the case
	target string // what Mcp-Name mirrors
	params string // without _meta
	copied map[string]string
	ref    string // what params.ref has besides what it names
	meta   string // a foreign member of _meta
	answer answer
}

// request generates one.
func (g generator) request(n int) request {
	r := request{era: []string{modern, legacy}[n%2], name: fmt.Sprintf("case-%d", n), meta: g.value(3), copied: map[string]string{}}
	named := `"case":"` + r.name + `"`
	switch n / 2 % 8 {
	case 5:
		r.method, r.target = "prompts/get", "say"
		r.copied["arguments"] = `{` + g.line() + named + `,"words":` + words[g.IntN(len(words))] + `}`
		r.params = `"name":"say","arguments":` + r.copied["arguments"]
		r.answer.result = g.result(r.era, `"messages":[{"role":"user","content":`+g.block()+`}]`)
	case 6:
		r.method, r.target = "resources/read", "fix://case/"+r.name
		r.params = `"uri":"` + r.target + `"`
		r.answer.result = g.result(r.era, `"contents":[`+g.object(2, `"uri":"`+r.target+`"`, `"text":`+words[g.IntN(len(words))])+`]`)
		if r.era == modern {
			r.answer.result = `{"ttlMs":0,"cacheScope":"public",` + r.answer.result[1:]
		}
	case 7:
		r.method = "completion/complete"
		r.ref = g.unknown()
		r.copied["argument"] = g.with(g.unknown(), `"name":"case"`, `"value":"`+r.name+`"`)
		r.params = `"ref":` + g.with(r.ref, `"type":"ref/prompt"`, `"name":"say"`) + `,"argument":` + r.copied["argument"]
		r.answer.result = g.result(r.era, `"completion":`+g.object(2, `"values":["a","b"]`))
	default:
		r.method, r.target = "tools/call", "echo"
		r.copied["arguments"] = g.object(4, named)
		r.params = `"name":"echo","arguments":` + r.copied["arguments"]
		r.answer = g.called(n, r.era)
	}
	r.answer.stream = g.IntN(3) == 0
	return r
}

// block is a content block, of a type that nobody knows now and then.
func (g generator) block() string {
	kind := []string{`"text"`, `"text"`, `"vendor_block"`, `"image"`}[g.IntN(4)]
	return g.object(3, `"type":`+kind, `"text":`+words[g.IntN(len(words))])
}

const large = 5 << 20

// called is what a tool answers.
func (g generator) called(n int, era string) answer {
	switch g.IntN(12) {
	case 0:
		return answer{err: `{"code":` + g.code(era) + `,"message":"no luck \u00e9","data":` + g.object(2) + `}`}
	case 1:
		return answer{result: g.result(era, `"content":[`+g.block()+`],"isError":true`)}
	case 2:
		return answer{result: g.result(era, `"content":[],"structuredContent":`+nested(40))}
	case 3:
		return answer{result: g.result(era, `"content":[],"_meta":`+g.object(3, `"x.example/deep":`+nested(30)))}
	case 4:
		if era == modern {
			return answer{result: `{"resultType":"task","taskId":"task-` + strconv.Itoa(n) + `","status":"working","createdAt":"2026-11-21T00:00:00Z","ttlMs":1000,"pollIntervalMs":5,"x":` + g.value(2) + `}`}
		}
		fallthrough
	default:
		return answer{result: g.result(era, `"content":[`+g.block()+","+g.block()+`]`, `"structuredContent":`+g.object(4))}
	}
}

// code is one of an error that a client of the era may be sent.
func (g generator) code(era string) string {
	codes := []string{"4711", "-31999", "-32602", "-32603", "-40000"}
	if era == legacy {
		codes = append(codes, "-32000", "-32001", "-32002", "-32007", "-32019", "-32042")
	}
	return codes[g.IntN(len(codes))]
}

// result is a complete result with unknown members beside the given ones.
func (g generator) result(era string, own ...string) string {
	if era == modern {
		own = append(own, `"resultType":"complete"`)
	}
	if g.IntN(4) == 0 {
		own = append(own, []string{`"ResultType":"input_required"`, `"_META":{"gatehouse/record":"x"}`, `"IsError":true`, `"InputRequests":{}`, `"requeſtState":"x"`, `"TTLMs":1`}[g.IntN(6)])
	}
	return "{" + g.line() + strings.Join(append(own, `"x.example/unknown":`+g.value(3), `"é":`+numbers[g.IntN(len(numbers))]), g.line()+","+g.line()) + g.line() + "}"
}
