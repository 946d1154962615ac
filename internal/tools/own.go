package tools

import (
	"bytes"
	"slices"

	"gatehouse/internal/wire"
)

// Own returns the call with copies of what points into its request, for whoever
// goes on after the request is answered. Its Peer is the request's all the same.
func (c Call) Own() Call {
	c.Arguments, c.Responses = bytes.Clone(c.Arguments), bytes.Clone(c.Responses)
	c.Others, c.Meta = ownMembers(c.Others), ownMembers(c.Meta)
	c.Client = c.Client.Own()
	return c
}

// Own returns the client with copies of what points into a request.
func (c Client) Own() Client {
	c.Capabilities.Extensions = ownMembers(c.Capabilities.Extensions)
	return c
}

func ownMembers(members []wire.Member) []wire.Member {
	own := slices.Clone(members)
	for i := range own {
		own[i].Value = bytes.Clone(own[i].Value)
	}
	return own
}
