// Package conformance_test runs the official conformance suite of the Model
// Context Protocol through Gatehouse, for both revisions it scores.
//
// What is tested:
//
//	suite ─► proxy ─► gatehouse-dev ─► dual mux ─► everything-server -stateless=true
//	         adds a    --conformance-   by the      everything-server -stateless=false
//	         token     upstream         era
//
// The suite cannot send a token, so a proxy adds it; Host and Origin go on as
// they came. Behind Gatehouse is the Go SDK's own conformance server, which has
// one mode for each era, behind a switch that joins them to one server of both.
//
// In its client mode the suite plays the servers:
//
//	this program, as the AI client and its person ─► wallet, oauth ─► authorization server of the suite
//	                                              ─► upstream ──────► server of the suite
package conformance_test
