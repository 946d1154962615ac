package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/tenants"
)

// LogCounts is how many records there are in each stretch of time.
type LogCounts struct {
	Items      []LogCount `json:"items" doc:"The latest stretch first; those without a record are left out."`
	NextCursor string     `json:"nextCursor,omitempty" doc:"Counts the rest: to be added to what is counted here. Absent when all are counted."`
	Sealed     int64      `json:"sealed" doc:"How many records the log has."`
	SealedAt   *time.Time `json:"sealedAt,omitempty" doc:"When the last of them was sealed."`
}

// LogCount is how many records were made in a stretch of time.
type LogCount struct {
	From  time.Time `json:"from" doc:"Where the stretch begins, by UTC."`
	Count int64     `json:"count"`
}

type logCountInput struct {
	InOrganization
	LogFilter
	Interval search.Interval `query:"interval" enum:"minute,hour,day,month" default:"day" doc:"How long a stretch is."`
	Cursor   string          `query:"cursor" maxLength:"4000" doc:"nextCursor of the answer before; valid for an hour, for this filter only."`
}

func (c *Console) logCountRoutes(api huma.API) {
	inside(c, api, tenants.Auditor, route{
		ID: "listLogCounts", Method: http.MethodGet, Path: "/log/counts", Tag: "log", Summary: "Count records of the log by time",
		Description: "A request counts up to 200,000 records where only time and people are asked for, and up to 20,000 otherwise; nextCursor counts on.",
	}, c.listLogCounts)
}

func (c *Console) listLogCounts(ctx context.Context, by Actor, in *logCountInput) (*Result[LogCounts], error) {
	binding := in.place("listLogCounts " + string(in.Interval))
	below, err := c.below(ctx, by, in.Cursor, binding)
	if err != nil {
		return nil, err
	}
	counted, err := c.LogReader.Count(ctx, by.Org(), search.Census{Filter: in.filter(), Interval: in.Interval, Below: below})
	if err != nil {
		return nil, err
	}
	out := LogCounts{Items: []LogCount{}, Sealed: counted.Size, SealedAt: instant(counted.SealedAt)}
	for _, from := range counted.Stretches() {
		out.Items = append(out.Items, LogCount{from, counted.In[from]})
	}
	out.NextCursor, err = c.goesOn(ctx, by, counted.Next, binding)
	return result(out), err
}
