package onboarding

import (
	"fmt"
	"strings"
	"time"
)

// checkpointsRule is done by an answer, and "not now" is one, which stays in sight.
func checkpointsRule(f Facts, _ time.Time) verdict {
	switch {
	case f.Sinks == 1:
		return verdict{done: true, explanation: "The log's checkpoints go to one place of yours."}
	case f.Sinks > 1:
		return verdict{done: true, explanation: fmt.Sprintf("The log's checkpoints go to %d places of yours.", f.Sinks)}
	case f.Organization != nil && !f.Organization.CheckpointsPutOff.IsZero():
		return verdict{done: true, explanation: "Not now, somebody said on " + f.Organization.CheckpointsPutOff.UTC().Format(time.DateOnly) +
			". Until the log's checkpoints go to a place of yours, whoever runs Gatehouse could rewrite the log, and nobody would see it."}
	}
	return verdict{
		explanation: "Every hour a checkpoint commits to all that the log says. In a place that whoever runs Gatehouse does not control, it is what proves that nothing was rewritten: a mailbox is enough.",
		remedy:      "Add a sink that gets checkpoints, or say that you do not want one now.", action: SinkAction,
	}
}

// Checkpoints is what is known of where checkpoints go.
type Checkpoints struct {
	Size     int64     // records that are sealed
	SealedAt time.Time // when the last of them was
	Sinks    []CheckpointSink
}

// CheckpointSink is a place to which they go.
type CheckpointSink struct {
	Name         string
	Size         int64     // of the last that arrived; 0: none has
	ArrivedAt    time.Time // when that was
	FailingSince time.Time // zero: it works
	Trouble      string    // what went wrong last
}

// late is how long a checkpoint may be on its way: the longest pause that a sink may
// ask for is a day.
const late = 26 * time.Hour

// failing is how long a sink may fail before the doctor speaks of it.
const failing = time.Hour

// checkpointChecks look at whether the log's checkpoints leave the operator's hands.
func checkpointChecks() []check {
	known := func(x *exam) bool { return x.Checkpoints != nil }
	return []check{
		{
			id: "checkpoints.nowhere", title: "The log's checkpoints go to nobody", asks: "Whether the log's checkpoints go anywhere", concerns: known,
			look: at(func(x *exam) []Finding {
				if len(x.Checkpoints.Sinks) > 0 {
					return nil
				}
				f := x.sinkFinding("No sink gets checkpoints. Without one that left their hands, whoever runs Gatehouse could rewrite the log, and nobody would see it.")
				if off := x.Organization.CheckpointsPutOff; !off.IsZero() {
					f.Detail += " Somebody said \"not now\" on " + off.UTC().Format(time.DateOnly) + "."
				}
				return one(f)
			}),
		},
		{
			id: "checkpoints.late", title: "The log's checkpoints have not arrived for long", asks: "Whether the log's checkpoints arrive", concerns: known,
			look: at(func(x *exam) []Finding {
				for _, s := range x.Checkpoints.Sinks {
					if why := s.overdue(*x.Checkpoints, x.now); why != "" {
						return one(x.sinkFinding(why))
					}
				}
				return nil
			}),
		},
	}
}

// overdue says why a sink lacks a checkpoint that it should have; empty: it does not.
func (s CheckpointSink) overdue(c Checkpoints, now time.Time) string {
	if s.Size >= c.Size {
		return ""
	}
	last := "None has ever arrived."
	if !s.ArrivedAt.IsZero() {
		last = fmt.Sprintf("The last one that arrived is of %s and has %d records; the log has %d.", s.ArrivedAt.UTC().Format(time.RFC3339), s.Size, c.Size)
	}
	switch {
	case !s.FailingSince.IsZero() && now.Sub(s.FailingSince) > failing:
		return fmt.Sprintf("The sink %s fails since %s: %s. %s", s.Name, s.FailingSince.UTC().Format(time.RFC3339), s.Trouble, last)
	case now.Sub(c.SealedAt) > late:
		return fmt.Sprintf("The sink %s lacks a checkpoint that is older than a day, so no worker seems to bring any. %s", s.Name, last)
	}
	return ""
}

// sinkFinding has no command: sinks are a setting of Gatehouse.
func (x *exam) sinkFinding(detail string) Finding {
	f := Finding{Severity: Warning, Detail: detail, Setting: "Gatehouse: Audit > Evidence and retention, or sinks in org.yaml"}
	slug := x.Organization.Slug.String()
	if base, ok := strings.CutSuffix(x.Endpoint, "/t/"+slug+"/mcp"); ok {
		f.Link = base + "/o/" + slug + "/audit/evidence"
	}
	return f
}
