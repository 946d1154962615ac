package sinks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/text"
)

// OTLP sends log records of OpenTelemetry in protobuf (OTLP 1.x, "OTLP/HTTP"). It has
// taken them if it answers 200 with a body that says so: one that tells of a partial
// success, or that is no such body, has not.
type OTLP struct{ Web Web }

// Bounds implements Carrier.
func (OTLP) Bounds() (records, size int) { return 1_000, 2 << 20 }

// Anchor implements Carrier.
func (o OTLP) Anchor(ctx context.Context, to For, a Anchor) error {
	return o.send(ctx, to, []*logs.LogRecord{{
		TimeUnixNano: nanoseconds(a.At), ObservedTimeUnixNano: nanoseconds(to.Now), SeverityNumber: logs.SeverityNumber_SEVERITY_NUMBER_INFO, SeverityText: "INFO",
		EventName: eventPrefix + KindCheckpoint, Body: textValue(string(a.Note)), Attributes: attributes(a.entry()),
	}})
}

// Records implements Carrier.
func (o OTLP) Records(ctx context.Context, to For, b Batch) error {
	list := make([]*logs.LogRecord, len(b.Entries))
	for i, e := range b.Entries {
		kind := e.text("kind")
		severity := otlpSeverity(e)
		list[i] = &logs.LogRecord{
			TimeUnixNano: nanoseconds(e.at()), ObservedTimeUnixNano: nanoseconds(to.Now), SeverityNumber: severity, SeverityText: severityTexts[severity],
			EventName: eventPrefix + kind, Body: textValue(kind), Attributes: attributes(e.Fields), TraceId: traceID(e),
		}
		if e.Event != nil { // which says all that the attributes would
			list[i].Body, list[i].Attributes = textValue(string(e.Event)), nil
		}
		list[i].Attributes = append(list[i].Attributes,
			&common.KeyValue{Key: attributePrefix + memberOrigin, Value: textValue(b.Origin)},
			&common.KeyValue{Key: attributePrefix + memberSeq, Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: e.Seq}}},
			&common.KeyValue{Key: attributePrefix + memberLeaf, Value: textValue(e.Leaf.String())})
	}
	return o.send(ctx, to, list)
}

// What names of ours begin with.
const (
	eventPrefix     = "gatehouse."
	attributePrefix = "gatehouse."
)

var severityTexts = map[logs.SeverityNumber]string{
	logs.SeverityNumber_SEVERITY_NUMBER_INFO: "INFO", logs.SeverityNumber_SEVERITY_NUMBER_WARN: "WARN", logs.SeverityNumber_SEVERITY_NUMBER_ERROR: "ERROR",
}

func otlpSeverity(e Entry) logs.SeverityNumber {
	switch syslogSeverity(e) {
	case severityError:
		return logs.SeverityNumber_SEVERITY_NUMBER_ERROR
	case severityWarning:
		return logs.SeverityNumber_SEVERITY_NUMBER_WARN
	}
	return logs.SeverityNumber_SEVERITY_NUMBER_INFO
}

func nanoseconds(t time.Time) uint64 { return uint64(max(t.UnixNano(), 0)) }

func (o OTLP) send(ctx context.Context, to For, list []*logs.LogRecord) error {
	body, err := proto.Marshal(&collector.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{
		Resource: &resource.Resource{Attributes: []*common.KeyValue{
			{Key: "service.name", Value: textValue("gatehouse")},
			{Key: "gatehouse.organization", Value: textValue(to.Organization.Slug.String())},
		}},
		ScopeLogs: []*logs.ScopeLogs{{Scope: &common.InstrumentationScope{Name: "gatehouse/audit"}, LogRecords: list}},
	}}})
	if err != nil {
		return fmt.Errorf("encode log records: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Sink.URL, bytes.NewReader(body))
	if err != nil {
		return fault.New(fault.Invalid, "url is no URL that logs can be sent to")
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("User-Agent", userAgent)
	if to.Sink.Header != "" {
		req.Header.Set(to.Sink.Header, to.Secret)
	}
	resp, err := o.Web.Do(ctx, req)
	if err != nil {
		return err
	}
	if resp.Status != http.StatusOK {
		return answered(req.URL.Host, resp, to.Now)
	}
	return taken(req.URL.Host, resp)
}

// maxTold bounds what of a sink's words is repeated.
const maxTold = 200

// taken reads what is answered with 200. Records that were rejected are sent again,
// although OTLP would have them dropped: here nothing is passed over.
func taken(host string, resp *egress.Response) error {
	var said collector.ExportLogsServiceResponse
	var err error
	switch media := resp.Header.Get("Content-Type"); {
	case len(resp.Body) == 0:
	case strings.HasPrefix(media, "application/json"):
		err = protojson.Unmarshal(resp.Body, &said) // which takes no member that is none of OTLP's, such as error
	default:
		err = proto.Unmarshal(resp.Body, &said)
	}
	if err != nil || len(said.ProtoReflect().GetUnknown()) > 0 {
		return fault.Wrap(fault.Upstream, host+" answered with status 200 and something that is no answer of OTLP, so nobody knows whether it has taken anything", err)
	}
	if n := said.GetPartialSuccess().GetRejectedLogRecords(); n != 0 {
		return refused(fault.Newf(fault.Upstream, "%s rejected %d log records: %s", host, n, text.Cut(text.Line(text.Storable(said.GetPartialSuccess().GetErrorMessage())), maxTold)))
	}
	return nil
}

func textValue(s string) *common.AnyValue {
	return &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: s}}
}

// attributes are the fields of a record, each with the type that its JSON has.
func attributes(fields []Member) []*common.KeyValue {
	out := make([]*common.KeyValue, 0, len(fields)+3)
	for _, f := range fields {
		out = append(out, &common.KeyValue{Key: attributePrefix + f.Name, Value: anyValue(f.Value)})
	}
	return out
}

// anyValue is a value in JSON; numbers of records are integers.
func anyValue(value []byte) *common.AnyValue {
	var s string
	var list []string
	var yes bool
	switch n, err := strconv.ParseInt(string(value), 10, 64); {
	case err == nil:
		return &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: n}}
	case json.Unmarshal(value, &s) == nil:
		return textValue(s)
	case json.Unmarshal(value, &yes) == nil:
		return &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: yes}}
	case json.Unmarshal(value, &list) == nil:
		array := &common.ArrayValue{}
		for _, item := range list {
			array.Values = append(array.Values, textValue(item))
		}
		return &common.AnyValue{Value: &common.AnyValue_ArrayValue{ArrayValue: array}}
	}
	return textValue(string(value))
}

// traceID is that of the record, if it is one of W3C Trace Context.
func traceID(e Entry) []byte {
	id := e.text("trace_id")
	if len(id) != 32 {
		return nil
	}
	out := make([]byte, 16)
	for i := range out {
		n, err := strconv.ParseUint(id[2*i:2*i+2], 16, 8)
		if err != nil {
			return nil
		}
		out[i] = byte(n)
	}
	return out
}
