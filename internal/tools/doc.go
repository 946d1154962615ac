// Package tools holds what a tool is: its definition, its effect, the catalog
// it stands in, and the contract of whatever runs it.
//
// It checks arguments against a tool's schema and encodes definitions once. It
// never decides who may use a tool (authz does) and never talks to anything;
// the packages below it, one for each kind of source, run the tools.
package tools
