package main

import (
	"fmt"
	"strconv"
	"strings"
)

// firstID is where requests begin to count; every identifier has ten digits.
const firstID = 1_000_000_000

// endpoint is where requests go.
type endpoint struct {
	addr string // host and port
	path string
}

// request is an HTTP request that is written in full for every use: only the
// bearer token and the JSON-RPC id differ from one to the next.
type request struct {
	head  string // up to the token
	inner string // from the token to the id
	tail  string
}

// protocolVersion is the revision that every request speaks.
const protocolVersion = "2026-07-28"

// newRequest prepares a call of a method. The name is the tool of a tools/call
// and empty otherwise; params is what params holds beside _meta, with a leading
// comma if there is any.
func newRequest(to endpoint, method, name, params string) request {
	before := `{"jsonrpc":"2.0","id":`
	after := `,"method":` + strconv.Quote(method) + `,"params":{"_meta":{` +
		`"io.modelcontextprotocol/protocolVersion":"` + protocolVersion + `",` +
		`"io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},` +
		`"io.modelcontextprotocol/clientCapabilities":{}}` + params + `}}`
	var h strings.Builder
	fmt.Fprintf(&h, "POST %s HTTP/1.1\r\nHost: %s\r\n", to.path, to.addr)
	h.WriteString("Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n")
	fmt.Fprintf(&h, "User-Agent: bench\r\nMCP-Protocol-Version: %s\r\nMcp-Method: %s\r\n", protocolVersion, method)
	if name != "" {
		fmt.Fprintf(&h, "Mcp-Name: %s\r\n", name)
	}
	length := len(before) + len(strconv.Itoa(firstID)) + len(after)
	fmt.Fprintf(&h, "Content-Length: %d\r\nAuthorization: Bearer ", length)
	return request{head: h.String(), inner: "\r\n\r\n" + before, tail: after}
}

// callTool prepares a call of the called tool, without arguments.
func callTool(to endpoint) request {
	return newRequest(to, "tools/call", calledTool, `,"name":`+strconv.Quote(calledTool)+`,"arguments":{}`)
}

// callBack prepares a call of a tool that a server behind an organization has.
func callBack(to endpoint, name string) request {
	return newRequest(to, "tools/call", name, `,"name":`+strconv.Quote(name)+`,"arguments":`+backArguments)
}

// listTools prepares a tools/list.
func listTools(to endpoint) request { return newRequest(to, "tools/list", "", "") }

// at returns the same request to another server.
func (r request) at(to endpoint) request {
	_, rest, _ := strings.Cut(r.head, "\r\nHost: ")
	_, rest, _ = strings.Cut(rest, "\r\n")
	r.head = fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\n%s", to.path, to.addr, rest)
	return r
}

// write appends the request with a token and an id of ten digits.
func (r request) write(dst []byte, token string, id int64) []byte {
	dst = append(dst, r.head...)
	dst = append(dst, token...)
	dst = append(dst, r.inner...)
	dst = strconv.AppendInt(dst, id, 10)
	return append(dst, r.tail...)
}
