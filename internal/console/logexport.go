package console

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// LogExporter hands organizations' logs out.
type LogExporter interface {
	// Prepare decides what an export holds and returns when that is on record.
	Prepare(ctx context.Context, by authz.Caller, id tenants.GUID, w search.Wanted) (x search.Export, token string, err error)
	// Open opens the content behind a record, or all of it.
	Open(ctx context.Context, by authz.Caller, token string, after int64) (*search.Content, error)
}

// NewLogExport is what is to be exported.
type NewLogExport struct {
	Format       search.Format       `json:"format" enum:"evidence,csv,ocsf" doc:"evidence: what docs/audit-format.md describes, which anybody can verify. csv: for spreadsheets, none of which takes a cell for a formula. ocsf: events of the Open Cybersecurity Schema Framework, one a line."`
	Completeness search.Completeness `json:"completeness,omitempty" enum:"proven,none" doc:"Of evidence. proven: of every record in the range the fields that the filter asks about are told, so that nobody can have left one out. none: of records that do not match nothing is told. Left out: proven for evidence; the other formats prove nothing."`
	Filter       ExportFilter        `json:"filter,omitempty" doc:"Left out: every record."`
	Checkpoints  []int64             `json:"checkpoints,omitempty" maxItems:"64" doc:"Sizes of the log in checkpoints that the reader of the evidence holds, so that it can be compared with them."`
	Sink         string              `json:"sink,omitempty" maxLength:"32" doc:"Name of a sink of kind storage that the export is brought to, however large it is. Left out: you read the content."`
}

// ExportFilter says which records are exported. All conditions must hold; of a list,
// any.
type ExportFilter struct {
	From     *time.Time     `json:"from,omitempty" doc:"Made at this time or later; whole microseconds."`
	To       *time.Time     `json:"to,omitempty" doc:"Made before. The export goes to what was sealed an hour after it, or to what is sealed now."`
	People   []tenants.GUID `json:"people,omitempty" doc:"Object IDs of who acted, or of whom it is about."`
	Clients  []string       `json:"clients,omitempty" doc:"Ids of AI clients."`
	Tools    []string       `json:"tools,omitempty" doc:"Names of tools as they were called."`
	Kinds    []string       `json:"kinds,omitempty" doc:"What records are about; docs/audit-events.md has the kinds."`
	Effects  []string       `json:"effects,omitempty" enum:"read,write,destructive" doc:"What running the tool does."`
	Outcomes []string       `json:"outcomes,omitempty" enum:"ok,tool_error,refused,fault,unknown" doc:"How it ended."`
	Roles    []string       `json:"roles,omitempty" doc:"Tool roles that who acted held."`
	Text     string         `json:"text,omitempty" doc:"Occurs in tool, target, detail, reason, the actor's name or the client's id, whatever the case."`
}

func (f ExportFilter) filter() filter.Filter {
	return filter.Filter{
		From: timeOf(f.From), To: timeOf(f.To), People: f.People, Clients: f.Clients, Tools: f.Tools, Kinds: f.Kinds, Effects: f.Effects, Outcomes: f.Outcomes, Roles: f.Roles, Text: f.Text,
	}
}

// LogExport is an export that is on record.
type LogExport struct {
	ID       tenants.GUID `json:"id" format:"uuid" doc:"The log's record of the export names it in its target."`
	From     int64        `json:"from" doc:"Number of the first record that is looked at."`
	To       int64        `json:"to" doc:"Number after the last one."`
	SealedAt *time.Time   `json:"sealedAt,omitempty" doc:"When the last record was sealed that the export can hold. Absent with a sink."`
	Token    string       `json:"token,omitempty" doc:"Opens the content, for seven days and for you only. Absent with a sink."`
	Content  string       `json:"content,omitempty" format:"uri-reference" doc:"Where the content is. Absent with a sink: getExport says how far it is."`
}

type (
	newLogExportInput struct {
		InOrganization
		Once
		Body NewLogExport
	}
	exportInput struct {
		InOrganization
		Token string `query:"token" required:"true" maxLength:"16000" doc:"token of the export."`
		After int64  `query:"after" default:"-1" minimum:"-1" doc:"Number of the last record that you have: the content goes on after it, as if it had not been broken off. Left out: from the beginning."`
	}
)

func (c *Console) logExportRoutes(api huma.API) {
	const tag = "log"
	inside(c, api, tenants.Auditor, route{
		ID: "createExport", Method: http.MethodPost, Path: "/log/exports", Tag: tag, Status: 201, Summary: "Export records of the log",
		Description: "What the export holds is decided now, by what is sealed, and the log has who asked for it before anybody gets it: its content is then read, as often as need be, from where the answer says; or it is brought to a sink of the organization, in the background.",
	}, c.createExport)
	c.exportJobRoutes(api)
	c.exportScheduleRoutes(api)
	inside(c, api, tenants.Auditor, route{
		ID: "getExportContent", Method: http.MethodGet, Path: "/log/exports/content", Tag: tag, Summary: "Read the content of an export", Media: []string{ndjson, csvMedia},
		Description: "A content that ends without its end was broken off: ask again, with the number of the last record that arrived in after. It is seq of a line of evidence and of the first column of a table, and metadata.sequence of an event. Two contents can be read at a time.",
	}, c.getExportContent)
}

// wanted is what is asked for; completeness that is left out is what the format can prove.
func wanted(format search.Format, c search.Completeness, f ExportFilter) search.Wanted {
	if c == "" {
		c = search.Unproven
		if format == search.Evidence {
			c = search.Proven
		}
	}
	return search.Wanted{Filter: f.filter(), Format: format, Completeness: c}
}

func (c *Console) createExport(ctx context.Context, by Actor, in *newLogExportInput) (*Made[LogExport], error) {
	return made(once(ctx, c, by, in.Once, in.visit, func(id tenants.GUID) (LogExport, string, error) {
		w := wanted(in.Body.Format, in.Body.Completeness, in.Body.Filter)
		w.Sizes = in.Body.Checkpoints
		if in.Body.Sink != "" {
			j, err := c.ExportJobs.Begin(ctx, by.Caller, id, w, in.Body.Sink)
			return LogExport{ID: id, From: j.From, To: j.To}, by.path("log", "exports") + "/" + id.String(), err
		}
		x, token, err := c.LogExporter.Prepare(ctx, by.Caller, id, w)
		return LogExport{
			ID: id, From: x.From, To: x.To, SealedAt: &x.SealedAt, Token: token, Content: by.path("log", "exports") + "/content?token=" + url.QueryEscape(token),
		}, "", err
	}))
}

// The names of the files that exports are saved as.
var extensions = map[search.Format]string{search.Evidence: ".evidence.ndjson", search.CSV: ".csv", search.OCSF: ".ocsf.ndjson"}

func (c *Console) getExportContent(ctx context.Context, by Actor, in *exportInput) (*Streamed, error) {
	content, err := c.LogExporter.Open(ctx, by.Caller, in.Token, in.After)
	if err != nil {
		return nil, err
	}
	media, format := ndjson, content.Wanted.Format
	if format == search.CSV {
		media = csvMedia
	}
	name := by.Organization.Slug.String() + "-" + content.At.Format("20060102T150405Z") + extensions[format]
	return streamed(ctx, c, in.visit, stream{media, name, content.Write, content.Close}), nil
}
