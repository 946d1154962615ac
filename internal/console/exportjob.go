package console

import (
	"context"
	"encoding/hex"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// ExportJobs has exports brought to sinks. What does not exist is NotFound.
type ExportJobs interface {
	// Begin decides what an export holds and has it brought to the sink of a name.
	Begin(ctx context.Context, by authz.Caller, id tenants.GUID, w search.Wanted, sink string) (tenants.ExportJob, error)
	// List returns an organization's, the last asked for first.
	List(ctx context.Context, org tenants.ID) ([]tenants.ExportJob, error)
	Get(ctx context.Context, org tenants.ID, id tenants.GUID) (tenants.ExportJob, error)
	// Cancel has one end without an object. One that has ended is Conflict.
	Cancel(ctx context.Context, by authz.Caller, id tenants.GUID) (tenants.ExportJob, error)
}

// ExportJob is an export that is brought to a sink.
type ExportJob struct {
	ID       tenants.GUID        `json:"id" format:"uuid" doc:"The log's records of the export name it in their target."`
	State    tenants.ExportState `json:"state" enum:"running,cancelling,done,failed,cancelled" doc:"done: the object is there. failed: it was given up, after a day or because nothing mends it."`
	Sink     string              `json:"sink" doc:"Name of the sink, as it was when the export was asked for."`
	Format   string              `json:"format" enum:"evidence,csv,ocsf" doc:"As it was asked for."`
	AskedAt  time.Time           `json:"askedAt"`
	Progress ExportProgress      `json:"progress"`
	Object   *ExportObject       `json:"object,omitempty" doc:"Once it is done."`
	Trouble  *ExportTrouble      `json:"trouble,omitempty" doc:"What failed last. Absent: nothing does."`
	EndedAt  *time.Time          `json:"endedAt,omitempty"`
}

// ExportProgress is how far an export has come.
type ExportProgress struct {
	From    int64 `json:"from" doc:"Number of the first record that is looked at."`
	To      int64 `json:"to" doc:"Number after the last one."`
	Next    int64 `json:"next" doc:"Number of the first record that was not looked at yet."`
	Percent int   `json:"percent" minimum:"0" maximum:"100" doc:"How much of the range was looked at."`
	Records int64 `json:"records" doc:"How many are in the content so far: those that match."`
	Bytes   int64 `json:"bytes" doc:"That have arrived."`
}

// ExportObject is what has arrived.
type ExportObject struct {
	Name   string `json:"name" doc:"Below the URL of the sink."`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256" doc:"Of the whole object, hexadecimal."`
}

// ExportTrouble is what fails.
type ExportTrouble struct {
	What   string     `json:"what"`
	Since  *time.Time `json:"since,omitempty"`
	NextAt *time.Time `json:"nextAt,omitempty" doc:"When it is tried again. Absent: it is not."`
}

func exportJobOf(j tenants.ExportJob) ExportJob {
	some := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	out := ExportJob{
		ID: j.ID, State: j.State, Sink: j.SinkName, Format: j.Format, AskedAt: j.AskedAt, EndedAt: some(j.EndedAt),
		Progress: ExportProgress{From: j.From, To: j.To, Next: j.Next, Percent: 100, Records: j.Records, Bytes: j.Bytes},
	}
	if j.To > j.From {
		out.Progress.Percent = int(100 * (j.Next - j.From) / (j.To - j.From))
	}
	if j.State == tenants.ExportDone {
		out.Object = &ExportObject{Name: j.Object, Bytes: j.Bytes, SHA256: hex.EncodeToString(j.SHA256)}
	}
	if j.Trouble != "" {
		out.Trouble = &ExportTrouble{What: j.Trouble, Since: some(j.FailingSince), NextAt: some(j.NextAt)}
	}
	return out
}

func (c *Console) exportJobRoutes(api huma.API) {
	const tag, one = "log", "/log/exports/{id}"
	inside(c, api, tenants.Auditor, route{
		ID: "listExports", Method: http.MethodGet, Path: "/log/exports", Tag: tag, Summary: "List exports to sinks",
		Description: "The last asked for first. One that has ended is kept for 90 days; exports whose content you read are not listed.",
	}, c.listExports)
	inside(c, api, tenants.Auditor, route{
		ID: "getExport", Method: http.MethodGet, Path: one, Tag: tag, Errors: []int{404}, Summary: "Read how far an export to a sink is",
		Description: "What fails is tried again, with growing pauses, for a day.",
	}, c.getExport)
	inside(c, api, tenants.Auditor, route{
		ID: "cancelExport", Method: http.MethodPost, Path: one + "/cancel", Tag: tag, Errors: []int{404, 409}, Summary: "Cancel an export to a sink",
		Description: "What has arrived of it is removed where that can be: S3 does it at once; Azure Blob Storage forgets blocks of which no blob was made after a week. The log has who cancelled it.",
	}, c.cancelExport)
}

// latestFirst is a key by which what is later comes first.
func latestFirst(t time.Time, id tenants.GUID) string {
	return strconv.FormatInt(math.MaxInt64-t.UnixMicro(), 10) + " " + id.String()
}

func (c *Console) listExports(ctx context.Context, by Actor, in *listInput) (*Listed[ExportJob], error) {
	all, err := c.ExportJobs.List(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	return cut(ctx, c, by, in.Paging, listing[ExportJob]{"listExports", each(all, exportJobOf), func(j ExportJob) string { return latestFirst(j.AskedAt, j.ID) }})
}

type exportJobInput struct {
	InOrganization
	Item
}

func (c *Console) getExport(ctx context.Context, by Actor, in *exportJobInput) (*Result[ExportJob], error) {
	j, err := c.ExportJobs.Get(ctx, by.Org(), in.ID)
	if err != nil {
		return nil, err
	}
	return result(exportJobOf(j)), nil
}

func (c *Console) cancelExport(ctx context.Context, by Actor, in *exportJobInput) (*Result[ExportJob], error) {
	j, err := c.ExportJobs.Cancel(ctx, by.Caller, in.ID)
	if err != nil {
		return nil, err
	}
	return result(exportJobOf(j)), nil
}
