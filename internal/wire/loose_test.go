package wire_test

import (
	"reflect"
	"testing"

	"gatehouse/internal/wire"
)

func TestWhatTheProtocolDoesNotKnowIsKeptInOrder(t *testing.T) {
	t.Parallel()
	m := decode(t, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"z":1.0,"name":"n","_meta":{"b\u002fc": [1, 2] ,"traceparent":"t","a":null},`+
		`"y":{"name":"x"},"ref":{"q":9007199254740993}}}`)
	for what, row := range map[string]struct{ got, want []wire.Member }{
		"params": {m.Params.Others, []wire.Member{{Name: "z", Value: []byte(`1.0`)}, {Name: "y", Value: []byte(`{"name":"x"}`)}}},
		"_meta":  {m.Params.Meta.Others, []wire.Member{{Name: "b/c", Value: []byte(`[1, 2]`)}, {Name: "a", Value: []byte(`null`)}}},
		"ref":    {m.Params.Ref.Others, []wire.Member{{Name: "q", Value: []byte(`9007199254740993`)}}},
	} {
		if !reflect.DeepEqual(row.got, row.want) {
			t.Errorf("%s: %q, want %q", what, any(row.got), any(row.want))
		}
	}
	m.Params.Others = append(m.Params.Others, wire.Member{})
	if len(m.Params.Meta.Others) != 2 || m.Params.Meta.Others[0].Name != "b/c" {
		t.Error("appending to the members of one object reaches those of another")
	}
}

// Not in parallel: AllocsPerRun counts for the whole process.
func TestKeepingOtherMembersAllocatesTwice(t *testing.T) {
	count := func(body string) float64 {
		return testing.AllocsPerRun(1000, func() {
			if _, err := wire.Decode([]byte(body), limits); err != nil {
				t.Fatal(err)
			}
		})
	}
	none := count(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"progressToken":1}}}`)
	many := count(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{` + members(30) + `,"_meta":{` + members(30) + `}}}`)
	if none > 1 || many > none+3 { // one string, one array; the pool may lose its decoder
		t.Errorf("%v allocations without other members, %v with", none, many)
	}
}
