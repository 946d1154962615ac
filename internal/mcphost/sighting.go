package mcphost

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/limit"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// sightingRate is one note an hour for each client, and mostUnseen of how many
// clients that is known: of one that was forgotten a note is made again, which the
// store may find too early.
var sightingRate = limit.Rate{PerSecond: 1.0 / 3600, Burst: 1}

const (
	mostUnseen       = 4096
	sightingPatience = 2 * time.Second
)

// sight notes that a client of Entra has shown a token that was verified just now;
// a token that is remembered does not come here. Clients of ours are known by their
// connections. What cannot be noted keeps nobody out.
func (h *Host) sight(ctx context.Context, by authz.Caller) {
	id := by.Identity()
	client, err := tenants.ParseGUID(id.Client)
	if err != nil || !id.Connection.IsZero() || h.unseen.Admit(id.Org.String()+id.Client) != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sightingPatience)
	defer cancel()
	if err := h.sightings.SawEntraClient(ctx, by, client); err != nil {
		h.logger.LogAttrs(ctx, slog.LevelWarn, "a client of Entra could not be noted", slog.String(telemetry.LogOrg, id.Org.String()), telemetry.Err(err))
	}
}
