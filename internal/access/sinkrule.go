package access

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// sink adds what is wrong with a sink by itself.
func (c *complaints) sink(at Place, s tenants.Sink, d Deployment) {
	if !sourceName.MatchString(s.Name) {
		c.add(at.Field("name"), fmt.Sprintf("%.60q must have 1 to %d lowercase letters, digits and inner hyphens", s.Name, MaxSinkName))
	}
	if !slices.Contains(tenants.SinkKinds(), s.Kind) {
		c.add(at.Field("kind"), fmt.Sprintf("%.40q is no kind of sink; use webhook, mailbox, storage, otlp, sentinel or syslog", s.Kind))
		return
	}
	switch {
	case !s.Checkpoints && !s.Records:
		c.add(at.Field("checkpoints"), "is false, and so is records, so nothing would ever be sent; set one of them, or remove the sink")
	case s.Records && s.Kind == tenants.MailboxSink:
		c.add(at.Field("records"), "is not for a mailbox, which gets checkpoints only")
	}
	switch {
	case s.Format != "" && s.Format != tenants.OCSFFormat:
		c.add(at.Field("format"), fmt.Sprintf("%.40q is no format of records; use gatehouse or ocsf", s.Format))
	case s.Format == tenants.OCSFFormat && !s.Kind.TakesOCSF():
		c.add(at.Field("format"), fmt.Sprintf("is not for %s; events of OCSF go to webhook, storage, otlp and sentinel", s.Kind))
	case s.Format == tenants.OCSFFormat && !s.Records:
		c.add(at.Field("format"), "is of records, and the sink gets none; set records, or leave the format out")
	}
	if s.Every < ShortestSinkEvery || s.Every > LongestSinkEvery {
		c.add(at.Field("every"), fmt.Sprintf("is %s and must be between %s and %s", s.Every, ShortestSinkEvery, LongestSinkEvery))
	}
	c.sinkAddress(at, s, d)
	c.sinkFields(at, s)
}

// sinkAddress adds what is wrong with where a sink is.
func (c *complaints) sinkAddress(at Place, s tenants.Sink, d Deployment) {
	place := at.Field("url")
	if s.Kind == tenants.MailboxSink {
		c.check(at.Field("email"), notify.CheckAddress(s.Email))
		if s.URL != "" {
			c.add(place, "is not for mailbox; leave it out")
		}
		return
	}
	if s.Email != "" {
		c.add(at.Field("email"), fmt.Sprintf("is not for %s; leave it out", s.Kind))
	}
	switch s.Kind {
	case tenants.WebhookSink:
		c.check(place, cmp.Or(notify.CheckWebhook(s.URL), checkWebhookURL(s.URL, d.Loopback)))
	case tenants.SyslogSink:
		c.check(place, checkSyslogURL(s.URL, d.Loopback))
	case tenants.StorageSink:
		c.check(place, cmp.Or(checkWebhookURL(s.URL, d.Loopback), withoutQuery(s.URL)))
	case tenants.SentinelSink:
		c.check(place, cmp.Or(checkWebhookURL(s.URL, d.Loopback), checkIngestionURL(s.URL, d.Loopback)))
	case tenants.OTLPSink:
		c.check(place, checkSourceURL(s.URL, d.Loopback))
	case tenants.MailboxSink:
	}
}

// dataRule and dataStream are what Azure calls a data collection rule and a stream of
// it (Microsoft, "Logs Ingestion API in Azure Monitor").
var (
	dataRule   = regexp.MustCompile(`^dcr-[0-9a-f]{32}$`)
	dataStream = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,99}$`)
)

// sinkFields adds what is wrong with what only some kinds have.
func (c *complaints) sinkFields(at Place, s tenants.Sink) {
	c.only(at.Field("keyId"), s.KeyID, s.Kind, tenants.StorageSink)
	c.only(at.Field("region"), s.Region, s.Kind, tenants.StorageSink)
	c.only(at.Field("rule"), s.Rule, s.Kind, tenants.SentinelSink)
	c.only(at.Field("stream"), s.Stream, s.Kind, tenants.SentinelSink)
	c.only(at.Field("header"), s.Header, s.Kind, tenants.OTLPSink)
	if s.Kind == tenants.StorageSink && (s.KeyID == "") != (s.Region == "") {
		c.add(at.Field("region"), "and keyId go together: S3 has both, Azure Blob Storage neither")
	}
	for name, value := range map[string]string{"keyId": s.KeyID, "region": s.Region} {
		if value != "" && (!visible(value, MaxSinkKey) || strings.Contains(value, "/")) {
			c.add(at.Field(name), fmt.Sprintf("must have at most %d visible characters, and no slash", MaxSinkKey))
		}
	}
	if s.Kind == tenants.SentinelSink && !dataRule.MatchString(s.Rule) {
		c.add(at.Field("rule"), fmt.Sprintf("%.60q is no immutable id of a data collection rule; it is dcr- and 32 hexadecimal digits, in the JSON view of the rule", s.Rule))
	}
	if s.Kind == tenants.SentinelSink && !dataStream.MatchString(s.Stream) {
		c.add(at.Field("stream"), fmt.Sprintf("%.60q is no stream of a data collection rule; use one such as Custom-Gatehouse", s.Stream))
	}
	if s.Kind == tenants.OTLPSink && s.Header != "" {
		c.check(at.Field("header"), tools.CheckCredentialHeader(s.Header))
	}
}

// only complains of a field that is another kind's.
func (c *complaints) only(at Place, value string, kind, of tenants.SinkKind) {
	if value != "" && kind != of {
		c.add(at, fmt.Sprintf("is not for %s; leave it out", kind))
	}
}

func withoutQuery(text string) error {
	if strings.Contains(text, "?") {
		return fault.New(fault.Invalid, "has parameters; a shared access signature is a secret, so give it as one, and here the URL up to the question mark")
	}
	return nil
}

// ingestion are the domains at which Azure Monitor takes logs. The app's token goes
// to them, and to nobody else.
var ingestion = []string{".ingest.monitor.azure.com", ".ingest.monitor.azure.us", ".ingest.monitor.azure.cn"}

func checkIngestionURL(text string, loopback Loopback) error {
	u, err := url.Parse(text)
	if err != nil {
		return fault.New(fault.Invalid, "is no URL")
	}
	host := strings.ToLower(u.Hostname())
	known := slices.ContainsFunc(ingestion, func(domain string) bool { return strings.HasSuffix(host, domain) })
	if !known && (loopback != AllowLoopback || !isLoopback(host)) {
		return fault.New(fault.Invalid, "is no endpoint of the Logs Ingestion API; it is in the data collection rule or endpoint, and ends with .ingest.monitor.azure.com")
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return fault.New(fault.Invalid, "has a path; give the endpoint alone, rule and stream by themselves")
	}
	return nil
}

// syslogPort is that of syslog over TLS (RFC 5425 §4.1).
const syslogPort = 6514

func checkSyslogURL(text string, loopback Loopback) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "tls" || u.Hostname() == "" || u.User != nil || u.Path != "" || strings.ContainsAny(text, "?#") || len(text) > MaxSinkURL:
		return fault.New(fault.Invalid, "is no receiver of syslog over TLS; use a URL such as tls://siem.example.com:6514")
	case isPrivate(u.Hostname()) && (loopback != AllowLoopback || !isLoopback(u.Hostname())):
		return fault.New(fault.Invalid, "is a private address, and those cannot be reached; use the public name of the server")
	case u.Port() != "" && u.Port() != strconv.Itoa(syslogPort) && !reachablePort(u, loopback):
		return fault.Newf(fault.Invalid, "names port %s, and receivers are reached on port %d or 443 only", u.Port(), syslogPort)
	}
	return nil
}

// sinks checks all of them.
func (c *complaints) sinks(of Configuration, d Deployment) {
	names, ids := map[string]bool{}, map[tenants.GUID]bool{}
	for i, s := range of.Sinks {
		at := Place("sinks").At(i)
		c.sink(at, s, d)
		if names[s.Name] {
			c.add(at.Field("name"), fmt.Sprintf("%q is there twice; remove one", s.Name))
		}
		if s.ID.IsZero() || ids[s.ID] {
			c.add(at.Field("id"), "is missing or another sink's; give each sink an id of its own")
		}
		names[s.Name], ids[s.ID] = true, true
	}
}
