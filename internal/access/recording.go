package access

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// The bounds of recordings.
const (
	MaxRecordings     = 50
	MaxRecordedFields = 20  // of the arguments, and of the result
	maxPointer        = 256 // characters
)

// PutRecording adds a recording, or changes the one of the same name. A broken rule is
// Invalid.
func (c *Configuration) PutRecording(r tenants.Recording) error {
	r = CanonicalRecording(r)
	var found complaints
	found.recording("", r)
	at := c.recordingAt(r.Name)
	if at < 0 && len(c.Recordings) >= MaxRecordings {
		found.add("", fmt.Sprintf("there are %d recordings already, which is the most; remove one first", MaxRecordings))
	}
	if err := Refuse(found); err != nil {
		return err
	}
	if at < 0 {
		c.Recordings = with(c.Recordings, r)
	} else {
		c.Recordings = replaced(c.Recordings, at, r)
	}
	return nil
}

// RemoveRecording removes a recording. A name that none has is NotFound.
func (c *Configuration) RemoveRecording(name string) error {
	if c.recordingAt(name) < 0 {
		return fault.Newf(fault.NotFound, "recording %.120q does not exist; list the recordings for those that do", name)
	}
	c.Recordings = without(c.Recordings, func(r tenants.Recording) bool { return r.Name == name })
	return nil
}

func (c *Configuration) recordingAt(name string) int {
	return slices.IndexFunc(c.Recordings, func(r tenants.Recording) bool { return r.Name == name })
}

// CanonicalRecording returns a recording as it is stored: its fields ascend, each once.
func CanonicalRecording(r tenants.Recording) tenants.Recording {
	r.Arguments, r.Result = ascending(r.Arguments), ascending(r.Result)
	if r.Bodies == "none" {
		r.Bodies = tenants.NoBodies
	}
	return r
}

func ascending(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

func (c *complaints) recording(at Place, r tenants.Recording) {
	if !sourceName.MatchString(r.Name) {
		c.add(at.Field("name"), fmt.Sprintf("%.60q must have 1 to %d lowercase letters, digits and inner hyphens", r.Name, MaxSourceName))
	}
	c.check(at.Field("tool"), authz.CheckPattern(r.Tool))
	if len(r.Arguments)+len(r.Result) == 0 && r.Bodies == tenants.NoBodies {
		c.add(at.Field("arguments"), "is missing, and so are result and bodies; name a field of one of them, or say bodies")
	}
	if !r.Bodies.Known() {
		c.add(at.Field("bodies"), fmt.Sprintf("%.60q is not known; use none, redacted or full", r.Bodies))
	}
	c.pointers(at.Field("arguments"), r.Arguments)
	c.pointers(at.Field("result"), r.Result)
}

func (c *complaints) pointers(at Place, list []string) {
	if len(list) > MaxRecordedFields {
		c.add(at, fmt.Sprintf("has %d entries and may have %d; remove some", len(list), MaxRecordedFields))
	}
	for i, p := range list {
		if !isPointer(p) {
			c.add(at.At(i), fmt.Sprintf("%.60q is no JSON Pointer to a field, of at most %d characters; write /employee/id", p, maxPointer))
		}
	}
}

// isPointer reports whether a text is a JSON Pointer (RFC 6901 §3) to something inside.
func isPointer(p string) bool {
	if len(p) < 2 || utf8.RuneCountInString(p) > maxPointer || p[0] != '/' {
		return false
	}
	unescaped := strings.NewReplacer("~0", "", "~1", "").Replace(p)
	return !strings.Contains(unescaped, "~") && !strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func (c *complaints) recordings(of Configuration) {
	seen := map[string]bool{}
	for i, r := range of.Recordings {
		at := Place("recordings").At(i)
		c.recording(at, r)
		if seen[r.Name] {
			c.add(at.Field("name"), fmt.Sprintf("%q is there twice; remove one", r.Name))
		}
		seen[r.Name] = true
	}
}

func (c Configuration) recordingTotals() section {
	type recording struct {
		Name      string   `json:"name"`
		Tool      string   `json:"tool"`
		Arguments []string `json:"arguments,omitempty"`
		Result    []string `json:"result,omitempty"`

		Bodies tenants.Bodies `json:"bodies,omitempty"`
	}
	total := section{name: "recordings"}
	for _, r := range c.Recordings {
		total.bytes += size(recording(r))
	}
	return total
}
