package authserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// fact is what somebody who helps wants to know, and where it is of use.
type fact struct{ Name, Value, Note string }

// Where a reference is found.
const (
	inOrganization = "It is in the organization's own log, which administrators of Gatehouse there can read."
	inService      = "It is in the log of the service, which whoever runs Gatehouse can read."
)

// referenced reports whether there is more to be found than the page says.
func (b *setback) referenced() bool {
	return b.recorded || b.cause != nil || b.Status >= http.StatusInternalServerError
}

// showSetback answers with why it does not go on. A reference is shown where it leads
// somewhere: to a record of the organization's, or to a line that says more than the
// page does.
func (s *Server) showSetback(ctx context.Context, v visit, err error) {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return // the browser is gone
	}
	b := s.setbackOf(v, err)
	level := slog.LevelInfo
	switch {
	case b.Status >= http.StatusInternalServerError:
		level = slog.LevelError
	case b.referenced():
		level = slog.LevelWarn
	}
	about := []slog.Attr{slog.String(telemetry.LogRequest, v.reference), slog.Int(telemetry.LogStatus, b.Status), telemetry.Err(b)}
	if org, err := tenants.ParseSlug(v.r.PathValue("org")); err == nil {
		about = append(about, slog.String(telemetry.LogSlug, org.String()))
	}
	s.Logger.LogAttrs(ctx, level, "authorization not given", about...)
	if wait := fault.RetryAfter(err); wait > 0 {
		v.w.Header().Set("Retry-After", strconv.Itoa(seconds(wait)+1))
	}
	shown := *b
	if b.referenced() {
		note := inService
		if b.recorded {
			note = inOrganization
		}
		shown.Facts = append(append([]fact{}, b.Facts...), fact{"Reference", v.reference, note})
	}
	s.show(v.w, v.r, page{Status: b.Status, Name: "setback", Title: b.Title, Content: shown})
}
