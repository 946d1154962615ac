package tools

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"gatehouse/internal/fault"
)

// Canonical returns the canonical form of a JSON text by the JSON
// Canonicalization Scheme (RFC 8785), with one difference: a number keeps all
// the digits of its value, where RFC 8785 rounds it to a double. The two agree
// on every number that comes out of a double unchanged, and two numbers have one
// form exactly when they are equal. The fault is Invalid.
func Canonical(json []byte) ([]byte, error) {
	v, err := parse(json)
	if err != nil {
		return nil, fault.Newf(fault.Invalid, "this is not strict JSON: %s", err)
	}
	return appendCanonical(make([]byte, 0, len(json)), v)
}

func appendCanonical(dst []byte, v *value) ([]byte, error) {
	var err error
	switch v.kind {
	case '{':
		return appendObject(dst, v.members)
	case '[':
		dst = append(dst, '[')
		for i, item := range v.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendCanonical(dst, item); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	case '"':
		return appendText(dst, v.text), nil
	case '0':
		return appendNumber(dst, v.raw)
	}
	return append(dst, v.raw...), nil
}

func appendObject(dst []byte, members []member) ([]byte, error) {
	sorted := slices.Clone(members)
	slices.SortFunc(sorted, func(a, b member) int { return compareUTF16(a.name, b.name) })
	var err error
	dst = append(dst, '{')
	for i, m := range sorted {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, m.name), ':')
		if dst, err = appendCanonical(dst, m.value); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// compareUTF16 orders by UTF-16 code units (RFC 8785 §3.2.3), which differs from
// the order of UTF-8 where surrogates meet U+E000 to U+FFFF.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x == y {
			a, b = a[n:], b[m:]
			continue
		}
		if c := cmp.Compare(firstUnit(x), firstUnit(y)); c != 0 {
			return c
		}
		return cmp.Compare(x, y) // surrogate pairs of one high half
	}
	return cmp.Compare(len(a), len(b))
}

func firstUnit(r rune) rune {
	if high, _ := utf16.EncodeRune(r); high != utf8.RuneError {
		return high
	}
	return r
}

// appendText appends a string as RFC 8785 §3.2.2.2 writes it.
func appendText(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		c := s[i]
		switch at := strings.IndexByte("\b\f\n\r\t\"\\", c); {
		case at >= 0:
			dst = append(dst, '\\', `bfnrt"\`[at])
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// maxExponent bounds the exponents of numbers. Beyond it nobody means a number,
// and arithmetic on it takes memory.
const maxExponent = 1000

// maxNumber bounds how many characters a number may have.
const maxNumber = 1000

var errExponent = errors.New("a number's exponent is out of range")

// appendNumber appends the digits of a number's exact value in the notation of
// ECMAScript (Number::toString), which RFC 8785 §3.2.2.3 refers to.
func appendNumber(dst, raw []byte) ([]byte, error) {
	negative := raw[0] == '-'
	digits, point, err := decimal(bytes.TrimPrefix(raw, []byte("-")))
	if err != nil {
		return nil, fault.Newf(fault.Invalid, "%.40s: %s", raw, err)
	}
	if len(digits) == 0 {
		return append(dst, '0'), nil
	}
	if negative {
		dst = append(dst, '-')
	}
	k := len(digits)
	switch {
	case k <= point && point <= 21:
		dst = append(dst, digits...)
		return append(dst, strings.Repeat("0", point-k)...), nil
	case 0 < point && point <= 21:
		dst = append(append(dst, digits[:point]...), '.')
		return append(dst, digits[point:]...), nil
	case -6 < point && point <= 0:
		dst = append(append(dst, "0."...), strings.Repeat("0", -point)...)
		return append(dst, digits...), nil
	}
	dst = append(dst, digits[0])
	if k > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	dst = append(dst, 'e')
	if point > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(point-1), 10), nil
}

// decimal returns a number without sign as its significant digits, none at
// either end a zero, and where the point stands: 0.digits × 10^point.
func decimal(raw []byte) (digits []byte, point int, err error) {
	mantissa, exponent, has := bytes.Cut(bytes.ToLower(raw), []byte("e"))
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	digits = slices.Concat(whole, fraction)
	point = len(whole)
	significant := bytes.TrimLeft(digits, "0")
	point -= len(digits) - len(significant)
	significant = bytes.TrimRight(significant, "0")
	if len(significant) == 0 {
		return nil, 0, nil
	}
	if has {
		e, err := strconv.ParseInt(string(exponent), 10, 32)
		if err != nil {
			return nil, 0, errExponent
		}
		point += int(e)
	}
	if point-1 > maxExponent || point-1 < -maxExponent {
		return nil, 0, errExponent
	}
	return significant, point, nil
}

// HashOf returns the hash of a definition's canonical form.
func HashOf(definition []byte) (Hash, error) {
	canonical, err := Canonical(definition)
	if err != nil {
		return Hash{}, err
	}
	return sha256.Sum256(canonical), nil
}
