package snapshot_test

import (
	"reflect"
	"testing"

	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

func TestRecordingsAddUp(t *testing.T) {
	t.Parallel()
	names := []string{"payroll_read", "payroll_run", "resource:notes://a", "whoami"}
	got := snapshot.CompileKeeps([]tenants.Recording{
		{Tool: "payroll_*", Arguments: []string{"/b", "/c"}},
		{Tool: "payroll_run", Arguments: []string{"/a", "/b"}, Result: []string{"/d"}},
		{Tool: "resource:*", Result: []string{"/e"}},
		{Tool: "gone", Result: []string{"/f"}},
		{Tool: "payroll_*", Bodies: tenants.FullBodies},
		{Tool: "payroll_run", Bodies: tenants.RedactedBodies},
		{Tool: "whoami", Bodies: tenants.RedactedBodies},
	}, names)
	want := snapshot.Keeps{
		"payroll_read":       {Arguments: []string{"/b", "/c"}, Bodies: tenants.FullBodies},
		"payroll_run":        {Arguments: []string{"/a", "/b", "/c"}, Result: []string{"/d"}, Bodies: tenants.FullBodies},
		"whoami":             {Bodies: tenants.RedactedBodies},
		"resource:notes://a": {Result: []string{"/e"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := snapshot.CompileKeeps(nil, names); got != nil {
		t.Errorf("without recordings: %+v", got)
	}
}
