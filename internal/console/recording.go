package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Recording says which fields of calls the log keeps in clear, and what becomes of their
// bodies.
type Recording struct {
	Name string `json:"name" doc:"Key of the recording."`
	RecordingSettings
}

// NewRecording is a recording to be added.
type NewRecording struct {
	Name string `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" maxLength:"32" doc:"Key of the recording: lowercase letters, digits and inner hyphens. It cannot be changed."`
	RecordingSettings
}

// RecordingSettings is what an admin decides about a recording.
type RecordingSettings struct {
	Tool      string   `json:"tool" maxLength:"512" doc:"Permission name of what it is for, or a pattern of such names, as in roles. Recordings of the same call add up."`
	Arguments []string `json:"arguments,omitempty" maxItems:"20" doc:"Fields of the arguments that the log keeps in clear, as JSON Pointers through objects: /employee/id."`
	Result    []string `json:"result,omitempty" maxItems:"20" doc:"Fields of the result, likewise: /structuredContent/id."`

	Bodies tenants.Bodies `json:"bodies,omitempty" enum:"none,redacted,full" doc:"What becomes of the whole arguments and the whole result. none, the default: nothing is kept. redacted: their structure with names, kinds and lengths; no value but of the fields above. full: both, up to 64 KiB each. Kept bodies are encrypted, and requestRecordBody shows them to whoever holds a permission of its own."`
}

var errNoRecording = fault.New(fault.NotFound, "there is no such recording")

func recordingOf(r tenants.Recording) Recording {
	return Recording{r.Name, RecordingSettings{Tool: r.Tool, Arguments: r.Arguments, Result: r.Result, Bodies: r.Bodies}}
}

func (n RecordingSettings) recording(name string) tenants.Recording {
	return access.CanonicalRecording(tenants.Recording{Name: name, Tool: n.Tool, Arguments: n.Arguments, Result: n.Result, Bodies: n.Bodies})
}

// recordingIn returns how a recording is found and shown.
func recordingIn(name string) func(access.Configuration) (Recording, error) {
	return func(a access.Configuration) (Recording, error) {
		at := slices.IndexFunc(a.Recordings, func(r tenants.Recording) bool { return r.Name == name })
		if at < 0 {
			return Recording{}, errNoRecording
		}
		return recordingOf(a.Recordings[at]), nil
	}
}

// RecordingItem names a recording in a path.
type RecordingItem struct {
	Recording string `path:"recording" maxLength:"100" doc:"The recording's name."`
}

type (
	recordingInput struct {
		InOrganization
		RecordingItem
	}
	newRecordingInput struct {
		InOrganization
		Once
		Body NewRecording
	}
	changedRecording struct {
		InOrganization
		RecordingItem
		Match
		Body RecordingSettings
	}
	removedRecording struct {
		InOrganization
		RecordingItem
		Match
	}
)

func (c *Console) recordingRoutes(api huma.API) {
	const tag = "recordings"
	inside(c, api, tenants.Viewer, route{ID: "listRecordings", Method: http.MethodGet, Path: "/recordings", Tag: tag, Summary: "List recordings"}, c.listRecordings)
	inside(c, api, tenants.Admin, route{ID: "createRecording", Method: http.MethodPost, Path: "/recordings", Tag: tag, Status: 201, Errors: []int{409}, Summary: "Add a recording", Description: "The log keeps a salted digest of all arguments and results. What a recording names it keeps in clear besides, of calls that their caller is allowed, up to 2 KiB of each. It cannot be taken out of what is recorded already; the log has who decided it."}, c.createRecording)
	inside(c, api, tenants.Viewer, route{ID: "getRecording", Method: http.MethodGet, Path: "/recordings/{recording}", Tag: tag, Summary: "Read a recording"}, c.getRecording)
	inside(c, api, tenants.Admin, route{ID: "updateRecording", Method: http.MethodPut, Path: "/recordings/{recording}", Tag: tag, Errors: matchErrors, Summary: "Change a recording"}, c.updateRecording)
	inside(c, api, tenants.Admin, route{ID: "deleteRecording", Method: http.MethodDelete, Path: "/recordings/{recording}", Tag: tag, Status: 204, Errors: matchErrors, Summary: "Remove a recording"}, c.deleteRecording)
}

func (c *Console) listRecordings(ctx context.Context, by Actor, in *listInput) (*Listed[Recording], error) {
	a, err := c.Store.Access(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[Recording]{"listRecordings", each(a.Recordings, recordingOf), func(r Recording) string { return r.Name }})
}

func (c *Console) getRecording(ctx context.Context, by Actor, in *recordingInput) (*One[Recording], error) {
	return getOne(ctx, c, by, recordingIn(in.Recording))
}

func (c *Console) createRecording(ctx context.Context, by Actor, in *newRecordingInput) (*Created[Recording], error) {
	return once(ctx, c, by, in.Once, in.visit, func(tenants.GUID) (Recording, string, error) {
		r := in.Body.recording(in.Body.Name)
		_, err := c.Store.EditAccess(ctx, by.Caller, "recording created", func(a *access.Configuration) error {
			if _, err := recordingIn(r.Name)(*a); err == nil {
				return fault.New(fault.Conflict, "name: there is a recording of this name already; change that one, or choose another name")
			}
			return a.PutRecording(r)
		})
		return recordingOf(r), by.path("recordings", r.Name), err
	})
}

func (c *Console) updateRecording(ctx context.Context, by Actor, in *changedRecording) (*One[Recording], error) {
	return editOne(ctx, c, by, change[Recording]{
		what: "recording changed", match: in.Match, read: recordingIn(in.Recording),
		edit: func(a *access.Configuration) error { return a.PutRecording(in.Body.recording(in.Recording)) },
	})
}

func (c *Console) deleteRecording(ctx context.Context, by Actor, in *removedRecording) (*None, error) {
	return removeOne(ctx, c, by, change[Recording]{
		what: "recording deleted", match: in.Match, read: recordingIn(in.Recording),
		edit: func(a *access.Configuration) error { return a.RemoveRecording(in.Recording) },
	})
}
