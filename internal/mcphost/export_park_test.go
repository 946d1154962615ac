package mcphost

import "gatehouse/internal/authz"

// Park takes the place of an exchange that waits for a caller.
func (h *Host) Park(by authz.Caller) (leave func(), err error) { return h.parking.enter(by) }
