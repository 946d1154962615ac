// Package snapshot keeps an immutable, versioned view of every organization in
// use in memory, so that a call does not read the organization's configuration
// from the database. A Snapshot is called a view in what follows.
//
// A view is a lease. One poll over changed versions, every 300 ms, finds what
// another replica wrote; a notification only makes it sooner. While the last
// good poll is older than the lease's life, nothing is served. The edges ask
// for a view by slug and hold it for one request.
package snapshot
