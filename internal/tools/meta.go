package tools

import "strings"

const metaPrefix = "io.modelcontextprotocol/"

// IsReservedMeta reports whether a member of _meta is not a server's to say to a
// client: what the server calls itself and a subscription of the client, because the
// client talks to us, and whatever could be taken for ours. Spellings that differ by
// case only count, as some parsers do not tell them apart.
func IsReservedMeta(name string) bool {
	owner, _, _ := strings.Cut(name, "/")
	return strings.EqualFold(owner, "gatehouse") || strings.EqualFold(name, metaPrefix+"serverInfo") || strings.EqualFold(name, metaPrefix+"subscriptionId")
}
