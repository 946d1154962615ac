package console

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// ToolCalls has people call tools.
type ToolCalls interface {
	// CallTool calls as the organization's endpoint would for a token of the person's:
	// same roles, limits and log. A tool that they may not call is a fault of kind
	// NotFound, as one that does not exist.
	CallTool(ctx context.Context, o tenants.Organization, p Person, c ToolCalling) (ToolCalled, error)
}

// ToolCalling is a call with where it comes from.
type ToolCalling struct {
	Tool          string
	Arguments     []byte // an object
	Path, Address string // of the request
}

// ToolCalled is what came of it.
type ToolCalled struct {
	Record  string
	Result  []byte
	IsError bool
	Unknown bool // it was begun, and an error says why what came of it cannot be told
}

// unknownEnd is the result of a call that was begun and of which nothing more is known:
// it is not carried out again by its key.
var unknownEnd = json.RawMessage(`{"content":[{"type":"text","text":"Whether it was done is not known: the call was begun, and how it ended could not be taken down. See at the service before you call again."}],"isError":true}`)

// ToolCall is a call of a tool.
type ToolCall struct {
	Arguments map[string]any `json:"arguments" doc:"What the tool is called with, as its input schema wants it."`
}

// ToolCallResult is what came of a call.
type ToolCallResult struct {
	Record  string          `json:"record" doc:"Id of the call's record in the log."`
	IsError bool            `json:"isError" doc:"The tool, or who lets it be called, says that it could not be done; result says why."`
	Result  json.RawMessage `json:"result,omitempty" doc:"The result as the Model Context Protocol has it (CallToolResult). Characters that cannot be seen are escaped. Absent when an answer is given again: results are not kept."`
}

// withoutSecret leaves out what is nobody's to keep.
func (r ToolCallResult) withoutSecret() ToolCallResult {
	r.Result = nil
	return r
}

type toolCallInput struct {
	InOrganization
	ToolItem
	Once
	Body ToolCall
}

func (c *Console) toolCallRoutes(api huma.API) {
	insideAsPerson(c, api, tenants.Viewer, route{
		ID: "runTool", Method: http.MethodPost, Path: "/tools/{tool}/calls", Tag: "tools", Errors: []int{409, 502}, Summary: "Call a tool as yourself",
		Description: "As an AI app would that you have connected: your tool roles decide, with their conditions; the organization's limits hold; the log names the client gatehouse-console. " +
			"A tool that you may not call and one that does not exist are both 404. What needs a token of yours for another service cannot be called here.",
	}, c.runTool)
}

func (c *Console) runTool(ctx context.Context, by Actor, in *toolCallInput) (*Made[ToolCallResult], error) {
	arguments, err := in.arguments()
	if err != nil {
		return nil, err
	}
	return made(onceIn(ctx, c, by, in.Once, in.visit, actLasts, func(tenants.GUID) (ToolCallResult, string, error) {
		called, err := c.Calls.CallTool(ctx, by.Organization, *by.Person, ToolCalling{
			Tool: in.Name, Arguments: arguments, Path: in.visit.URL().Path, Address: in.visit.RemoteAddr(),
		})
		if err != nil && fault.KindOf(err) == fault.NotFound {
			err = errNoTool
		}
		if called.Unknown {
			c.Log.WarnContext(ctx, "how a call ended is not known", slog.String(telemetry.LogRequest, in.visit.id), telemetry.Err(err))
			return ToolCallResult{Record: called.Record, IsError: true, Result: unknownEnd}, "", nil
		}
		return ToolCallResult{Record: called.Record, IsError: called.IsError, Result: escaped(called.Result)}, "", err
	}))
}

// arguments are the bytes that were sent: a number that is read and written again
// may be another.
func (in *toolCallInput) arguments() ([]byte, error) {
	var body struct {
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.Unmarshal(in.visit.body, &body); err != nil {
		return nil, fault.Wrap(fault.Invalid, "the arguments cannot be read", err)
	}
	return body.Arguments, nil
}
