package wire

import (
	"strconv"
	"strings"
)

// decimal is a number as ±0.digits × 10^exponent, with digits that neither begin
// nor end with zero; zero has none and no sign. Equal numbers are equal decimals.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// mostExponent is beyond what any number that matters has.
const mostExponent = 1_000_000

// readDecimal reads a JSON number, exactly.
func readDecimal(text string) (decimal, bool) {
	s := scanner{src: []byte(text)}
	if s.number(); s.why != "" || s.at != len(text) || text == "" {
		return decimal{}, false
	}
	rest, negative := strings.CutPrefix(text, "-")
	mantissa, exponent := rest, 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		var err error
		if exponent, err = strconv.Atoi(rest[i+1:]); err != nil || exponent > mostExponent || exponent < -mostExponent {
			return decimal{}, false
		}
		mantissa = rest[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent += len(whole)
	significant := strings.TrimLeft(whole+fraction, "0")
	exponent -= len(whole) + len(fraction) - len(significant)
	significant = strings.TrimRight(significant, "0")
	if significant == "" {
		return decimal{}, true
	}
	return decimal{negative: negative, digits: significant, exponent: exponent}, true
}

// sameNumber reports whether two texts are JSON numbers of one value.
func sameNumber(a, b string) bool {
	x, ok := readDecimal(a)
	if !ok {
		return false
	}
	y, ok := readDecimal(b)
	return ok && x == y
}

// wholeNumber writes a JSON number without point and exponent, if it is an
// integer of a size that anybody counts with.
func wholeNumber(text string) string {
	const most = 40
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	n, ok := readDecimal(text)
	switch {
	case !ok || n.exponent < len(n.digits) || n.exponent > most:
		return text
	case n.digits == "":
		return "0"
	}
	sign := ""
	if n.negative {
		sign = "-"
	}
	return sign + n.digits + strings.Repeat("0", n.exponent-len(n.digits))
}
