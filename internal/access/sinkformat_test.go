package access_test

import (
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

func TestEventsOfOCSFGoWhereTheyAreUnderstood(t *testing.T) {
	t.Parallel()
	hook := tenants.Sink{Name: "lake", Kind: tenants.WebhookSink, Checkpoints: true, Records: true, URL: "https://hooks.example/in", Format: tenants.OCSFFormat}
	var c access.Configuration
	if err := c.PutSink(hook, access.Deployment{}); err != nil || c.Sinks[0].Format != tenants.OCSFFormat {
		t.Fatalf("%+v %v", c.Sinks, err)
	}
	hook.Format = tenants.OwnFormat
	if err := c.PutSink(hook, access.Deployment{}); err != nil || c.Sinks[0].Format != "" {
		t.Errorf("%+v %v", c.Sinks, err)
	}
	for name, row := range map[string]struct {
		change func(*tenants.Sink)
		says   string
	}{
		"another format": {func(s *tenants.Sink) { s.Format = "cef" }, `"cef" is no format of records`},
		"no records":     {func(s *tenants.Sink) { s.Format, s.Records = tenants.OCSFFormat, false }, "is of records, and the sink gets none"},
		"syslog": {func(s *tenants.Sink) {
			s.Format, s.Kind, s.URL = tenants.OCSFFormat, tenants.SyslogSink, "tls://siem.example"
		}, "is not for syslog"},
		"mailbox": {func(s *tenants.Sink) {
			s.Format, s.Kind, s.URL, s.Email = tenants.OCSFFormat, tenants.MailboxSink, "", "a@contoso.example"
		}, "is not for mailbox; events"},
	} {
		s := hook
		row.change(&s)
		if err := c.PutSink(s, access.Deployment{}); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
