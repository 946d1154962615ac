// Package telemetry sets up structured logs, traces and metrics, and owns the
// names they use.
//
// It owns the JSON log handler that ties a line to its trace, the OpenTelemetry
// providers, the attribute and log keys, and the recorder of MCP operations. It
// installs nothing as a process-wide default: whoever calls Setup hands the
// logger, tracer and recorder on as arguments. It never logs a value whose type
// hides it, never forwards trace headers to anybody, and never decides what
// counts as a failure: its callers say so.
//
// internal/app calls Setup once in each process. Every package may use the keys.
package telemetry
