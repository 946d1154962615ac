// Package limit keeps one organization, and one caller within it, from taking
// what belongs to the others.
//
// It owns token buckets per organization and per caller and the number of calls
// an organization may have under way, in the memory of one process: a
// deployment of n replicas admits up to n times as much. Its memory is bounded
// whatever callers do. It never waits, never asks anything outside the process
// and never sees what a call is about. mcphost asks it once for each request, and
// so does the console, whose visitors, sessions and addresses, are told apart by
// name (Visitors, Places).
package limit
