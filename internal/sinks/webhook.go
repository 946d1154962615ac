package sinks

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
)

// Poster sends signed requests; *notify.Sender does.
type Poster interface {
	Deliver(ctx context.Context, w notify.Webhook, id string, body []byte) error
}

// Webhook sends signed requests, as Standard Webhooks describes them. Any 2xx says
// that a receiver has taken something; whether that is so nobody but it knows.
type Webhook struct{ Sender Poster }

// Bounds implements Carrier.
func (Webhook) Bounds() (records, size int) { return 500, 1 << 20 }

// Anchor implements Carrier.
func (w Webhook) Anchor(ctx context.Context, to For, a Anchor) error {
	data := []Member{{"checkpoint", quoted(string(a.Note))}, {"origin", quoted(a.Origin)}, {"size", strconv.AppendInt(nil, a.Size, 10)}}
	if a.Platform != nil {
		data = append(data, Member{"platformCheckpoint", quoted(string(a.Platform))})
	}
	return w.post(ctx, to, fmt.Sprintf("%s-checkpoint-%d", to.Sink.ID, a.Size), "log.checkpoint", data)
}

// Records implements Carrier. Of the same records the id is the same, however often
// they are sent.
func (w Webhook) Records(ctx context.Context, to For, b Batch) error {
	list := []byte{'['}
	for i, e := range b.Entries {
		if i > 0 {
			list = append(list, ',')
		}
		list = e.appendJSON(list, b.Origin)
	}
	data := []Member{
		{"from", strconv.AppendInt(nil, b.From(), 10)}, {"origin", quoted(b.Origin)}, {"records", append(list, ']')}, {"to", strconv.AppendInt(nil, b.To(), 10)},
	}
	return w.post(ctx, to, fmt.Sprintf("%s-records-%d-%d", to.Sink.ID, b.From(), b.To()), "log.records", data)
}

func (w Webhook) post(ctx context.Context, to For, id, kind string, data []Member) error {
	organization := object([]Member{{"name", quoted(to.Organization.Name)}, {"slug", quoted(to.Organization.Slug.String())}})
	body := object([]Member{
		{"type", quoted(kind)}, {"timestamp", quoted(to.Now.UTC().Format(time.RFC3339))}, {"data", object(append(data, Member{"organization", organization}))},
	})
	err := w.Sender.Deliver(ctx, notify.Webhook{URL: to.Sink.URL, Shape: notify.Plain, Secret: to.Secret}, id, body)
	if notify.TooLarge(err) {
		return refused(fault.Wrap(fault.Upstream, fault.Public(err), err))
	}
	return err
}
