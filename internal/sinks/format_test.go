package sinks_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/egress"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

func TestASinkThatWantsEventsGetsEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.organization("contoso")
	s := serve(t, status(200))
	s.answers(status(201))
	own := tenants.Sink{Name: "own", Kind: tenants.StorageSink, Records: true, URL: s.URL, Format: tenants.OwnFormat}
	ocsf := own
	ocsf.Name, ocsf.Format = "ocsf", tenants.OCSFFormat
	for _, sink := range []tenants.Sink{own, ocsf} {
		id := w.add(org, sink)
		w.tasks[id].Ciphertext, w.secret[id] = []byte("encrypted"), "sig=a"
	}
	w.seal(org, 3)
	w.settle(w.shipper(map[tenants.SinkKind]sinks.Carrier{tenants.StorageSink: sinks.Storage{Web: web(t, egress.AllowLoopback)}}))
	events, records := 0, 0
	for _, r := range s.requests() {
		for line := range strings.Lines(string(r.body)) {
			var got map[string]any
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			switch {
			case got["event"] != nil && got["of"] == origin(org) && got["log_seq"] == nil:
				events++
			case got["log_seq"] != nil && got["event"] == nil:
				records++
			}
		}
	}
	if events != 3 || records != 3 {
		t.Errorf("%d events, %d records", events, records)
	}
}

func TestThePlatformsCheckpointComesAlong(t *testing.T) {
	t.Parallel()
	s := serve(t, status(201))
	a := anchor()
	a.Platform, a.PlatformSize = []byte("the platform's\n"), 41
	storage := sinks.Storage{Web: web(t, egress.AllowLoopback)}
	if err := storage.Anchor(t.Context(), one(tenants.Sink{Kind: tenants.StorageSink, URL: s.URL + "/log"}, "sig=a"), a); err != nil {
		t.Fatal(err)
	}
	got := s.requests()
	if len(got) != 2 || string(got[0].body) != "the platform's\n" || !strings.Contains(got[0].path, "/log/platform/000000000000041-") || !strings.Contains(got[1].path, "/log/checkpoints/") {
		t.Errorf("%+v", got)
	}
	hook := serve(t, status(204))
	to := one(tenants.Sink{Kind: tenants.WebhookSink, URL: hook.URL}, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err := (sinks.Webhook{Sender: sender(t)}).Anchor(t.Context(), to, a); err != nil {
		t.Fatal(err)
	}
	data, _ := decode(t, hook.requests()[0].body)["data"].(map[string]any)
	if data["platformCheckpoint"] != "the platform's\n" {
		t.Errorf("%v", data)
	}
}

func TestTheOperatorsSinks(t *testing.T) {
	t.Parallel()
	s := serve(t, status(201))
	secret := func() (string, error) { return "sig=a", nil }
	place := tenants.Sink{Kind: tenants.StorageSink, URL: s.URL + "/log"}
	storage := sinks.PlatformStorage{Storage: sinks.Storage{Web: web(t, egress.AllowLoopback)}, Sink: place, Secret: secret, Now: time.Now}
	c := proof.Checkpoint{Origin: "gatehouse.example/platform/log", Size: 41}
	if err := storage.Platform(t.Context(), c, []byte("note\n")); err != nil {
		t.Fatal(err)
	}
	if got := s.requests(); len(got) != 1 || !strings.Contains(got[0].path, "/log/platform/000000000000041-") || got[0].query != "sig=a" {
		t.Errorf("%+v", got)
	}
	s.answers(status(403))
	if err := storage.Platform(t.Context(), c, []byte("note\n")); err == nil {
		t.Error("a refusal is taken for an arrival")
	}
	hook := serve(t, status(204))
	w := sinks.PlatformWebhook{Sender: sender(t), URL: hook.URL, Secret: func() (string, error) { return "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", nil }, Now: time.Now}
	if err := w.Platform(t.Context(), c, []byte("note\n")); err != nil {
		t.Fatal(err)
	}
	if got := decode(t, hook.requests()[0].body); got["type"] != "platform.checkpoint" {
		t.Errorf("%v", got)
	}
	hook.answers(status(500))
	if err := w.Platform(t.Context(), c, []byte("note\n")); err == nil {
		t.Error("a refusal is taken for an arrival")
	}
}
