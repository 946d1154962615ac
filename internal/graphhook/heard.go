package graphhook

// Chores that are done sooner for what Graph tells.
const (
	Chore  = "subscribe" // a Keeper's
	follow = "follow"    // asks Graph what has changed
)

// heard is what all that was told together comes to.
type heard struct {
	proved    bool // somebody knows the secret of the subscription
	changed   bool
	missed    bool
	subscribe bool
	renew     bool
}

// heard looks at notifications. Those without the secret of the subscription count for
// nothing. With lifecycle events, Graph says that the app has to show that it still may
// have the subscription, that it is gone, or that something could not be told (Microsoft
// Graph, "Reduce missing subscriptions and change notifications"); after one that is
// not known here, all of that is looked at.
func (h Hook) heard(told []notification) (all heard) {
	for _, n := range told {
		if !h.knows(n.State) {
			continue
		}
		all.proved = true
		switch n.Lifecycle {
		case "":
			all.changed = true
		case "missed":
			all.changed, all.missed = true, true
		case "reauthorizationRequired":
			all.subscribe, all.renew = true, true
		default: // subscriptionRemoved, and what is new
			all.changed, all.subscribe = true, true
		}
	}
	return all
}

func (a heard) chores() (names []string) {
	if a.subscribe {
		names = append(names, Chore)
	}
	if a.changed {
		names = append(names, follow)
	}
	return names
}
