package telemetry

import (
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
)

// Keys of log attributes.
const (
	LogTraceID    = "trace_id"
	LogSpanID     = "span_id"
	LogError      = "error"
	LogKind       = "kind"        // a fault kind
	LogOrg        = "org_id"      // tenants.ID
	LogSlug       = "org_slug"    // tenants.Slug
	LogTenant     = "tid"         // the Entra tenant
	LogObject     = "oid"         // the caller's object in that tenant
	LogClient     = "client_id"   // the AI client
	LogTool       = "tool"        // a tool's full name
	LogSource     = "source_id"   // tenants.GUID of an MCP server behind us
	LogSourceName = "source_name" // what its organization calls it
	LogMethod     = "method"      // a JSON-RPC method
	LogRequest    = "request_id"  // the reference id a caller was told
	LogRecord     = "record_id"   // an audit record
	LogReason     = "reason"      // a refusal's reason
	LogHost       = "host"        // the other side of an outbound exchange
	LogStatus     = "status"      // an HTTP status code
	LogAddress    = "address"     // a listening address
	LogCount      = "count"
	LogDuration   = "duration_ms"
	LogVersion    = "version"
	LogComponent  = "component"
)

// Attribute keys of the MCP semantic conventions, which the OpenTelemetry Go
// module does not carry any more (open-telemetry/semantic-conventions-genai,
// docs/gen-ai/mcp.md, status Development).
const (
	MCPMethod       = attribute.Key("mcp.method.name")
	MCPProtocol     = attribute.Key("mcp.protocol.version")
	MCPSession      = attribute.Key("mcp.session.id")
	GenAITool       = attribute.Key("gen_ai.tool.name")
	GenAIOperation  = attribute.Key("gen_ai.operation.name")
	JSONRPCRequest  = attribute.Key("jsonrpc.request.id")
	RPCStatus       = attribute.Key("rpc.response.status_code")
	ErrorType       = attribute.Key("error.type")
	NetTransport    = attribute.Key("network.transport")
	OrganizationKey = attribute.Key("gatehouse.org.id")
)

// OperationDuration is the histogram of served MCP operations, in seconds.
const OperationDuration = "mcp.server.operation.duration"

// Metrics of the worker, and what they are told apart by.
const (
	RefreshLag        = "gatehouse.membership.refresh.lag" // histogram, seconds
	MembershipAge     = "gatehouse.membership.age"         // histogram, seconds
	Refreshes         = "gatehouse.membership.refreshes"   // counter
	GraphUnits        = "gatehouse.graph.units"            // counter, resource units
	GraphRefusals     = "gatehouse.graph.refusals"         // counter
	GraphPriorityKey  = attribute.Key("gatehouse.graph.priority")
	GraphRefusalKey   = attribute.Key("gatehouse.graph.refusal")
	ActiveJobs        = "gatehouse.jobs.active" // up and down
	Chores            = "gatehouse.chores"      // counter
	ChoreKey          = attribute.Key("gatehouse.chore")
	ChoreOutcomeKey   = attribute.Key("gatehouse.chore.outcome")
	RefreshOutcomeKey = attribute.Key("gatehouse.refresh.outcome")
	JobKey            = attribute.Key("gatehouse.job")

	LogSealed   = "gatehouse.log.records"  // counter
	LogFailures = "gatehouse.log.failures" // counter
	LogBatch    = "gatehouse.log.batch"    // histogram, seconds
	LogWaiting  = "gatehouse.log.waiting"  // gauge, organizations
	LogLag      = "gatehouse.log.lag"      // gauge, seconds

	Alerts             = "gatehouse.alerts"           // counter
	Deliveries         = "gatehouse.deliveries"       // counter
	SinkDeliveries     = "gatehouse.sinks.deliveries" // counter
	SinkLag            = "gatehouse.sinks.lag"        // histogram of seconds
	SinkKindKey        = attribute.Key("gatehouse.sink.kind")
	SinkOutcomeKey     = attribute.Key("gatehouse.sink.outcome")
	AlertKey           = attribute.Key("gatehouse.alert")
	AlertChangeKey     = attribute.Key("gatehouse.alert.change")
	MessageKey         = attribute.Key("gatehouse.message")
	DeliveryOutcomeKey = attribute.Key("gatehouse.delivery.outcome")
)

// operationBuckets are the boundaries the convention asks for, in seconds.
var operationBuckets = []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300}

// Err is the log attribute of an error, with its private cause.
func Err(err error) slog.Attr { return slog.Any(LogError, err) }
