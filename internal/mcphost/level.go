package mcphost

import (
	"context"
	"slices"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// levels are those of log messages (RFC 5424, in words).
var levels = []string{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}

// setLevel answers logging/setLevel of the initialize revisions: each source that
// logs is told, and remembers it for the client's session. One that cannot be told
// does not keep the others from it, unless it is the only one.
func (h *Host) setLevel(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	offered := h.offered(by, req)
	if len(offered.logging) == 0 {
		return answer{}, wire.MethodNotFound(req.era, req.message.Method)
	}
	level := req.message.Params.Level
	if !slices.Contains(levels, level) {
		return answer{}, wire.InvalidParams("the level must be one of debug, info, notice, warning, error, critical, alert, emergency")
	}
	var failed error
	for _, e := range offered.logging {
		call := h.callOf(req, errand{entry: e})
		call.Client.LogLevel = level
		call.Others = append([]wire.Member{{Name: "level", Value: wire.AppendString(nil, level)}}, call.Others...)
		if _, err := e.Server.Exchange(ctx, by, tools.Target{Method: wire.MethodSetLevel}, call); err != nil {
			failed = err
			h.logFault(req.http, err)
		}
	}
	if failed != nil && len(offered.logging) == 1 {
		return answer{ran: true}, failed
	}
	return answer{}, nil
}
