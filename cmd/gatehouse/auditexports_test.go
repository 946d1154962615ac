package main

import (
	"io"
	"strings"
	"testing"
)

func TestWhatIsCancelledIsAnExport(t *testing.T) {
	t.Parallel()
	for _, words := range [][]string{{"cancel"}, {"cancel", "x"}, {"stop", "3f6c1b52-8c1e-4a39-9d2d-0f6c6f2a7b10"}, {"cancel", "3f6c1b52-8c1e-4a39-9d2d-0f6c6f2a7b10", "now"}} {
		if id, err := cancelled(words); err == nil {
			t.Errorf("%q cancels %q", words, id)
		}
	}
	if id, err := cancelled(nil); err != nil || id != "" {
		t.Errorf("nothing cancels %q: %v", id, err)
	}
	if id, err := cancelled([]string{"cancel", "3F6C1B52-8c1e-4a39-9d2d-0f6c6f2a7b10"}); err != nil || id != "3f6c1b52-8c1e-4a39-9d2d-0f6c6f2a7b10" {
		t.Errorf("%q, %v", id, err)
	}
}

func TestScheduleIsWhole(t *testing.T) {
	t.Parallel()
	for says, args := range map[string][]string{
		"give --every":       {"--name", "monthly", "--sink", "archive"},
		"and --name":         {"--every", "month", "--sink", "archive"},
		"give --sink":        {"--every", "month", "--name", "monthly", "--out", "x"},
		"leave --checkpoint": {"--every", "month", "--name", "monthly", "--sink", "archive", "--checkpoint", "testdata/checkpoint.txt"},
	} {
		if err := runExportLog(t.Context(), process{out: io.Discard, err: io.Discard}, append(args, "--org", "contoso")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", args, err)
		}
	}
	for _, words := range [][]string{{"cancel"}, {"stop", "monthly"}, {"cancel", "monthly", "weekly"}} {
		if err := runSchedules(t.Context(), process{out: io.Discard, err: io.Discard}, append(words, "--org", "contoso")); err == nil || !strings.Contains(err.Error(), "cancel and the name") {
			t.Errorf("%q: %v", words, err)
		}
	}
}

func TestExportGoesToAFileOrToASink(t *testing.T) {
	t.Parallel()
	for says, args := range map[string][]string{"no file is named": {"--org", "contoso"}, "--out or --sink": {"--org", "contoso", "--out", "x", "--sink", "archive"}} {
		if err := runExportLog(t.Context(), process{out: io.Discard, err: io.Discard}, args); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", args, err)
		}
	}
}
