package main

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCommandLineWithoutFlagsMeasuresEverything(t *testing.T) {
	t.Parallel()
	s, err := parse(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if s.rounds != 3 || s.lasts != 3*time.Second || !slices.Equal(s.rows, rowNames) || s.profiles != "" || s.sizes != fullSizes {
		t.Errorf("settings = %+v", s)
	}
}

func TestCommandLineOutOfBoundsIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, want string }{
		{"-rounds 0", "-rounds is 0"},
		{"-rounds 21", "1 to 20"},
		{"-duration 1ms", "-duration is 1ms"},
		{"-duration 1h", "to 30s"},
		{"-rows P5", `"P5"`},
		{"P1", `unknown argument "P1"`},
		{"-round 3", "-round"},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			_, err := parse(strings.Fields(c.line), io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want one with %q", err, c.want)
			}
		})
	}
}
