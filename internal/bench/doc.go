// Command bench measures what a call costs, as ratios against a bare net/http
// server or a peer in the same run: the rows of docs/performance.md that need no
// other toolchain. `make bench` runs it.
//
// It is the load generator, and it starts what it measures: a floor (net/http
// and nothing else), the product, the MCP servers behind organizations, and what
// the product is measured against, each a process of its own, so that their CPU
// and memory can be told apart. PostgreSQL and the emulated Entra ID stand
// outside all of them. Two sides take turns in rounds; only ratios within one run
// mean anything. Nothing here is part of any production process, and it talks to
// loopback addresses only, except for the go command, which builds a peer from
// the Go proxy once.
//
//	bench [-rounds 3] [-duration 3s] [-rows P1,P3] [-profile DIR]
//	bench serve     the same product for a load generator from outside
//
// It exits with 1 when a ratio is beyond what may never be, or when a row could
// not be measured for another reason than that its peer is not there.
package main
