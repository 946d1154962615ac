package sinks

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
)

// PlatformWebhook sends the checkpoints of the platform's own log to a webhook of the
// operator's, signed as those of organizations are.
type PlatformWebhook struct {
	Sender Poster
	URL    string
	Secret func() (string, error)
	Now    func() time.Time
}

// Platform sends a checkpoint. Of the same one the id is the same.
func (w PlatformWebhook) Platform(ctx context.Context, c proof.Checkpoint, note []byte) error {
	secret, err := w.Secret()
	if err != nil {
		return err
	}
	data := object([]Member{{"checkpoint", quoted(string(note))}, {"origin", quoted(c.Origin)}, {"size", strconv.AppendInt(nil, c.Size, 10)}})
	body := object([]Member{{"type", quoted("platform.checkpoint")}, {"timestamp", quoted(w.Now().UTC().Format(time.RFC3339))}, {"data", data}})
	return w.Sender.Deliver(ctx, notify.Webhook{URL: w.URL, Shape: notify.Plain, Secret: secret}, fmt.Sprintf("platform-checkpoint-%d", c.Size), body)
}

// PlatformStorage puts them into a container or a bucket of the operator's.
type PlatformStorage struct {
	Storage
	Sink   tenants.Sink // its place
	Secret func() (string, error)
	Now    func() time.Time
}

// Platform puts a checkpoint, as an object that is never written over.
func (s PlatformStorage) Platform(ctx context.Context, c proof.Checkpoint, note []byte) error {
	secret, err := s.Secret()
	if err != nil {
		return err
	}
	return s.putPlatform(ctx, For{Sink: s.Sink, Secret: secret, Now: s.Now()}, c.Size, note)
}

func (s Storage) putPlatform(ctx context.Context, to For, size int64, note []byte) error {
	return s.put(ctx, to, blob{fmt.Sprintf("platform/%015d", size), ".txt", "text/plain; charset=utf-8", note})
}
