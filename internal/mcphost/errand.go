package mcphost

import (
	"gatehouse/internal/tools"
)

// errand is one request on its way to a server behind us.
type errand struct {
	req    *request
	source tools.Source
	server tools.Server
	to     tools.Target
	call   tools.Call
	parked []byte // the client retries what was parked: what finds it again
}
