package config_test

import (
	"strings"
	"testing"

	"gatehouse/internal/config"
)

// sinking is a worker whose platform log goes to storage.
func sinking(change map[string]string) map[string]string {
	return with(with(working(), map[string]string{
		"GATEHOUSE_PLATFORM_SINK_URL": "https://s3.example/bucket/checkpoints", "GATEHOUSE_PLATFORM_SINK_KIND": "storage",
		"GATEHOUSE_PLATFORM_SINK_SECRET": password, "GATEHOUSE_PLATFORM_SINK_KEY_ID": "AKIA", "GATEHOUSE_PLATFORM_SINK_REGION": "eu-central-1",
	}), change)
}

func TestPlatformSinkIsRead(t *testing.T) {
	t.Parallel()
	c, err := source(sinking(nil), nil).Worker()
	if err != nil {
		t.Fatal(err)
	}
	if !c.HasPlatformSink() || c.PlatformSinkKind != config.PlatformStorage || c.PlatformSinkURL.Host != "s3.example" || c.PlatformSinkKeyID != "AKIA" || c.PlatformSinkRegion != "eu-central-1" {
		t.Errorf("%+v", c.PlatformSink)
	}
	c, err = source(working(), nil).Worker()
	if err != nil || c.HasPlatformSink() {
		t.Errorf("a sink that nobody named: %+v, %v", c.PlatformSink, err)
	}
	webhook := map[string]string{"GATEHOUSE_PLATFORM_SINK_KIND": "", "GATEHOUSE_PLATFORM_SINK_KEY_ID": "", "GATEHOUSE_PLATFORM_SINK_REGION": ""}
	if c, err = source(sinking(webhook), nil).Worker(); err != nil || c.PlatformSinkKind != config.PlatformWebhook {
		t.Errorf("%+v, %v", c.PlatformSink, err)
	}
	local := working()
	for name, value := range map[string]string{
		"GATEHOUSE_ENVIRONMENT": "development", "GATEHOUSE_BASE_URL": "http://localhost:8080", "GATEHOUSE_WORKER_LISTEN": "localhost:8081",
		"GATEHOUSE_PLATFORM_SINK_URL": "http://localhost:9000/checkpoints", "GATEHOUSE_PLATFORM_SINK_SECRET": password,
	} {
		local[name] = value
	}
	for _, problem := range workerComplaints(t, local) {
		if strings.Contains(problem, "PLATFORM_SINK") {
			t.Errorf("a developer's own machine: %s", problem)
		}
	}
}

func TestPlatformSinkRefuses(t *testing.T) {
	t.Parallel()
	const bare, apart, alone = "must be an https URL without user and parameters", "go together, and with storage as S3 has it", "GATEHOUSE_PLATFORM_SINK_URL"
	none := map[string]string{"GATEHOUSE_PLATFORM_SINK_URL": "", "GATEHOUSE_PLATFORM_SINK_KIND": "", "GATEHOUSE_PLATFORM_SINK_SECRET": "", "GATEHOUSE_PLATFORM_SINK_KEY_ID": "", "GATEHOUSE_PLATFORM_SINK_REGION": ""}
	for name, row := range map[string]struct {
		change map[string]string
		word   string
	}{
		"in clear":                {map[string]string{"GATEHOUSE_PLATFORM_SINK_URL": "http://s3.example/bucket"}, bare},
		"in clear on the machine": {map[string]string{"GATEHOUSE_PLATFORM_SINK_URL": "http://localhost:9000/bucket"}, bare},
		"no host":                 {map[string]string{"GATEHOUSE_PLATFORM_SINK_URL": "https:///bucket"}, bare},
		"a user in it":            {map[string]string{"GATEHOUSE_PLATFORM_SINK_URL": "https://me:word@s3.example/bucket"}, bare},
		"a signature in it":       {map[string]string{"GATEHOUSE_PLATFORM_SINK_URL": "https://s3.example/bucket?sig=x"}, bare},
		"a fragment":              {map[string]string{"GATEHOUSE_PLATFORM_SINK_URL": "https://s3.example/bucket#x"}, bare},
		"another kind":            {map[string]string{"GATEHOUSE_PLATFORM_SINK_KIND": "queue"}, "webhook"},
		"no secret":               {map[string]string{"GATEHOUSE_PLATFORM_SINK_SECRET": ""}, "GATEHOUSE_PLATFORM_SINK_SECRET"},
		"no region":               {map[string]string{"GATEHOUSE_PLATFORM_SINK_REGION": ""}, apart},
		"no key id":               {map[string]string{"GATEHOUSE_PLATFORM_SINK_KEY_ID": ""}, apart},
		"a key id of a webhook":   {map[string]string{"GATEHOUSE_PLATFORM_SINK_KIND": "webhook"}, apart},
		"a secret for nothing":    {with(none, map[string]string{"GATEHOUSE_PLATFORM_SINK_SECRET": password}), alone},
		"a key id for nothing":    {with(none, map[string]string{"GATEHOUSE_PLATFORM_SINK_KEY_ID": "AKIA"}), alone},
		"a region for nothing":    {with(none, map[string]string{"GATEHOUSE_PLATFORM_SINK_REGION": "eu-central-1"}), alone},
	} {
		problems := workerComplaints(t, sinking(row.change))
		if len(problems) != 1 || !strings.Contains(problems[0], row.word) || strings.Contains(problems[0], password) {
			t.Errorf("%s: %q, want one that says %q", name, problems, row.word)
		}
	}
}
