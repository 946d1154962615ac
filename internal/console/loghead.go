package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/tenants"
)

// LogStore says how far an organization's log reaches.
type LogStore interface {
	LogHead(ctx context.Context, org tenants.ID) (seal.Head, error)
	LogKeys(ctx context.Context, org tenants.ID) ([]seal.LogKey, error)
}

// LogHead is how far an organization's log reaches, and what verifies it.
type LogHead struct {
	Origin       string     `json:"origin,omitempty" doc:"Names the log in its checkpoints. It never changes. Left out: nothing has been sealed yet."`
	Size         int64      `json:"size" doc:"How many records are sealed, those removed since included."`
	First        int64      `json:"first" doc:"Number of the first record that is still there."`
	SealedAt     *time.Time `json:"sealedAt,omitempty" doc:"When the last record was sealed."`
	Waiting      int64      `json:"waiting" doc:"Records that are not sealed yet; 100000: that many or more."`
	WaitingSince *time.Time `json:"waitingSince,omitempty" doc:"When the first of them was made."`
	LagSeconds   float64    `json:"lagSeconds" doc:"How long ago that was; 0: nothing waits."`
	Checkpoint   string     `json:"checkpoint,omitempty" doc:"Of the whole log, signed: a note as transparency logs have it. Keep one outside, and nobody can rewrite what it covers unseen."`
	Keys         []LogKey   `json:"keys" doc:"That have signed checkpoints, the present one last."`
}

// LogKey is a key of a log's checkpoints.
type LogKey struct {
	Key         string `json:"key" doc:"What gatehouse audit verify takes as --key: a name, a hash, and the public key."`
	Fingerprint string `json:"fingerprint" doc:"SHA-256 of the public key, to compare over another way."`
	From        int64  `json:"from" doc:"Number of the first record sealed under it."`
	Named       bool   `json:"named" doc:"The key before has named it its successor; of the first key, false."`
}

type logHeadInput struct{ InOrganization }

type logHeadOutput struct{ Body LogHead }

func (c *Console) logHeadRoutes(api huma.API) {
	inside(c, api, tenants.Viewer, route{
		ID: "getLog", Method: http.MethodGet, Path: "/log", Tag: "log", Summary: "Read how far the log reaches",
		Description: "The log's name, its keys, its latest checkpoint, and how far sealing is behind. What the log says is for auditors; this tells nothing of it.",
	}, c.getLog)
}

func (c *Console) getLog(ctx context.Context, by Actor, _ *logHeadInput) (*logHeadOutput, error) {
	head, err := c.Store.LogHead(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	keys, err := c.Store.LogKeys(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	shown := LogHead{
		Origin: head.Origin, Size: head.Size, First: head.First, SealedAt: instant(head.SealedAt),
		Waiting: head.Waiting.Records, WaitingSince: instant(head.Waiting.Since), Checkpoint: string(head.Checkpoint), Keys: []LogKey{},
	}
	if since := head.Waiting.Since; !since.IsZero() {
		shown.LagSeconds = max(c.Now().Sub(since), 0).Seconds()
	}
	for _, k := range keys {
		key, err := proof.ParseKey(k.Key)
		if err != nil {
			return nil, fmt.Errorf("read key of log: %w", err)
		}
		digest := sha256.Sum256(key.Public())
		shown.Keys = append(shown.Keys, LogKey{Key: k.Key, Fingerprint: hex.EncodeToString(digest[:]), From: k.Seq, Named: k.Signature != nil})
	}
	return &logHeadOutput{shown}, nil
}
