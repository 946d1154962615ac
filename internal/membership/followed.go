package membership

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// followed is where to read on in the changes of a directory: links of Graph's own.
type followed struct {
	People string           `json:"people"`
	Groups []followedGroups `json:"groups"`
}

type followedGroups struct {
	Groups []tenants.GUID `json:"groups"`
	Since  string         `json:"since"`
}

// of returns where to read on about some groups: nowhere, unless it was those that
// were followed.
func (k followed) of(groups []tenants.GUID) string {
	for _, g := range k.Groups {
		if slices.Equal(g.Groups, groups) {
			return g.Since
		}
	}
	return ""
}

// load reads where to go on. What cannot be read is begun anew.
func (w *following) load(ctx context.Context) error {
	sealed, err := w.opts.Store.Followed(ctx, w.Organization.ID)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	plain, err := w.opts.Apps.Open(ctx, w.Organization.ID, sealed)
	if err == nil {
		err = json.Unmarshal(plain, &w.known)
	}
	if err != nil {
		w.known = followed{}
		w.opts.Logger.WarnContext(ctx, "where to read on in the changes of the directory cannot be read; it is begun anew",
			slog.String(telemetry.LogOrg, w.Organization.ID.String()), telemetry.Err(err))
	}
	return nil
}

// keep notes where to read on.
func (w *following) keep(ctx context.Context) error {
	plain, err := json.Marshal(w.next)
	if err != nil {
		return err
	}
	sealed, err := w.opts.Apps.Seal(ctx, w.Organization.ID, plain)
	if err != nil {
		return err
	}
	return w.opts.Store.SaveFollowed(ctx, w.by, sealed)
}
