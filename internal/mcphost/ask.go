package mcphost

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

// listChanged says whether this host tells clients that what they see changed.
const listChanged = false

// errNobodyAsks is the answer to a server that asks where nobody can answer.
var errNobodyAsks = fault.New(fault.Conflict, "the client cannot be asked anything while this request is under way")

// ask passes a question of a server on to the client of a request.
func (h *Host) ask(context.Context, authz.Caller, *request, tools.Question) error {
	return errNobodyAsks
}

// hear takes what a client of the initialize revisions answers to a question.
func (h *Host) hear(context.Context, authz.Caller, *request) error { return nil }

// carry runs an errand to its end: a result of the server's, or a question to
// the client in the way of the client's era.
func (h *Host) carry(ctx context.Context, by authz.Caller, e errand) (tools.Result, error) {
	return e.server.Exchange(ctx, by, e.to, e.call)
}
