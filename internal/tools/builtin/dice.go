package builtin

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"strconv"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

func rollDice() tools.Tool {
	return tools.Tool{
		Name:  "roll_dice",
		Title: "Roll dice",
		Description: "Rolls one or more fair dice and returns each roll and the total. Use it whenever a random number is wanted. " +
			"Without arguments it rolls one six-sided die.",
		Effect:       tools.Read,
		InputSchema:  mustSchema("roll_dice.in"),
		OutputSchema: mustSchema("roll_dice.out"),
		Invoker: tools.InvokerFunc(func(_ context.Context, _ authz.Caller, call tools.Call) (tools.Result, error) {
			d, err := diceOf(call.Arguments)
			if err != nil {
				return tools.Result{}, err
			}
			return d.roll(), nil
		}),
	}
}

// dice is how many dice of how many sides.
type dice struct{ sides, count int }

const (
	maxSides = 1000
	maxCount = 20
)

// diceOf reads the arguments. Integers written as 6.0 or 6e0 are integers
// (JSON Schema 2020-12 Validation §6.1.1).
func diceOf(arguments []byte) (dice, error) {
	d, ok := plainDice(arguments)
	if !ok { // a member name with escapes, if it is JSON at all
		in := struct{ Sides, Count float64 }{6, 1}
		if err := json.Unmarshal(arguments, &in); err != nil {
			return dice{}, fault.Wrap(fault.Invalid, "arguments must be an object with integers sides and count", err)
		}
		d = dice{whole(in.Sides), whole(in.Count)}
	}
	if d.sides < 2 || d.sides > maxSides || d.count < 1 || d.count > maxCount {
		return dice{}, fault.Newf(fault.Invalid, "sides must be an integer from 2 to %d and count one from 1 to %d", maxSides, maxCount)
	}
	return d, nil
}

// plainDice reads a flat object whose member names are written plainly, without
// the cost of a general decoder.
func plainDice(arguments []byte) (dice, bool) {
	d := dice{6, 1}
	inner, opened := bytes.CutPrefix(bytes.TrimSpace(arguments), []byte("{"))
	inner, closed := bytes.CutSuffix(inner, []byte("}"))
	if !opened || !closed {
		return d, false
	}
	for len(bytes.TrimSpace(inner)) > 0 {
		var member []byte
		member, inner, _ = bytes.Cut(inner, []byte(","))
		name, value, _ := bytes.Cut(member, []byte(":"))
		n, err := strconv.ParseFloat(string(bytes.TrimSpace(value)), 64)
		if err != nil {
			return d, false
		}
		switch string(bytes.TrimSpace(name)) {
		case `"sides"`:
			d.sides = whole(n)
		case `"count"`:
			d.count = whole(n)
		default:
			return d, false
		}
	}
	return d, true
}

// whole returns n if it is a small integer, otherwise 0, which no argument may
// be.
func whole(n float64) int {
	if n >= 0 && n <= maxSides && n == float64(int(n)) {
		return int(n)
	}
	return 0
}

// roll rolls and encodes. That 2⁶⁴ is no multiple of the sides favours a side by
// less than one in 10¹⁶.
func (d dice) roll() tools.Result {
	var random [8 * maxCount]byte
	_, _ = rand.Read(random[:8*d.count]) // never fails: crypto/rand.Read
	text := append(make([]byte, 0, 160), "Rolled "...)
	list := make([]byte, 0, 96)
	total := 0
	for i := range d.count {
		side := 1 + int(binary.LittleEndian.Uint64(random[8*i:])%uint64(d.sides)) //nolint:gosec // sides is checked, the remainder is below 1000
		total += side
		if i > 0 {
			text, list = append(text, ", "...), append(list, ',')
		}
		text, list = strconv.AppendInt(text, int64(side), 10), strconv.AppendInt(list, int64(side), 10)
	}
	if d.count > 1 {
		text = strconv.AppendInt(append(text, "; total "...), int64(total), 10)
	}
	text = strconv.AppendInt(append(text, " (sides: "...), int64(d.sides), 10)
	b := appendText(make([]byte, 0, 448), string(append(text, ")."...)))
	b = strconv.AppendInt(append(b, `,"structuredContent":{"sides":`...), int64(d.sides), 10)
	b = append(append(append(b, `,"rolls":[`...), list...), `],"total":`...)
	return tools.Result{Members: append(strconv.AppendInt(b, int64(total), 10), '}')}
}
