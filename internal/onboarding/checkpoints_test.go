package onboarding_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/onboarding"
)

func TestTheDoctorWarnsOfCheckpointsThatDoNotLeave(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	now := r.check(r.subject()).At
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	archive := onboarding.CheckpointSink{Name: "archive", Size: 5, ArrivedAt: ago(30 * time.Hour)}
	failing, broken, idle := archive, archive, archive
	failing.FailingSince, failing.Trouble = ago(2*time.Hour), "away.example could not be reached"
	broken.FailingSince = ago(10 * time.Minute)
	idle.Size = 9
	for name, c := range map[string]struct {
		is    *onboarding.Checkpoints
		off   time.Time
		found string
		says  string
	}{
		"not looked at":       {nil, time.Time{}, "", ""},
		"arrived":             {&onboarding.Checkpoints{Size: 9, SealedAt: ago(40 * time.Hour), Sinks: []onboarding.CheckpointSink{idle}}, time.Time{}, "", ""},
		"on its way":          {&onboarding.Checkpoints{Size: 9, SealedAt: ago(time.Hour), Sinks: []onboarding.CheckpointSink{archive}}, time.Time{}, "", ""},
		"fails since minutes": {&onboarding.Checkpoints{Size: 9, SealedAt: ago(time.Hour), Sinks: []onboarding.CheckpointSink{broken}}, time.Time{}, "", ""},
		"to nobody":           {&onboarding.Checkpoints{Size: 9, SealedAt: now}, time.Time{}, "checkpoints.nowhere", "No sink gets checkpoints"},
		"not now":             {&onboarding.Checkpoints{Size: 9, SealedAt: now}, ago(0), "checkpoints.nowhere", `Somebody said "not now" on `},
		"fails":               {&onboarding.Checkpoints{Size: 9, SealedAt: now, Sinks: []onboarding.CheckpointSink{idle, failing}}, time.Time{}, "checkpoints.late", "The sink archive fails since"},
		"no worker":           {&onboarding.Checkpoints{Size: 9, SealedAt: ago(27 * time.Hour), Sinks: []onboarding.CheckpointSink{{Name: "new"}}}, time.Time{}, "checkpoints.late", "None has ever arrived."},
	} {
		s := r.subject()
		s.Checkpoints, s.Organization.CheckpointsPutOff = c.is, c.off
		report := r.check(s)
		if c.found == "" {
			if len(report.Findings) > 0 {
				t.Errorf("%s: %+v", name, report.Findings)
			}
			continue
		}
		if len(report.Findings) != 1 || report.Findings[0].ID != c.found || report.Findings[0].Severity != onboarding.Warning || !report.Healthy() || !strings.Contains(report.Text(), c.says) {
			t.Errorf("%s: %s", name, report.Text())
		}
		if got := report.Findings[0].Link; got != "https://gatehouse.example/o/contoso/audit/evidence" {
			t.Errorf("%s: the setting is at %s", name, got)
		}
	}
}

func TestNotNowIsVisibleInOnboarding(t *testing.T) {
	t.Parallel()
	f := complete()
	f.Sinks, f.Organization.CheckpointsPutOff = 0, noon
	for _, s := range onboarding.Steps(f, noon) {
		if s.State != onboarding.Done || s.ID == onboarding.CheckpointsStep && !strings.Contains(s.Explanation, "Not now, somebody said on ") {
			t.Errorf("%+v", s)
		}
	}
	f.Sinks = 2
	for _, s := range onboarding.Steps(f, noon) {
		if s.ID == onboarding.CheckpointsStep && !strings.Contains(s.Explanation, "go to 2 places") {
			t.Errorf("%+v", s)
		}
	}
}
