package sinks

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
)

// Mailer sends mail; *notify.Sender does.
type Mailer interface {
	Mail(ctx context.Context, to string, m notify.Message) error
}

// Mailbox sends checkpoints by mail, each as an attachment, because a mail's text may
// change on its way.
type Mailbox struct{ Sender Mailer }

// Bounds implements Carrier.
func (Mailbox) Bounds() (records, size int) { return 1, 1 }

// Anchor implements Carrier.
func (m Mailbox) Anchor(ctx context.Context, to For, a Anchor) error {
	return m.Sender.Mail(ctx, to.Sink.Email, notify.Message{
		ID: checkpointID(to.Sink.ID, a.Size), Organization: to.Organization.Name, Slug: to.Organization.Slug.String(), Kind: notify.Checkpoint, At: to.Now,
		Items: []notify.Item{{
			Cause: KindCheckpoint, Severity: notify.Info, Title: fmt.Sprintf("The log has %d records", a.Size), Since: a.At,
			Text: "The attached checkpoint commits to all of them, in the log " + a.Origin + ". Keep it where whoever runs Gatehouse cannot change it: " +
				"with it, gatehouse audit verify tells whether anything sealed until " + a.At.UTC().Format(time.RFC3339) + " was altered, added or removed since.",
		}},
		Second:     platformAttachment(a),
		Attachment: &notify.Attachment{Name: fmt.Sprintf("checkpoint-%d.txt", a.Size), Text: string(a.Note)},
	})
}

// Records implements Carrier.
func (Mailbox) Records(context.Context, For, Batch) error {
	return fault.New(fault.Internal, "a mailbox gets checkpoints only")
}

// checkpointID is the same for every attempt, so that mail servers know a repetition.
func checkpointID(sink tenants.GUID, size int64) tenants.GUID {
	return tenants.DerivedGUID(sink, fmt.Sprintf("checkpoint %d", size))
}

// platformAttachment is the checkpoint of the platform's own log, which makes whoever
// keeps it a witness of everybody's.
func platformAttachment(a Anchor) *notify.Attachment {
	if a.Platform == nil {
		return nil
	}
	return &notify.Attachment{Name: fmt.Sprintf("platform-%d.txt", a.PlatformSize), Text: string(a.Platform)}
}
