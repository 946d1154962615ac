package wire_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"gatehouse/internal/wire"
)

// Messages made of the names that matter, their variants and repetitions: what
// passes means the same to every parser, and some of both kinds occur.
func TestGeneratedMessagesHaveOneMeaningOrNone(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	accepted, refused := 0, 0
	for range 5_000 {
		body := `{"jsonrpc":"2.0",` + generate(r, "") + `}`
		m, err := wire.Decode([]byte(body), limits)
		if err != nil {
			refused++
			continue
		}
		accepted++
		n, parseErr := parse([]byte(body))
		if parseErr != nil {
			t.Fatalf("Decode accepts %s, encoding/json does not: %v", body, parseErr)
		}
		for _, reading := range readings {
			sameMessage(t, reading, n, m)
		}
		if t.Failed() {
			t.Fatalf("the message was %s", body)
		}
	}
	if accepted < 500 || refused < 500 {
		t.Errorf("%d messages are accepted and %d refused: the generator proves nothing", accepted, refused)
	}
}

// generate returns a few members of the object that path leads to.
func generate(r *rand.Rand, path string) string {
	names := wire.KnownNames()[path]
	var members []string
	if path == "" {
		members = []string{`"method":"tools/call"`, `"params":{` + generate(r, "params.") + `}`}
	}
	if path != "" && r.IntN(3) == 0 {
		members = append(members, `"x`+disguise(r, "m")+`":[1, "\u0061"]`)
	}
	for range r.IntN(4) {
		name := names[r.IntN(len(names))]
		value := [...]string{`"a\u0062"`, `1`, `{"x":1}`}[r.IntN(3)]
		switch {
		case name == "_meta" || name == "ref" || name == "argument" || name == "notifications" || strings.HasSuffix(name, "clientInfo"):
			value = `{` + generate(r, path+name+".") + `}`
		case name == "name" || name == "traceparent":
			value = `"b"`
		case name == "arguments":
			value = `{}`
		case strings.HasSuffix(name, "ListChanged"):
			value = `true`
		case name == "resourceSubscriptions" || name == "taskIds":
			value = `["a",""]`
		}
		members = append(members, `"`+disguise(r, name)+`":`+value)
	}
	r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return strings.Join(members, ",")
}

// disguise writes name in one of the ways that some parser takes for it.
func disguise(r *rand.Rand, name string) string {
	switch r.IntN(12) {
	case 0:
		return strings.ToUpper(name)
	case 1:
		return strings.NewReplacer("s", "ſ", "k", "\u212a").Replace(name)
	case 2:
		return strings.ReplaceAll(name, "m", `\u006d`)
	case 3:
		return strings.ReplaceAll(name, "m", `\u004D`)
	}
	return name
}
