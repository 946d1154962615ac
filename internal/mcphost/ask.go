package mcphost

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

// errNobodyAsks is the answer to a server that asks where nobody can answer.
var errNobodyAsks = fault.New(fault.Conflict, "the client cannot be asked anything while this request is under way")

// ask passes a question of a server on to the client of a request.
func (h *Host) ask(context.Context, authz.Caller, *request, tools.Question) error { return errNobodyAsks }
