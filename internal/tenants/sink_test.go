package tenants_test

import (
	"testing"

	"gatehouse/internal/tenants"
)

func TestWhateverCanLeadASinkToSomebodyElseIsOfItsReceiver(t *testing.T) {
	t.Parallel()
	of := tenants.Sink{Kind: tenants.StorageSink, URL: "https://store.example/logs"}
	for name, change := range map[string]func(*tenants.Sink){
		"kind":   func(s *tenants.Sink) { s.Kind = tenants.WebhookSink },
		"email":  func(s *tenants.Sink) { s.Email = "a@b.example" },
		"url":    func(s *tenants.Sink) { s.URL += "/x" },
		"key":    func(s *tenants.Sink) { s.KeyID = "x" },
		"region": func(s *tenants.Sink) { s.Region = "x" },
		"rule":   func(s *tenants.Sink) { s.Rule = "x" },
		"stream": func(s *tenants.Sink) { s.Stream = "x" },
		"header": func(s *tenants.Sink) { s.Header = "x" },
	} {
		other := of
		if change(&other); other.Receiver() == of.Receiver() {
			t.Errorf("%s leads nowhere else", name)
		}
	}
	for kind, want := range map[tenants.SinkKind]bool{tenants.OTLPSink: true, tenants.SyslogSink: true, tenants.StorageSink: false, tenants.WebhookSink: false, tenants.SentinelSink: false} {
		if got := (tenants.Sink{Kind: kind, Records: true}).SecretSaysWhose(); got != want {
			t.Errorf("%s: %t", kind, got)
		}
		if (tenants.Sink{Kind: kind, Checkpoints: true}).SecretSaysWhose() {
			t.Errorf("%s: checkpoints are everybody's", kind)
		}
	}
}
