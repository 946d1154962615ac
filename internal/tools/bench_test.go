package tools_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/tools"
)

// BenchmarkPinned is what each tool of a source adds to building a view.
func BenchmarkPinned(b *testing.B) {
	definition := fmt.Sprintf(`{"name":"t","description":%q,"inputSchema":{"type":"object","properties":{%s}}}`, strings.Repeat("d", 500), manyProperties(20))
	o, err := tools.NewOffer(tools.KindTool, []byte(definition))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tools.NewPinnedEntry(source(), approved(o, tools.Read), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOffer is what each tool of a source adds to a refresh.
func BenchmarkOffer(b *testing.B) {
	definition := fmt.Appendf(nil, `{"name":"t","description":%q,"inputSchema":{"type":"object","properties":{%s}}}`, strings.Repeat("d ", 250), manyProperties(20))
	b.ReportAllocs()
	for b.Loop() {
		o, err := tools.NewOffer(tools.KindTool, definition)
		if err != nil || len(tools.Examine(o)) > 0 {
			b.Fatal(err)
		}
	}
}

// BenchmarkArguments is what checking adds to a call.
func BenchmarkArguments(b *testing.B) {
	e, err := tools.NewEntry(sample("t"))
	if err != nil {
		b.Fatal(err)
	}
	for _, arguments := range []string{`{}`, `{"a":"x","b":[1,2,3.5e3],"c":{"d":null}}`} {
		b.Run(arguments[:2], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := e.CheckArguments([]byte(arguments)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
