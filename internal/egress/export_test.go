package egress

// Guard is the check of every dialled address, for tests that must not dial.
func Guard(loopback Loopback, network, address string) error {
	return guard(loopback)(network, address, nil)
}

// UsesProxy reports whether a client would ask for a proxy.
func UsesProxy(o Options) bool { return newTransport(o, nil).Proxy != nil }
