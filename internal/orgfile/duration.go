package orgfile

import (
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

// UnmarshalText implements encoding.TextUnmarshaler. Only what is longer than
// nothing is a duration here.
func (d *Duration) UnmarshalText(text []byte) error {
	length, err := time.ParseDuration(string(text))
	if err != nil || length <= 0 {
		return fault.Newf(fault.Invalid, "%.40q is not a duration above zero; give one with its unit, such as 15m or 1h30m", text)
	}
	*d = Duration(length)
	return nil
}
