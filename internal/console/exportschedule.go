package console

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// ExportSchedules asks for exports by time. What does not exist is NotFound.
type ExportSchedules interface {
	// Schedule has an export of each period brought to the sink that s names.
	Schedule(ctx context.Context, by authz.Caller, s tenants.ExportSchedule, w search.Wanted) (tenants.ExportSchedule, error)
	// Schedules returns an organization's, by name.
	Schedules(ctx context.Context, org tenants.ID) ([]tenants.ExportSchedule, error)
	Unschedule(ctx context.Context, by authz.Caller, name string) error
}

// NewExportSchedule says which exports are to be made by time.
type NewExportSchedule struct {
	Name         string              `json:"name" pattern:"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$" maxLength:"32" doc:"Key of the schedule: lowercase letters, digits and inner hyphens."`
	Every        tenants.Every       `json:"every" enum:"day,week,month" doc:"Of how long a time each export is, in UTC: a day, a week from Monday, a month."`
	Format       search.Format       `json:"format" enum:"evidence,csv,ocsf" doc:"As in createExport."`
	Completeness search.Completeness `json:"completeness,omitempty" enum:"proven,none" doc:"As in createExport."`
	Filter       ScheduleFilter      `json:"filter,omitempty" doc:"Left out: every record."`
	From         *time.Time          `json:"from,omitempty" doc:"The first export is of the period that this is in. Left out: of the one that is under way."`
	Sink         string              `json:"sink" maxLength:"32" doc:"Name of a sink of kind storage. Should it ever lead elsewhere, nothing more is brought until the schedule is made again."`
}

// ScheduleFilter says which records are exported. All conditions must hold; of a list,
// any. It has no people and no text: the log says it with every export, also after
// somebody was erased.
type ScheduleFilter struct {
	Clients  []string `json:"clients,omitempty" doc:"Ids of AI clients."`
	Tools    []string `json:"tools,omitempty" doc:"Names of tools as they were called."`
	Kinds    []string `json:"kinds,omitempty" doc:"What records are about; docs/audit-events.md has the kinds."`
	Effects  []string `json:"effects,omitempty" enum:"read,write,destructive" doc:"What running the tool does."`
	Outcomes []string `json:"outcomes,omitempty" enum:"ok,tool_error,refused,fault,unknown" doc:"How it ended."`
	Roles    []string `json:"roles,omitempty" doc:"Tool roles that who acted held."`
}

func (f ScheduleFilter) filter() ExportFilter {
	return ExportFilter{Clients: f.Clients, Tools: f.Tools, Kinds: f.Kinds, Effects: f.Effects, Outcomes: f.Outcomes, Roles: f.Roles}
}

// ExportSchedule is a schedule as it is shown.
type ExportSchedule struct {
	Name         string          `json:"name"`
	Every        tenants.Every   `json:"every" enum:"day,week,month" doc:"Of how long a time each export is, in UTC."`
	Format       string          `json:"format" enum:"evidence,csv,ocsf" doc:"As in createExport."`
	Completeness string          `json:"completeness" enum:"proven,none" doc:"As in createExport."`
	Filter       json.RawMessage `json:"filter" doc:"Which records; empty: all."`
	Sink         string          `json:"sink" doc:"Name of the sink, as it was when the schedule was made."`
	MadeAt       time.Time       `json:"madeAt"`
	MadeBy       string          `json:"madeBy" doc:"Display name of who made it."`
	From         time.Time       `json:"from" doc:"When the period begins whose export is next."`
	NextAt       time.Time       `json:"nextAt" doc:"When that is asked for: an hour after the period has ended, or when it is tried again."`
	LastExport   *tenants.GUID   `json:"lastExport,omitempty" format:"uuid" doc:"The export that was asked for last; getExport says how far it is."`
	Trouble      *ExportTrouble  `json:"trouble,omitempty" doc:"Why an export is missing, or will be. Absent: nothing fails."`
}

func exportScheduleOf(s tenants.ExportSchedule) ExportSchedule {
	out := ExportSchedule{
		Name: s.Name, Every: s.Every, Format: s.Format, Completeness: s.Completeness, Filter: json.RawMessage(s.Filter), Sink: s.SinkName, MadeAt: s.MadeAt, MadeBy: s.MadeBy.Name, From: s.From, NextAt: s.NextAt,
	}
	if !s.Last.IsZero() {
		out.LastExport = &s.Last
	}
	if s.Trouble != "" {
		out.Trouble = &ExportTrouble{What: s.Trouble, Since: instant(s.FailingSince), NextAt: instant(s.NextAt)}
	}
	return out
}

type (
	newExportScheduleInput struct {
		InOrganization
		Once
		Body NewExportSchedule
	}
	exportScheduleInput struct {
		InOrganization
		Schedule string `path:"schedule" maxLength:"100" doc:"The schedule's name."`
	}
)

func (c *Console) exportScheduleRoutes(api huma.API) {
	const tag, all = "log", "/log/export-schedules"
	inside(c, api, tenants.Auditor, route{
		ID: "listExportSchedules", Method: http.MethodGet, Path: all, Tag: tag, Summary: "List schedules of exports",
	}, c.listExportSchedules)
	inside(c, api, tenants.Auditor, route{
		ID: "createExportSchedule", Method: http.MethodPost, Path: all, Tag: tag, Status: 201, Errors: []int{409}, Summary: "Have an export made every day, week or month",
		Description: "The first is of the period that is under way. Each is asked for an hour after its period has ended, and is an export to a sink like any other. What could not be asked for in time is caught up, in order. A schedule stays when whoever made it has lost the role.",
	}, c.createExportSchedule)
	inside(c, api, tenants.Auditor, route{
		ID: "cancelExportSchedule", Method: http.MethodPost, Path: all + "/{schedule}/cancel", Tag: tag, Status: 204, Errors: []int{404}, Summary: "Cancel a schedule of exports",
		Description: "Exports that it has asked for go on.",
	}, c.cancelExportSchedule)
}

func (c *Console) listExportSchedules(ctx context.Context, by Actor, in *listInput) (*Listed[ExportSchedule], error) {
	all, err := c.ExportSchedules.Schedules(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[ExportSchedule]{"listExportSchedules", each(all, exportScheduleOf), func(s ExportSchedule) string { return s.Name }})
}

func (c *Console) createExportSchedule(ctx context.Context, by Actor, in *newExportScheduleInput) (*Made[ExportSchedule], error) {
	return made(once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (ExportSchedule, string, error) {
		s := tenants.ExportSchedule{ID: id, Name: in.Body.Name, Every: in.Body.Every, SinkName: in.Body.Sink, From: timeOf(in.Body.From)}
		s, err := c.ExportSchedules.Schedule(ctx, by.Caller, s, wanted(in.Body.Format, in.Body.Completeness, in.Body.Filter.filter()))
		return exportScheduleOf(s), "", err
	}))
}

func (c *Console) cancelExportSchedule(ctx context.Context, by Actor, in *exportScheduleInput) (*None, error) {
	return &None{}, c.ExportSchedules.Unschedule(ctx, by.Caller, in.Schedule)
}
