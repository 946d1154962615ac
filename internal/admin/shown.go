package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/access"
	"gatehouse/internal/console"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tools"
)

// shown says of the name in a question whether the endpoint of the question shows
// it to anybody, and why not.
type shown struct {
	nowhere bool // whatever roles give
	remarks []string
}

// shown looks where the name stands: in the toolset, among what is served, or only
// among what sources offer or somebody has approved. A toolset that does not exist
// is Invalid.
func (d *decisions) shown(ctx context.Context, view *snapshot.Snapshot, now access.Configuration, q console.Question) (shown, error) {
	var out shown
	at := slices.Index(view.Catalog.Names(), q.Tool)
	if q.Toolset != "" {
		set, there := view.Toolset(q.Toolset)
		switch {
		case !there:
			return out, access.Refuse([]access.Problem{{Path: "toolset", Message: fmt.Sprintf("%.120q is no toolset of this organization; list the toolsets for those that there are", q.Toolset)}})
		case at >= 0 && !set.Holds.Has(at):
			out.nowhere = true
			out.remarks = append(out.remarks, fmt.Sprintf("No pattern of toolset %s matches %s: at its endpoint nobody sees it.", q.Toolset, q.Tool))
		}
	}
	if at >= 0 {
		return out, nil
	}
	why, err := d.absent(ctx, view, now, q.Tool)
	if why != "" {
		out.remarks = append(out.remarks, why)
	}
	return out, err
}

// absent says why nobody is served what a permission name stands for, where a
// source has it; empty: none has.
func (d *decisions) absent(ctx context.Context, view *snapshot.Snapshot, now access.Configuration, name string) (string, error) {
	for _, s := range now.Sources {
		if approved, found := approvalNamed(now, s, name); found {
			return unserved(view, s, approved), nil
		}
	}
	for _, s := range now.Sources {
		if !couldOffer(s, name) {
			continue
		}
		all, err := d.Store.Offers(ctx, view.Organization.ID, s.ID)
		if err != nil {
			return "", err
		}
		for _, o := range all {
			if o.Offered() && s.PermissionName(o.Offer.Kind, o.Offer.Name) == name {
				return unapproved(s, o), nil
			}
		}
	}
	return "", nil
}

// couldOffer reports whether a permission name may be one of the source's.
func couldOffer(s tools.Source, name string) bool {
	if strings.HasPrefix(name, "resource:") || s.Naming != tools.Prefixed {
		return true
	}
	return strings.HasPrefix(strings.TrimPrefix(name, "prompt:"), s.Name+"_")
}

func approvalNamed(now access.Configuration, s tools.Source, name string) (tools.Approval, bool) {
	at := slices.IndexFunc(now.Approvals, func(a tools.Approval) bool {
		return a.Source == s.ID && a.Kind != tools.KindInstructions && s.PermissionName(a.Kind, a.Name) == name
	})
	if at < 0 {
		return tools.Approval{}, false
	}
	return now.Approvals[at], true
}

// unserved says why nobody gets what is approved.
func unserved(view *snapshot.Snapshot, s tools.Source, a tools.Approval) string {
	if !s.Enabled {
		return fmt.Sprintf("It is approved, and source %s is switched off; enable the source and it is served.", s.Name)
	}
	for _, l := range view.LeftOut() {
		if l.Source == s.ID && l.Kind == a.Kind && l.Name == a.Name {
			return fmt.Sprintf("It is approved, and cannot be served: %s.", strings.TrimSuffix(l.Reason, "."))
		}
	}
	return fmt.Sprintf("It is approved, and source %s does not offer it; it is served as soon as the source offers what was approved.", s.Name)
}

// unapproved says why nobody gets what is offered.
func unapproved(s tools.Source, o access.Offered) string {
	if o.Unusable != "" {
		return fmt.Sprintf("Source %s offers it, and it cannot be served: %s.", s.Name, strings.TrimSuffix(o.Unusable, "."))
	}
	return fmt.Sprintf("It waits for review: source %s offers it, and nobody has approved it; read its definition, and approve it.", s.Name)
}
