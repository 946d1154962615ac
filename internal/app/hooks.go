package app

import (
	"gatehouse/internal/graphhook"
	"gatehouse/internal/limit"
)

// newHooks builds what takes notifications of Graph.
func (a *API) newHooks(o Options) (err error) {
	a.hooks, err = graphhook.New(graphhook.Parts{Store: a.db, Limits: notifiers{a.limits.strangers}, Logger: a.logger, Now: o.Now})
	return err
}

// notifiers bounds how often an address may tell something, whichever organization it is
// about: whose it is has to be looked up first. Graph tells from few addresses, and
// tries again.
type notifiers struct{ asks *limit.Visitors }

// AdmitNotifier implements graphhook.Limits.
func (n notifiers) AdmitNotifier(address string) error {
	return n.asks.Admit("graph " + whereabouts(address))
}
