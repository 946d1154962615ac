// Package wire reads and writes the JSON-RPC messages of the Model Context
// Protocol, strictly.
//
// It owns what a message means before anybody decides about it: one body has
// one meaning, whichever JSON parser stands behind us (no duplicate member
// names at any depth, no names that differ from a known one by case only, no
// text that is not UTF-8), which revision and era a request belongs to, that
// its headers say what its body says, and the closed set of protocol errors. Of
// servers behind us it reads messages, which are as hostile as a client's, and
// streams of events.
//
// It never knows who calls, which tools exist or what a method does, performs
// no I/O except reading a body or stream it is handed, and keeps no state
// between messages. Package mcphost calls it for every request; package tools/upstream
// for messages to and from federated servers.
//
// Decoding is one pass over the bytes without reflection. Everything of type
// []byte in a Message is a range of the body it was decoded from.
package wire
