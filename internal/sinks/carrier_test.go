package sinks_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/protobuf/proto"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

func sender(t *testing.T) *notify.Sender {
	t.Helper()
	s, err := notify.New(notify.Options{Web: web(t, egress.AllowLoopback), Host: "gatehouse.example", Now: func() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWebhookIsSignedAndTheSameForARepetition(t *testing.T) {
	t.Parallel()
	hook := serve(t, status(http.StatusAccepted))
	secret := notify.NewSecret()
	to := one(tenants.Sink{Name: "siem", Kind: tenants.WebhookSink, URL: hook.URL + "/in"}, secret)
	c := sinks.Webhook{Sender: sender(t)}
	for range 2 {
		if err := c.Records(t.Context(), to, batch(7, 3)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Anchor(t.Context(), to, anchor()); err != nil {
		t.Fatal(err)
	}
	got := hook.requests()
	if len(got) != 3 || got[0].header.Get("Webhook-Id") != got[1].header.Get("Webhook-Id") || got[0].header.Get("Webhook-Id") == got[2].header.Get("Webhook-Id") || !bytes.Equal(got[0].body, got[1].body) {
		t.Fatalf("requests are %v", got)
	}
	for _, r := range got {
		key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		m := hmac.New(sha256.New, key)
		_, _ = fmt.Fprintf(m, "%s.%s.%s", r.header.Get("Webhook-Id"), r.header.Get("Webhook-Timestamp"), r.body)
		if want := "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil)); r.header.Get("Webhook-Signature") != want {
			t.Errorf("signature is %s, not %s", r.header.Get("Webhook-Signature"), want)
		}
	}
	said := decode(t, got[0].body)
	data := said["data"].(map[string]any)
	list := data["records"].([]any)
	first := list[0].(map[string]any)
	if said["type"] != "log.records" || data["from"] != 7.0 || data["to"] != 10.0 || len(list) != 3 || first["log_seq"] != 7.0 || first["tool"] != "payroll_run_payment" || first["actor_name"] != `Zoë 😀 "Z"` {
		t.Errorf("it said %v", said)
	}
	if said := decode(t, got[2].body); said["type"] != "log.checkpoint" || said["data"].(map[string]any)["checkpoint"] != string(anchor().Note) {
		t.Errorf("it said %v", said)
	}
}

func TestStorageOfAzure(t *testing.T) {
	t.Parallel()
	blobs := map[string]string{}
	azure := serve(t, nil)
	azure.answers(func(w http.ResponseWriter, r request) { // as Put Blob answers (Microsoft, "Put Blob")
		switch {
		case r.query != "sv=2024-11-04&sig=a%2Bb%3D":
			w.WriteHeader(http.StatusForbidden)
		case r.header.Get("x-ms-blob-type") != "BlockBlob" || r.header.Get("x-ms-version") == "" || r.method != http.MethodPut:
			w.WriteHeader(http.StatusBadRequest)
		case blobs[r.path] != "" && r.header.Get("If-None-Match") == "*":
			w.Header().Set("x-ms-error-code", "BlobAlreadyExists")
			w.WriteHeader(http.StatusConflict)
		default:
			blobs[r.path] = string(r.body)
			w.WriteHeader(http.StatusCreated)
		}
	})
	s := sinks.Storage{Web: web(t, egress.AllowLoopback)}
	to := one(tenants.Sink{Kind: tenants.StorageSink, URL: azure.URL + "/logs/contoso/"}, "?sv=2024-11-04&sig=a%2Bb%3D")
	for range 2 {
		if err := errors.Join(s.Records(t.Context(), to, batch(5, 2)), s.Anchor(t.Context(), to, anchor())); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for name, body := range blobs {
		names = append(names, name[:strings.LastIndexByte(name, '-')])
		if strings.Contains(name, "records") && (strings.Count(body, "\n") != 2 || decode(t, []byte(body[:strings.IndexByte(body, '\n')]))["log_seq"] != 5.0) {
			t.Errorf("object %s is\n%s", name, body)
		}
		if strings.Contains(name, "checkpoints") && body != string(anchor().Note) {
			t.Errorf("object %s is\n%s", name, body)
		}
	}
	slices.Sort(names)
	if want := []string{"/logs/contoso/checkpoints/000000000000042", "/logs/contoso/records/000000000000005-000000000000007"}; !slices.Equal(names, want) {
		t.Errorf("objects are %v", names)
	}
	to.Secret = "sv=2024-11-04&sig=wrong"
	err := s.Records(t.Context(), to, batch(9, 1))
	if err == nil || !strings.Contains(fault.Public(err), "credential") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a signature that is not taken: %v", err)
	}
	azure.answers(func(w http.ResponseWriter, _ request) { w.WriteHeader(http.StatusConflict) })
	if err := s.Records(t.Context(), to, batch(9, 1)); err == nil {
		t.Error("any conflict is taken for an object that is there")
	}
	azure.answers(status(http.StatusOK)) // which no object store answers to a put
	if err := s.Records(t.Context(), to, batch(9, 1)); err == nil {
		t.Error("200 is taken for an object that was created")
	}
}

func TestStorageAsS3HasIt(t *testing.T) {
	t.Parallel()
	s3 := serve(t, status(http.StatusOK))
	s := sinks.Storage{Web: web(t, egress.AllowLoopback)}
	to := one(tenants.Sink{Kind: tenants.StorageSink, URL: s3.URL + "/logs", KeyID: "AKIDEXAMPLE", Region: "eu-central-1"}, "secret")
	if err := s.Anchor(t.Context(), to, anchor()); err != nil {
		t.Fatal(err)
	}
	r := s3.requests()[0]
	if r.query != "" || !strings.HasPrefix(r.header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/eu-central-1/s3/aws4_request,") || r.header.Get("x-ms-version") != "" {
		t.Errorf("request is %v", r)
	}
	s3.answers(func(w http.ResponseWriter, _ request) {
		w.WriteHeader(http.StatusPreconditionFailed)
		_, _ = w.Write([]byte("<Error><Code>PreconditionFailed</Code></Error>"))
	})
	if err := s.Anchor(t.Context(), to, anchor()); err != nil {
		t.Errorf("what is there already: %v", err)
	}
	s3.answers(func(w http.ResponseWriter, _ request) { _, _ = w.Write([]byte(`{"error":"nothing taken"}`)) })
	if err := s.Anchor(t.Context(), to, anchor()); err == nil {
		t.Error("200 with an error is taken for an arrival")
	}
	s3.answers(func(w http.ResponseWriter, _ request) {
		w.Header().Set("ETag", `"1"`)
		_, _ = w.Write([]byte("kept"))
	})
	if err := s.Anchor(t.Context(), to, anchor()); err != nil {
		t.Errorf("what has an ETag: %v", err)
	}
	s3.answers(func(w http.ResponseWriter, _ request) {
		w.WriteHeader(http.StatusPreconditionFailed)
		_, _ = w.Write([]byte("<Error><Code>AccessDenied</Code></Error>"))
	})
	if err := s.Anchor(t.Context(), to, anchor()); err == nil {
		t.Error("any 412 is taken for an object that is there")
	}
	s3.answers(func(w http.ResponseWriter, _ request) { w.WriteHeader(http.StatusForbidden) })
	if err := s.Anchor(t.Context(), to, anchor()); err == nil {
		t.Error("a refusal is taken for an arrival")
	}
}

func TestOTLP(t *testing.T) {
	t.Parallel()
	answer := func(media string, body []byte) func(http.ResponseWriter, request) {
		return func(w http.ResponseWriter, _ request) {
			w.Header().Set("Content-Type", media)
			_, _ = w.Write(body)
		}
	}
	c := serve(t, answer("application/x-protobuf", nil))
	o := sinks.OTLP{Web: web(t, egress.AllowLoopback)}
	to := one(tenants.Sink{Kind: tenants.OTLPSink, URL: c.URL + "/v1/logs", Header: "X-Api-Key"}, "key")
	if err := errors.Join(o.Records(t.Context(), to, batch(3, 2)), o.Anchor(t.Context(), to, anchor())); err != nil {
		t.Fatal(err)
	}
	var said collector.ExportLogsServiceRequest
	r := c.requests()[0]
	if err := proto.Unmarshal(r.body, &said); err != nil || r.header.Get("X-Api-Key") != "key" || r.path != "/v1/logs" {
		t.Fatal(err, r)
	}
	list := said.GetResourceLogs()[0].GetScopeLogs()[0].GetLogRecords()
	attributes := map[string]string{}
	for _, a := range list[0].GetAttributes() {
		attributes[a.GetKey()] = fmt.Sprint(a.GetValue().GetValue())
	}
	if len(list) != 2 || list[0].GetEventName() != "gatehouse.tool_call" || list[0].GetSeverityText() != "WARN" || len(list[0].GetTraceId()) != 16 ||
		attributes["gatehouse.tool"] != "&{payroll_run_payment}" || attributes["gatehouse.log_seq"] != "&{3}" || attributes["gatehouse.duration_us"] != "&{1200}" ||
		!strings.Contains(attributes["gatehouse.roles"], "finance") {
		t.Errorf("log record is %v", list[0])
	}
	partial, err := proto.Marshal(&collector.ExportLogsServiceResponse{PartialSuccess: &collector.ExportLogsPartialSuccess{RejectedLogRecords: 1, ErrorMessage: "too\nold"}})
	if err != nil {
		t.Fatal(err)
	}
	warning, err := proto.Marshal(&collector.ExportLogsServiceResponse{PartialSuccess: &collector.ExportLogsPartialSuccess{ErrorMessage: "soon full"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, lie := range map[string]struct {
		media         string
		body          []byte
		taken, refuse bool
	}{
		"nothing":           {"application/x-protobuf", nil, true, false},
		"a warning":         {"application/x-protobuf", warning, true, false},
		"JSON":              {"application/json", []byte("{}"), true, false},
		"partial success":   {"application/x-protobuf", partial, false, true},
		"the same in JSON":  {"application/json", []byte(`{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}`), false, true},
		"a lie in JSON":     {"application/json", []byte(`{"error":"quota exceeded"}`), false, false},
		"a lie in protobuf": {"application/x-protobuf", []byte{0x7a, 1, 'x'}, false, false},
		"an error in JSON":  {"text/json", []byte(`{"error":"quota exceeded"}`), false, false},
		"a page":            {"text/html", []byte("<html>Service unavailable</html>"), false, false},
		"half of an answer": {"application/json", []byte(`{"partialSuccess":`), false, false},
	} {
		c.answers(answer(lie.media, lie.body))
		err := o.Records(t.Context(), to, batch(3, 2))
		if (err == nil) != lie.taken || err != nil && sinks.TooMuch(err) != lie.refuse {
			t.Errorf("200 with %s: %v", name, err)
		}
		if err != nil && strings.Contains(fault.Public(err), "\n") {
			t.Errorf("%q has a line break of a stranger", fault.Public(err))
		}
	}
	c.answers(status(http.StatusNoContent))
	if err := o.Records(t.Context(), to, batch(3, 2)); err == nil {
		t.Error("204 is none of OTLP's answers")
	}
	c.answers(func(w http.ResponseWriter, _ request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	if err := o.Records(t.Context(), to, batch(3, 2)); fault.RetryAfter(err) != 2*time.Minute {
		t.Errorf("it is tried again after %s", fault.RetryAfter(err))
	}
}

// tokens gives tokens out, one after the other.
type tokens struct{ asked, refused []string }

func (k *tokens) ForApp(_ context.Context, _ tenants.Organization, scope, refused string) (string, error) {
	k.asked, k.refused = append(k.asked, scope), append(k.refused, refused)
	return fmt.Sprint("token", len(k.asked)), nil
}

// TestSentinel runs against what answers as the Logs Ingestion API does (Microsoft,
// "Logs Ingestion API in Azure Monitor").
func TestSentinel(t *testing.T) {
	t.Parallel()
	const rule = "dcr-00000000000000000000000000000abc"
	good, rows := "Bearer token2", 0
	azure := serve(t, nil)
	azure.answers(func(w http.ResponseWriter, r request) {
		switch {
		case r.header.Get("Authorization") != good:
			w.WriteHeader(http.StatusUnauthorized)
		case r.path != "/dataCollectionRules/"+rule+"/streams/Custom-Gatehouse" || r.query != "api-version=2023-01-01" || r.method != http.MethodPost:
			w.WriteHeader(http.StatusNotFound)
		case len(r.body) > 1_000_000:
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		case r.header.Get("Content-Type") != "application/json":
			w.WriteHeader(http.StatusBadRequest)
		default:
			rows += bytes.Count(r.body, []byte(`"TimeGenerated":"2026-11-22T0`))
			w.WriteHeader(http.StatusNoContent)
		}
	})
	k := &tokens{}
	s := sinks.Sentinel{Web: web(t, egress.AllowLoopback), Tokens: k}
	to := one(tenants.Sink{Kind: tenants.SentinelSink, URL: azure.URL, Rule: rule, Stream: "Custom-Gatehouse"}, "")
	if err := s.Records(t.Context(), to, batch(0, 9)); err != nil { // the first token is not taken
		t.Fatal(err)
	}
	if rows != 9 || !slices.Equal(k.refused, []string{"", "token1"}) || k.asked[0] != "https://monitor.azure.com/.default" {
		t.Errorf("%d rows arrived with tokens %v instead of %v", rows, k.asked, k.refused)
	}
	good = "Bearer token3"
	if err := s.Anchor(t.Context(), to, anchor()); err != nil || rows != 10 {
		t.Fatal(err, rows)
	}
	good = "Bearer none"
	if err := s.Records(t.Context(), to, batch(0, 1)); err == nil || len(k.asked) != 5 {
		t.Errorf("a token that is never taken: %v after %d", err, len(k.asked))
	}
	long := sinks.Batch{Origin: "x", Entries: []sinks.Entry{entry(1, sinks.Member{Name: "z", Value: []byte(`"` + strings.Repeat("x", 1_000_000) + `"`)})}}
	if err := s.Records(t.Context(), to, long); !sinks.TooMuch(err) {
		t.Errorf("rows of more than a megabyte: %v", err)
	}
	for code, want := range map[int]string{
		http.StatusForbidden: "Monitoring Metrics Publisher", http.StatusNotFound: "rule or stream", http.StatusOK: "status 200", http.StatusTooManyRequests: "status 429",
	} {
		azure.answers(func(w http.ResponseWriter, _ request) {
			w.WriteHeader(code)
			_, _ = w.Write([]byte(`{"error":{"code":"Nope"}}`))
		})
		if err := s.Records(t.Context(), to, batch(0, 1)); err == nil || !strings.Contains(fault.Public(err), want) {
			t.Errorf("status %d: %v", code, err)
		}
	}
}

func TestNothingPrivateIsReached(t *testing.T) {
	t.Parallel()
	private := serve(t, status(http.StatusNoContent))
	guarded := web(t, egress.RefuseLoopback)
	poster, err := notify.New(notify.Options{Web: guarded, Host: "gatehouse.example", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	dialer, err := egress.NewPublicDialer(egress.RefuseLoopback, 6514, 443)
	if err != nil {
		t.Fatal(err)
	}
	tls := strings.Replace(private.URL, "http://", "https://", 1)
	for kind, c := range map[tenants.SinkKind]sinks.Carrier{
		tenants.WebhookSink: sinks.Webhook{Sender: poster}, tenants.StorageSink: sinks.Storage{Web: guarded}, tenants.OTLPSink: sinks.OTLP{Web: guarded},
		tenants.SentinelSink: sinks.Sentinel{Web: guarded, Tokens: &tokens{}}, tenants.SyslogSink: sinks.Syslog{Dial: dialer.Dial, Host: "gatehouse.example"},
	} {
		for _, url := range []string{tls, "https://169.254.169.254", "https://[::1]", "https://10.0.0.1"} {
			if kind == tenants.SyslogSink {
				url = strings.Replace(url, "https://", "tls://", 1)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			secret := notify.NewSecret()
			if kind == tenants.SyslogSink {
				secret = ""
			}
			err := c.Records(ctx, one(tenants.Sink{Kind: kind, URL: url}, secret), batch(0, 1))
			cancel()
			if !errors.Is(err, egress.ErrDestination) && !strings.Contains(fmt.Sprint(err), "url") {
				t.Errorf("%s reaches %s: %v", kind, url, err)
			}
		}
	}
	if n := len(private.requests()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, status(http.StatusNoContent))
	s := serve(t, func(w http.ResponseWriter, _ request) {
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	c := web(t, egress.AllowLoopback)
	for kind, carrier := range map[tenants.SinkKind]sinks.Carrier{
		tenants.WebhookSink: sinks.Webhook{Sender: sender(t)}, tenants.StorageSink: sinks.Storage{Web: c}, tenants.OTLPSink: sinks.OTLP{Web: c}, tenants.SentinelSink: sinks.Sentinel{Web: c, Tokens: &tokens{}},
	} {
		if err := carrier.Records(t.Context(), one(tenants.Sink{Kind: kind, URL: s.URL}, notify.NewSecret()), batch(0, 1)); err == nil {
			t.Errorf("%s takes a redirect for an arrival", kind)
		}
	}
	if n := len(elsewhere.requests()); n != 0 {
		t.Errorf("%d requests were led elsewhere", n)
	}
}
