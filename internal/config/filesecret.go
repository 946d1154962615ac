package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// FileSecret is a Secret that, where it came from a file, may be replaced there
// while the process runs. The zero FileSecret is none.
type FileSecret struct{ held *fileSecret }

type fileSecret struct {
	text  string
	again reread
}

// reread reads the file of a variable once more.
type reread func() (string, error)

// fromFile is a value that goes on knowing its file.
type fromFile interface{ from(again reread) }

var errEmptied = errors.New("the file is empty")

// IsZero reports whether there is no secret.
func (s FileSecret) IsZero() bool { return s.held == nil }

// Reveal returns the value that was read.
func (s FileSecret) Reveal() string {
	if s.held == nil {
		return ""
	}
	return s.held.text
}

// Again returns the secret that the file holds now which this one came from, or this
// one if none did.
func (s FileSecret) Again() (FileSecret, error) {
	if s.held == nil || s.held.again == nil {
		return s, nil
	}
	text, err := s.held.again()
	if err == nil && text == "" {
		err = errEmptied
	}
	if err != nil {
		return FileSecret{}, err
	}
	return FileSecret{&fileSecret{text, s.held.again}}, nil
}

func (s *FileSecret) from(again reread) { s.held.again = again }

// String hides the value.
func (FileSecret) String() string { return hidden }

// Format hides the value from every verb, %x and %#v included.
func (FileSecret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the value.
func (FileSecret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value, in JSON too.
func (FileSecret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
