package door_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"

	"gatehouse/internal/authz"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tools"
)

// observed is everything a process says of itself.
type observed struct {
	spans  *tracetest.InMemoryExporter
	meters *metric.ManualReader
	logs   lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// observe starts a stack that is watched.
func observe(t *testing.T, s setup) (*stack, *observed) {
	t.Helper()
	o := &observed{spans: tracetest.NewInMemoryExporter(), meters: metric.NewManualReader()}
	s.telemetry = func(options *telemetry.Options) {
		options.SpanProcessor, options.MetricReader = trace.NewSimpleSpanProcessor(o.spans), o.meters
		options.SampleRatio, options.LogWriter = 1, &o.logs
	}
	return start(t, s), o
}

// server returns the one server span of a trace.
func (o *observed) server(t *testing.T, traceID string) tracetest.SpanStub {
	t.Helper()
	var found []tracetest.SpanStub
	for _, s := range o.spans.GetSpans() {
		if s.SpanContext.TraceID().String() == traceID && s.SpanKind == oteltrace.SpanKindServer {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d server spans in trace %s", len(found), traceID)
	}
	return found[0]
}

func attributesOf(s tracetest.SpanStub) map[string]string {
	all := map[string]string{}
	for _, a := range s.Attributes {
		all[string(a.Key)] = a.Value.String()
	}
	return all
}

const (
	clientTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	clientSpan   = "00f067aa0ba902b7"
	otherTrace   = "11111111111111111111111111111111"
	traceContext = `"traceparent":"00-` + clientTrace + `-` + clientSpan + `-01","tracestate":"vendor=1"`
)

// tracedCall calls a tool with the client's trace context in _meta.
func (v visitor) tracedCall(t *testing.T, tool, arguments string, changes ...func(*http.Request)) reply {
	t.Helper()
	return v.modernBody(t, "tools/call", tool, `{"jsonrpc":"2.0","id":"r1","method":"tools/call","params":{"name":"`+tool+`","arguments":`+arguments+`,"_meta":{`+modernMeta+`,`+traceContext+`}}}`, changes...)
}

func TestTraceOfTheClientGoesThroughToTheRecord(t *testing.T) {
	t.Parallel()
	k, o := observe(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	record := k.record(t, "contoso", alice.tracedCall(t, "whoami", `{}`, with("Traceparent", "00-"+otherTrace+"-2222222222222222-01")).ok(t).record(t))
	span := o.server(t, clientTrace)
	if span.Name != "tools/call whoami" || span.Parent.SpanID().String() != clientSpan || !span.Parent.IsRemote() || span.SpanContext.TraceState().Get("vendor") != "1" {
		t.Errorf("span %q with the parent %v", span.Name, span.Parent)
	}
	if len(span.Links) != 1 || span.Links[0].SpanContext.TraceID().String() != otherTrace {
		t.Errorf("the trace of the HTTP request is not linked: %v", span.Links)
	}
	if record.TraceID != clientTrace {
		t.Errorf("the record is of trace %s", record.TraceID)
	}
	got := attributesOf(span)
	for key, want := range map[string]string{
		"mcp.method.name": "tools/call", "gen_ai.tool.name": "whoami", "gen_ai.operation.name": "execute_tool", "jsonrpc.request.id": `"r1"`,
		"mcp.protocol.version": "2026-07-28", "gatehouse.org.id": k.orgs["contoso"].ID.String(), "network.transport": "tcp",
	} {
		if got[key] != want && got[key] != strings.Trim(want, `"`) {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
	if _, failed := got["error.type"]; failed || span.Status.Code != codes.Unset {
		t.Errorf("a good call has the status %v and %v", span.Status, got)
	}
}

func TestOutboundCallsAreDescendantsOfTheCall(t *testing.T) {
	t.Parallel()
	k, o := observe(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	alice.call(t, "whoami", `{}`).ok(t) // keys are there
	o.spans.Reset()
	alice.tracedCall(t, "graph_get_my_profile", `{}`).ok(t)
	call := o.server(t, clientTrace)
	parents := map[oteltrace.SpanID]oteltrace.SpanID{}
	for _, s := range o.spans.GetSpans() {
		parents[s.SpanContext.SpanID()] = s.Parent.SpanID()
	}
	var hosts []string
	for _, s := range o.spans.GetSpans() {
		if s.SpanKind != oteltrace.SpanKindClient {
			continue
		}
		at := s.SpanContext.SpanID()
		for at.IsValid() && at != call.SpanContext.SpanID() {
			at = parents[at]
		}
		if !at.IsValid() || s.SpanContext.TraceID() != call.SpanContext.TraceID() {
			t.Errorf("%s is no descendant of the call: %v", s.Name, attributesOf(s))
		}
		hosts = append(hosts, attributesOf(s)["server.port"])
	}
	for _, place := range []string{k.places.Entra, k.places.Graph} {
		if !strings.Contains(strings.Join(hosts, " "), place[strings.LastIndexByte(place, ':')+1:]) {
			t.Errorf("no span for the exchange with %s, ports are %v", place, hosts)
		}
	}
}

func TestOutcomesInTelemetry(t *testing.T) {
	t.Parallel()
	broken := echo("notes_broken", tools.Read)
	broken.Invoker = tools.InvokerFunc(func(context.Context, authz.Caller, tools.Call) (tools.Result, error) { panic("boom") })
	k, o := observe(t, setup{extra: []tools.Tool{failing("notes_fail"), broken, echo("notes_hidden", tools.Read)}, change: allow("notes_fail", "notes_broken")})
	alice := k.visitor(t, "contoso", "alice")
	for _, row := range []struct {
		tool, name, failure string
		status              codes.Code
	}{
		{"notes_fail", "tools/call notes_fail", "tool_error", codes.Unset},
		{"notes_broken", "tools/call notes_broken", "-32603", codes.Error},
		{"notes_hidden", "tools/call", "-32602", codes.Unset},
		{"notes_unknown", "tools/call", "-32602", codes.Unset},
	} {
		o.spans.Reset()
		alice.tracedCall(t, row.tool, `{}`)
		span := o.server(t, clientTrace)
		got := attributesOf(span)
		if span.Name != row.name || got["error.type"] != row.failure || span.Status.Code != row.status {
			t.Errorf("%s: span %q, error.type %q, status %v", row.tool, span.Name, got["error.type"], span.Status)
		}
		if _, named := got["gen_ai.tool.name"]; named != (row.name != "tools/call") {
			t.Errorf("%s: attributes %v", row.tool, got)
		}
	}
	alice.tracedCall(t, "notes_broken", `{}`)
	checkJoinedLog(t, o.logs.String())
	called, failures := o.durations(t)
	if called["notes_fail"] != 1 || called["notes_broken"] != 2 || called["notes_hidden"]+called["notes_unknown"] != 0 || failures["tool_error"] != 1 || failures["-32602"] != 2 {
		t.Errorf("the metric counts tools %v, failures %v", called, failures)
	}
}

// checkJoinedLog looks for the panic's line and its trace.
func checkJoinedLog(t *testing.T, logs string) {
	t.Helper()
	for line := range strings.Lines(logs) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if entry["msg"] == "tool panicked" {
			if entry["trace_id"] != clientTrace {
				t.Errorf("the line is not joined to the trace: %s", line)
			}
			return
		}
	}
	t.Errorf("no line about the panic in\n%s", logs)
}

// durations sums the counts of the histogram by tool and by failure.
func (o *observed) durations(t *testing.T) (called, failures map[string]uint64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := o.meters.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	called, failures = map[string]uint64{}, map[string]uint64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			histogram, ok := m.Data.(metricdata.Histogram[float64])
			if m.Name != telemetry.OperationDuration || !ok {
				continue
			}
			for _, p := range histogram.DataPoints {
				tool, _ := p.Attributes.Value(telemetry.GenAITool)
				failure, _ := p.Attributes.Value(telemetry.ErrorType)
				called[tool.AsString()] += p.Count
				failures[failure.AsString()] += p.Count
			}
		}
	}
	return called, failures
}

func TestTelemetryHoldsNoTokensAndNoArguments(t *testing.T) {
	t.Parallel()
	k, o := observe(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	alice.tracedCall(t, "greeting_card", `{"name":"Zaphod"}`).ok(t)
	alice.tracedCall(t, "graph_get_my_profile", `{}`).ok(t)
	alice.tracedCall(t, "greeting_card", `{"Zaphod":1}`)
	alice.tracedCall(t, "Zaphod", `{}`)
	k.superuser(t, "REVOKE INSERT ON audit_outbox FROM gatehouse_audit_writer")
	alice.tracedCall(t, "greeting_card", `{"name":"Zaphod"}`)
	k.superuser(t, "GRANT INSERT ON audit_outbox TO gatehouse_audit_writer")
	k.awaitReady(t)
	said := o.logs.String()
	for _, s := range o.spans.GetSpans() {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		said += string(text)
		for key, value := range attributesOf(s) {
			said += key + "=" + value + "\n"
		}
	}
	for _, secret := range []string{"Zaphod", alice.token, alice.token[len(alice.token)-40:], k.orgs["contoso"].secret} {
		if strings.Contains(said, secret) {
			t.Errorf("%.20q is in the telemetry", secret)
		}
	}
	if len(said) < 1000 {
		t.Errorf("nothing was observed: %q", said)
	}
}
