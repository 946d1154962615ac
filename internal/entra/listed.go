package entra

// Lists reports whether the organization lists a client by this id.
func (a *Acceptance) Lists(client string) bool {
	_, listed := a.clients[canonicalClient(client)]
	return listed
}
