package authserver

import (
	"context"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tools"
)

// belonging is what a sign-in gave to find out which groups somebody is in.
type belonging struct {
	groups membership.GroupClaim
	token  entra.AccessToken // of Microsoft Graph
}

// membersOf reads a sign-in. An ID token without groups says nothing: an app
// registration need not have them in it.
func membersOf(p entra.Person, got entra.Tokens) belonging {
	b := belonging{membership.GroupClaim{Kind: membership.Overage}, got.Access}
	if p.Groups.State == entra.GroupsPresent {
		b.groups = membership.GroupClaim{Kind: membership.Present, Groups: p.Groups.IDs}
	}
	return b
}

// previewLife is how long the identity of a preview lives, which calls nothing.
const previewLife = 10 * time.Minute

// shownTools is how many tools a preview names.
const shownTools = 20

// preview is what somebody's client will be able to do.
type preview struct {
	Count   int
	Names   []string // the first of them
	More    int      // how many are not named
	Unknown string   // why nobody knows; empty: it is known
}

// preview asks what the roles of somebody allow right now, at one endpoint and with
// these scopes. It holds nobody up: what cannot be found out is said.
func (s *Server) preview(v visit, st step, b belonging) preview {
	id := s.identity(v, st.Asked, st.Who)
	known, _, err := s.Members.Resolve(v.r.Context(), membership.Question{
		Organization: &v.snap.Organization, Identity: id, Groups: b.groups, Credential: v.snap.Credential(), Mapped: v.snap.Policy.MappedGroups(),
		Token: func(context.Context) (string, error) { return b.token.Reveal(), nil },
	})
	if err != nil {
		return preview{Unknown: sentence(fault.Public(err))}
	}
	caller := v.snap.Policy.Admit(id, known, s.Now())
	return toolsOf(v.snap, st.Asked.Toolset, func(at int) bool { return caller.May(at).Listed() })
}

// toolsOf lists the tools of an endpoint that somebody may know of.
func toolsOf(snap *snapshot.Snapshot, toolset string, may func(position int) bool) preview {
	set, narrowed := snap.Toolset(toolset)
	var p preview
	for at := range snap.Catalog.Names() {
		entry := snap.Catalog.At(at)
		if entry.Kind != tools.KindTool || narrowed && !set.Holds.Has(at) || !may(at) {
			continue
		}
		if p.Count++; len(p.Names) < shownTools {
			p.Names = append(p.Names, entry.Shown)
		}
	}
	p.More = p.Count - len(p.Names)
	return p
}
