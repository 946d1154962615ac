package console

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/audit/usage"
	"gatehouse/internal/tenants"
)

// UsageStore says how an organization's tools were used.
type UsageStore interface {
	Usage(ctx context.Context, org tenants.ID, w usage.Window) (*usage.Report, error)
}

// Use is what happened in a time.
type Use struct {
	Calls    int64    `json:"calls" doc:"Calls of tools that were not refused."`
	Failures int64    `json:"failures" doc:"Of those, the ones that did not end well: the tool answered that it could not, something failed, or no answer came back."`
	Refusals int64    `json:"refusals" doc:"What was refused to somebody who is known: calls, other requests, and being let in at all."`
	P50      *float64 `json:"p50,omitempty" doc:"Milliseconds that half of the calls that ran did not exceed, give or take 10 %. Left out: none ran."`
	P95      *float64 `json:"p95,omitempty" doc:"The same of 95 % of them."`
}

// ActiveUse is what happened in a time, and how many made calls.
type ActiveUse struct {
	Use
	People int `json:"people" doc:"How many people have called tools, refused calls included."`
	Apps   int `json:"apps" doc:"Through how many AI apps. However often one has registered, it is one."`
}

// StretchUse is that of one stretch of a span.
type StretchUse struct {
	From time.Time `json:"from" doc:"Where the stretch begins, by UTC."`
	ActiveUse
}

// ToolUse is that of one tool.
type ToolUse struct {
	Tool string `json:"tool"`
	Use
}

// Usage is how an organization's tools were used.
type Usage struct {
	From      time.Time    `json:"from"`
	To        time.Time    `json:"to" doc:"When the stretch that is not over will be."`
	Total     ActiveUse    `json:"total"`
	Stretches []StretchUse `json:"stretches" doc:"All of the span, the earliest first: hours of a day, otherwise days."`
	Tools     []ToolUse    `json:"tools" doc:"The five that were called most. What was called and is not there, or not for who called it, is none of them."`
}

type usageInput struct {
	InOrganization
	Span string `query:"span" enum:"day,week,month" default:"month" doc:"The last 24 hours, 7 days or 30 days, by UTC, what is not over of them included."`
}

const topTools = 5

func (c *Console) usageRoutes(api huma.API) {
	inside(c, api, tenants.Viewer, route{
		ID: "getUsage", Method: http.MethodGet, Path: "/usage", Tag: "log", Summary: "Read how tools are used",
		Description: "How often tools were called, by how many people and AI apps, how long it took and what was refused: numbers that are counted when records are sealed, a second or so after a call, and kept for 400 days. They tell of nobody; the log, which auditors read, does.",
	}, c.getUsage)
}

func (c *Console) getUsage(ctx context.Context, by Actor, in *usageInput) (*Result[Usage], error) {
	r, err := c.Store.Usage(ctx, by.Org(), windowOf(in.Span, c.Now()))
	if err != nil {
		return nil, err
	}
	shown := Usage{From: r.Window.From, To: r.Window.To(), Total: activeUseOf(r.Total), Stretches: make([]StretchUse, len(r.Stretches)), Tools: []ToolUse{}}
	for i, u := range r.Stretches {
		shown.Stretches[i] = StretchUse{r.Window.From.Add(time.Duration(i) * r.Window.Stretch), activeUseOf(u)}
	}
	for _, t := range r.Top(topTools) {
		shown.Tools = append(shown.Tools, ToolUse{t.Tool, useOf(t.Use)})
	}
	return result(shown), nil
}

func windowOf(span string, now time.Time) usage.Window {
	const day = 24 * time.Hour
	switch span {
	case "day":
		return usage.Before(now, time.Hour, 24)
	case "week":
		return usage.Before(now, day, 7)
	}
	return usage.Before(now, day, 30)
}

func useOf(u usage.Use) Use {
	return Use{Calls: u.Calls, Failures: u.Failures, Refusals: u.Refusals, P50: milliseconds(u.Took, 0.5), P95: milliseconds(u.Took, 0.95)}
}

func activeUseOf(u usage.Use) ActiveUse { return ActiveUse{useOf(u), u.People, u.Clients} }

// milliseconds is a quantile with as many digits as it is worth.
func milliseconds(h usage.Histogram, part float64) *float64 {
	d, known := h.Quantile(part)
	if !known {
		return nil
	}
	ms := d.Seconds() * 1000
	unit := math.Pow(10, math.Floor(math.Log10(ms))-2)
	ms = math.Round(ms/unit) * unit
	ms = math.Round(ms*1000) / 1000 // what no binary fraction holds
	return &ms
}
