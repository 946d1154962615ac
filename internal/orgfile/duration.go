package orgfile

import (
	"regexp"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// Duration is a length of time, written like 15m or 1h30m.
type Duration time.Duration

// String returns the duration without the units that are zero.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// durationPattern has hours, minutes and seconds, the first of them not zero.
const durationPattern = `^([1-9][0-9]{0,4}h([0-9]{1,5}m)?([0-9]{1,5}s)?|[1-9][0-9]{0,5}m([0-9]{1,5}s)?|[1-9][0-9]{0,6}s)$`

var duration = regexp.MustCompile(durationPattern)

// UnmarshalText implements encoding.TextUnmarshaler. Only whole seconds, and more
// than none, are a duration here.
func (d *Duration) UnmarshalText(text []byte) error {
	length, err := time.ParseDuration(string(text))
	if err != nil || !duration.Match(text) {
		return fault.Newf(fault.Invalid, "%.40q is not a duration of whole seconds above zero; give one with its unit, such as 15m or 1h30m", text)
	}
	*d = Duration(length)
	return nil
}
