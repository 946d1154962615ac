// Package connect tells people and programs how to connect to an organization's
// endpoints: the page that a browser gets at an endpoint's URL, the registry that
// clients browse (MCP registry API v0.1), and settings that companies distribute
// to their machines.
//
// Everything here is public, so it says only what the metadata of an endpoint says
// too: the organization's name, its endpoints, and where people sign in. It never
// names a tool, a person or a client that an organization lists. What each client
// wants is in a file of its own, with the page of its vendor that says so.
// internal/app builds it.
package connect
