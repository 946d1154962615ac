// Package upstream is the client of MCP servers behind us: it satisfies
// tools.Server over Streamable HTTP, in both eras of the protocol.
//
// It owns what lies between an authorized call and the other side: which era a
// server speaks, sessions of the legacy era, the credential that we show it, the
// envelope around a call, and the health of each server. What a caller sent
// inside its call, and what the server says in its result, goes on byte for byte.
// Ids, progress tokens and subscription ids are ours on this side.
//
// It never decides who may call what, never sends a client's own token to a
// server, and dials through package egress only. What a server says is hostile
// until proven otherwise: everything that is read is bounded in size, number,
// depth and time.
//
// Views of organizations get their servers from one Hub; mcphost calls them,
// sources reads what they offer.
package upstream
