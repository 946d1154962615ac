package telemetry

import (
	"strconv"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Outcome says how an operation ended. The zero value is success.
type Outcome struct {
	code int
	tool bool
	ours bool
}

// Succeeded is the outcome of an operation that returned a result.
func Succeeded() Outcome { return Outcome{} }

// ToolFailed is the outcome of a call whose result says isError. It does not
// redden the span: the tool worked as designed and said no.
func ToolFailed() Outcome { return Outcome{tool: true} }

// Refused is the outcome of a request answered with a JSON-RPC error that the
// caller brought about. It does not redden the span.
func Refused(code int) Outcome { return Outcome{code: code} }

// Failed is the outcome of a request answered with a JSON-RPC error that this
// service, or a system behind it, brought about.
func Failed(code int) Outcome { return Outcome{code: code, ours: true} }

// errorType is the conventions' error.type: tool_error, or the JSON-RPC code.
func (o Outcome) errorType() string {
	switch {
	case o.tool:
		return "tool_error"
	case o.code != 0:
		return strconv.Itoa(o.code)
	default:
		return ""
	}
}

func (o Outcome) mark(span trace.Span) {
	failure := o.errorType()
	if failure == "" {
		return
	}
	span.SetAttributes(ErrorType.String(failure))
	if o.code != 0 {
		span.SetAttributes(RPCStatus.String(failure))
	}
	if o.ours {
		span.SetStatus(codes.Error, "")
	}
}
