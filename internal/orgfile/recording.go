package orgfile

import (
	"slices"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

// Recording says which fields of calls the log keeps in clear, and what becomes of their
// bodies; its name is its key.
type Recording struct {
	Name      string   `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" example:"payments" doc:"Name of the recording: 1 to 32 lowercase letters, digits and inner hyphens."`
	Tool      string   `json:"tool" maxLength:"512" example:"payroll_*" doc:"Permission name of what it is for, or a pattern of such names, as in permissions. Recordings of the same call add up."`
	Arguments []string `json:"arguments,omitempty" minItems:"1" maxItems:"20" example:"/employee/id" doc:"Fields of the arguments that the log keeps in clear, as JSON Pointers through objects."`
	Result    []string `json:"result,omitempty" minItems:"1" maxItems:"20" example:"/structuredContent/id" doc:"Fields of the result, likewise."`

	Bodies tenants.Bodies `json:"bodies,omitempty" enum:"none,redacted,full" doc:"What becomes of the whole arguments and the whole result: none, which is the default; redacted, names, kinds and lengths; full. What is kept is encrypted, shown to nobody without a permission of its own, and kept for log.bodyDays."`
}

// recording is the entry as the organization has it.
func (r Recording) recording() tenants.Recording {
	return access.CanonicalRecording(tenants.Recording(r))
}

func exportRecording(r tenants.Recording) Recording {
	r.Arguments, r.Result = slices.Clone(r.Arguments), slices.Clone(r.Result)
	return Recording(r)
}

// filledRecordings returns recordings in canonical form.
func filledRecordings(list []Recording) []Recording {
	if list == nil {
		return nil
	}
	out := make([]Recording, len(list))
	for i, r := range list {
		out[i] = exportRecording(r.recording())
	}
	return out
}

func (a *applier) recordings() {
	c := &a.state.Access
	reconcile(a, list[Recording]{
		at: "recordings", was: a.was.Recordings, wanted: a.wanted.Recordings,
		key:    func(r Recording) string { return r.Name },
		remove: func(r Recording) error { return c.RemoveRecording(r.Name) },
		put:    func(r Recording) error { return c.PutRecording(r.recording()) },
	})
}
