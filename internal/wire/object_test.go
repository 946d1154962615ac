package wire_test

import (
	"slices"
	"testing"

	"gatehouse/internal/wire"
)

func TestTextsAreThoseOfAnArray(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][]string{
		`[]`: {}, `["a"]`: {"a"}, `[ "a" , "b\u0041\n" ]`: {"a", "bA\n"}, `["[\"]"]`: {`["]`},
	} {
		got, ok := wire.Texts([]byte(value))
		if !ok || !slices.Equal(got, want) {
			t.Errorf("%s is %q, %t", value, got, ok)
		}
	}
	for _, value := range []string{``, `null`, `"a"`, `{"a":"b"}`, `["a",1]`, `[null]`, `[["a"]]`, `["a"`, `["a",]`, `["a"]x`, `["a"] `, `["\ud800"]`, `["a" "b"]`} {
		if got, ok := wire.Texts([]byte(value)); ok {
			t.Errorf("%s is %q", value, got)
		}
	}
}
