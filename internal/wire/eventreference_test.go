package wire_test

import (
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/wire"
)

var (
	lineBreak = regexp.MustCompile("\r\n|\r|\n")
	digits    = regexp.MustCompile("^[0-9]+$")
)

// referenceEvents reads a whole stream by the letter of the standard, with the
// limits of ours.
func referenceEvents(stream []byte, most int) ([]wire.Event, error) {
	text := strings.TrimPrefix(string(stream), "\uFEFF")
	lines := lineBreak.Split(text, -1)
	rest := lines[len(lines)-1] // behind the last line break: not a line yet
	bom := len(stream) - len(text)
	var (
		events       []wire.Event
		id, name     string
		data         strings.Builder
		hasData      bool
		size         int
		retry        time.Duration
		milliseconds int
	)
	for i, line := range lines[:len(lines)-1] {
		if i > 0 {
			bom = 0
		}
		if len(line)+bom > most {
			return events, wire.ErrEventTooLarge
		}
		if line == "" {
			if hasData {
				event := wire.Event{ID: id, Name: "message", Data: []byte(strings.TrimSuffix(data.String(), "\n")), Retry: retry}
				if name != "" {
					event.Name = name
				}
				events = append(events, event)
			}
			name, hasData, size = "", false, 0
			data.Reset()
			continue
		}
		if strings.HasPrefix(line, ":") {
			continue
		}
		if size += len(line) + 1; size > most {
			return events, wire.ErrEventTooLarge
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case field == "event":
			name = value
		case field == "data":
			hasData = true
			data.WriteString(value + "\n")
		case field == "id" && !strings.Contains(value, "\x00"):
			id = value
		case field == "retry" && digits.MatchString(value):
			milliseconds, _ = strconv.Atoi(value)
			if len(strings.TrimLeft(value, "0")) > 8 {
				milliseconds = 86_400_000
			}
			retry = min(time.Duration(milliseconds)*time.Millisecond, 24*time.Hour)
		}
	}
	if len(lines) > 1 {
		bom = 0
	}
	switch {
	case len(rest)+bom > most:
		return events, wire.ErrEventTooLarge
	case size > 0 || rest != "" || bom > 0:
		return events, io.ErrUnexpectedEOF
	}
	return events, io.EOF
}
