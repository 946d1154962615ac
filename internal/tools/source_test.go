package tools_test

import (
	"time"

	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

var notesID = tenants.NewGUID()

func source() tools.Source {
	return tools.Source{ID: notesID, Name: "notes", Naming: tools.Prefixed, Review: tools.Hold, Enabled: true}
}

func approved(o tools.Offer, effect tools.Effect) tools.Pinned {
	return tools.Pinned{
		Approval:   tools.Approval{Source: notesID, Kind: o.Kind, Name: o.Name, Hash: o.Hash, Effect: effect, At: time.Unix(1, 0)},
		Definition: o.Definition,
	}
}
