package builtin_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

type rolled struct {
	Sides int
	Rolls []int
	Total int
}

func roll(t *testing.T, arguments string) rolled {
	t.Helper()
	var r rolled
	if err := json.Unmarshal(call(t, all(&entra{})["roll_dice"], alice(t, "Alice"), arguments).Structured, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDiceTakeTheirArgumentsHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	for arguments, want := range map[string][2]int{
		`{}`:                                   {6, 1},
		` { } `:                                {6, 1},
		`{"sides":20}`:                         {20, 1},
		`{"count":3}`:                          {6, 3},
		`{"sides":1000,"count":20}`:            {1000, 20},
		"{\n \"count\" : 2 ,\t\"sides\" : 2 }": {2, 2},
		`{"sides":8.0,"count":2e0}`:            {8, 2},
		`{"\u0073ides":9}`:                     {9, 1},
	} {
		r := roll(t, arguments)
		if r.Sides != want[0] || len(r.Rolls) != want[1] {
			t.Errorf("%s: %+v, want sides and count %v", arguments, r, want)
		}
		total := 0
		for _, side := range r.Rolls {
			if side < 1 || side > r.Sides {
				t.Errorf("%s: rolled %d", arguments, side)
			}
			total += side
		}
		if total != r.Total {
			t.Errorf("%s: total %d, want %d", arguments, r.Total, total)
		}
	}
}

func TestDiceOutOfBoundsAreRefused(t *testing.T) {
	t.Parallel()
	schema := compile(t, all(&entra{})["roll_dice"].InputSchema)
	for _, arguments := range []string{
		`{"sides":1}`, `{"sides":1001}`, `{"sides":2.5}`, `{"count":0}`, `{"count":21}`, `{"count":-1}`, `{"sides":1e300}`, `{"sides":"6"}`,
		`{"count":null}`, `{"sides":[6]}`, `[]`, `6`,
	} {
		var value any
		if err := json.Unmarshal([]byte(arguments), &value); err != nil {
			t.Fatal(err)
		}
		if schema.Validate(value) == nil {
			t.Errorf("the schema accepts %s", arguments)
		}
		if arguments == `{"count":null}` {
			continue // decoding treats it as absent; only the schema refuses it
		}
		_, err := all(&entra{})["roll_dice"].Invoker.Invoke(t.Context(), alice(t, "Alice"), tools.Call{Arguments: []byte(arguments)})
		if err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want invalid", arguments, err)
		}
	}
}

func TestDiceAreFair(t *testing.T) {
	t.Parallel()
	seen := map[int]int{}
	const rolls = 3000
	for range rolls / 20 {
		for _, side := range roll(t, `{"count":20}`).Rolls {
			seen[side]++
		}
	}
	// 500 of each are expected; 350 and 650 are seven standard deviations away.
	for side := 1; side <= 6; side++ {
		if seen[side] < 350 || seen[side] > 650 {
			t.Errorf("side %d came up %d times in %d", side, seen[side], rolls)
		}
	}
	if len(seen) != 6 {
		t.Errorf("sides %v", fmt.Sprint(seen))
	}
}
