package mcphost

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

// conversation is a request to a server behind us and whatever is said on both
// sides until there is a result.
type conversation struct {
	req    *request
	source tools.Source
	server tools.Server
	target tools.Target
	call   tools.Call
}

// converse returns the result of a conversation.
func (h *Host) converse(ctx context.Context, by authz.Caller, c conversation) (tools.Result, error) {
	return c.server.Exchange(ctx, by, c.target, c.call)
}
