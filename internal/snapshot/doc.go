// Package snapshot keeps an immutable, versioned view of every organization in
// use in memory, so that no call reads the database.
//
// A view is a lease. One poll over changed versions, every 300 ms, finds what
// another replica wrote; a notification only makes it sooner. While the last
// good poll is older than the lease's life, nothing is served. The edges ask
// for a view by slug and hold it for one request.
package snapshot
