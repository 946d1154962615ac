package access_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func payments() tenants.Recording {
	return tenants.Recording{Name: "payments", Tool: "sea*", Arguments: []string{"/b", "/a~1b"}, Result: []string{"/structuredContent/id"}}
}

func TestRecordingsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for title, row := range map[string]struct {
		change     func(*tenants.Recording)
		path, word string
	}{
		"without a name":        {func(r *tenants.Recording) { r.Name = "" }, "name", "lowercase"},
		"name in capitals":      {func(r *tenants.Recording) { r.Name = "Payments" }, "name", "lowercase"},
		"pattern of none":       {func(r *tenants.Recording) { r.Tool = "a b" }, "tool", "letters"},
		"nothing is kept":       {func(r *tenants.Recording) { r.Arguments, r.Result = nil, nil }, "arguments", "so are result and bodies"},
		"bodies of a kind":      {func(r *tenants.Recording) { r.Bodies = "some" }, "bodies", "none, redacted or full"},
		"many fields":           {func(r *tenants.Recording) { r.Result = many(21) }, "result", "may have 20"},
		"the whole":             {func(r *tenants.Recording) { r.Arguments = []string{""} }, "arguments[0]", "JSON Pointer"},
		"a slash":               {func(r *tenants.Recording) { r.Arguments = []string{"/"} }, "arguments[0]", "JSON Pointer"},
		"without a slash":       {func(r *tenants.Recording) { r.Arguments = []string{"a"} }, "arguments[0]", "/employee/id"},
		"an escape of nothing":  {func(r *tenants.Recording) { r.Arguments = []string{"/a~2"} }, "arguments[0]", "JSON Pointer"},
		"an escape at the end":  {func(r *tenants.Recording) { r.Arguments = []string{"/a~"} }, "arguments[0]", "JSON Pointer"},
		"a control character":   {func(r *tenants.Recording) { r.Result = []string{"/a\n"} }, "result[0]", "JSON Pointer"},
		"longer than a pointer": {func(r *tenants.Recording) { r.Result = []string{"/" + strings.Repeat("a", 256)} }, "result[0]", "256"},
	} {
		c := small()
		r := payments()
		row.change(&r)
		err := c.PutRecording(r)
		p := access.ProblemsOf(err)
		if fault.KindOf(err) != fault.Invalid || len(c.Recordings) != 0 || !slices.ContainsFunc(p, func(p access.Problem) bool { return p.Path == row.path && strings.Contains(p.Message, row.word) }) {
			t.Errorf("%s: %v", title, p)
		}
	}
}

func many(n int) (list []string) {
	for i := range n {
		list = append(list, "/"+strings.Repeat("a", i+1))
	}
	return list
}

func TestRecordingIsPutAndRemoved(t *testing.T) {
	t.Parallel()
	c := small()
	if err := c.PutRecording(payments()); err != nil {
		t.Fatal(err)
	}
	if r := c.Recordings[0]; !slices.Equal(r.Arguments, []string{"/a~1b", "/b"}) {
		t.Errorf("%+v", r)
	}
	other := payments()
	other.Tool = "*"
	if err := c.PutRecording(other); err != nil || len(c.Recordings) != 1 || c.Recordings[0].Tool != "*" {
		t.Errorf("%v %+v", err, c.Recordings)
	}
	if err := c.RemoveRecording("nobody"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
	if err := c.RemoveRecording("payments"); err != nil || len(c.Recordings) != 0 {
		t.Errorf("%v %+v", err, c.Recordings)
	}
	for i := range access.MaxRecordings {
		r := payments()
		r.Name = "r" + strings.Repeat("a", i%25) + string(rune('a'+i/25))
		if err := c.PutRecording(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.PutRecording(payments()); fault.KindOf(err) != fault.Invalid || len(c.Recordings) != access.MaxRecordings {
		t.Errorf("one too many: %v", err)
	}
	c.Recordings = append(c.Recordings, c.Recordings[0])
	if p := access.Validate(c, access.Deployment{}).Problems; !slices.ContainsFunc(p, func(p access.Problem) bool {
		return p.Path == "recordings[50].name" && strings.Contains(p.Message, "twice")
	}) {
		t.Errorf("%v", p)
	}
}
