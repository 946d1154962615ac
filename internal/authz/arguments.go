package authz

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// unfit stands for a value that no condition may rest on: a number that neither
// an int64 nor a double denotes exactly, a text that is not the one that was
// sent, arguments that cannot be read.
type unfit struct{ why string }

var (
	errTwice  = errors.New("a member name stands twice")
	errDeep   = errors.New("values nest too deeply")
	errBeyond = errors.New("something follows the arguments")
)

// maxNesting is how deeply arguments may nest.
const maxNesting = 64

// decodeArguments reads the arguments of a call as conditions see them: objects
// and arrays, texts, booleans, null, int64 and float64. What cannot be read, or
// could be read in two ways, is unfit as a whole.
func decodeArguments(raw []byte) any {
	if !utf8.Valid(raw) {
		return unfit{"the arguments are not UTF-8"}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	value, err := decodeValue(d, 0)
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errBeyond
		}
	}
	if err != nil {
		return unfit{"the arguments cannot be read: " + err.Error()}
	}
	return value
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxNesting {
		return nil, errDeep
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Number:
		return decodeNumber(t.String()), nil
	case string:
		return decodeText(t), nil
	case json.Delim:
		if t == '[' {
			return decodeList(d, depth)
		}
		return decodeObject(d, depth)
	default:
		return token, nil // a boolean or null
	}
}

func decodeList(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := decodeValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

func decodeObject(d *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := name.(string)
		if _, twice := object[key]; twice || !ok {
			return nil, errTwice
		}
		if object[key], err = decodeValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}

// decodeText refuses U+FFFD, which the decoder also puts where a surrogate
// stands alone.
func decodeText(s string) any {
	if strings.ContainsRune(s, utf8.RuneError) {
		return unfit{"a text holds U+FFFD, which may stand for something else"}
	}
	return s
}

// maxLiteral bounds the digits of one number; the longest that a double denotes
// exactly in its shortest form, written without an exponent, is shorter.
const maxLiteral = 400

// decodeNumber returns the value that a JSON number denotes: an int64 for a
// whole number without point and exponent, a float64 for others, and unfit where
// either would be another number. Whole doubles from 2^53 on, where comparing
// with an int64 would round, are int64 as well.
func decodeNumber(literal string) any {
	if n, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return n
	}
	none := unfit{"a number is not exact as a 64-bit integer or a double"}
	if len(literal) > maxLiteral {
		return none
	}
	value, ok := decimalOf(literal)
	if !ok {
		return none
	}
	if value.digits == "" {
		return float64(0)
	}
	if n, whole := value.int64(); whole && (n >= exactDouble || n <= -exactDouble) {
		return n
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil || f == 1<<63 { // which the comparison cannot tell from the largest int64
		return none
	}
	if shortest, ok := decimalOf(strconv.FormatFloat(f, 'e', -1, 64)); !ok || shortest != value {
		return none
	}
	return f
}

// decimal is digits × 10^exponent; the digits neither begin nor end with a zero,
// and zero has none.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// decimalOf reads a JSON number. It is false for an exponent beyond an int32.
func decimalOf(literal string) (d decimal, ok bool) {
	mantissa, exponent := literal, "0"
	if at := strings.IndexAny(literal, "eE"); at >= 0 {
		mantissa, exponent = literal[:at], literal[at+1:]
	}
	e, err := strconv.ParseInt(exponent, 10, 32)
	if err != nil {
		return decimal{}, false
	}
	mantissa, d.negative = strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	d.digits = strings.TrimRight(digits, "0")
	if d.digits == "" {
		return decimal{}, true
	}
	d.exponent = int(e) - len(fraction) + len(digits) - len(d.digits)
	return d, true
}

// int64 returns the value if it is a whole number that fits.
func (d decimal) int64() (n int64, ok bool) {
	if d.exponent < 0 || len(d.digits)+d.exponent > 19 {
		return 0, false
	}
	text := d.digits + strings.Repeat("0", d.exponent)
	if d.negative {
		text = "-" + text
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}
