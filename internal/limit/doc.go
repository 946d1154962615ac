// Package limit keeps one organization, and one caller, client or tool within
// it, from taking what belongs to the others.
//
// Besides the deployment's limits it asks those that an organization has set for
// itself (Own), which can only lower.
//
// It owns rates (GCRA: a request is let in if it does not come earlier than the
// burst permits), the number of requests that may be under way, and the calls of
// a period. Every decision is made in the memory of this process and costs no
// exchange with anybody: a Sync tells the other replicas ten times a second,
// through Redis, what was let in here, and learns what was let in there. So all
// replicas together let in what one would, and besides that what comes to each
// of them within a tenth of a second. While Redis is gone each replica goes on by
// itself, but for limits that are to refuse then.
//
// Memory is bounded whatever callers do. Nothing here waits, and nothing sees
// what a call is about. mcphost asks for each request, and so does the console,
// whose visitors, sessions and addresses, are told apart by name (Visitors,
// Places).
package limit
