// Package federation_test compares what an MCP server says directly with what
// it says through Gatehouse, byte for byte outside what is Gatehouse's own
// (owned_test.go is the whole list), and what a client says to Gatehouse with
// what arrives at the server.
//
// The server is written by hand, so that it can say what no library would let
// it; requests and results come from a generator with a fixed seed.
package federation_test
