// Package graph asks Microsoft Graph the few questions the platform has: who
// the signed-in person is, which groups they are in and which directory roles
// they hold, what their organization is, and how an app is registered and
// consented to in it. Write changes something, for an administrator who asked.
// A subscription has Graph tell when something has changed.
//
// It owns the requests, their bounds, and the meaning of Graph's errors. It
// never acquires a token (the caller brings a TokenSource), never waits or
// retries by itself but for single questions of a batch, and never sends a token
// to a host other than the one it was made for. What is asked in the background
// leaves half of Graph's resource units to people who wait. The membership package asks it for decisions, tools/builtin for
// people, onboarding as the administrator who is signed in.
package graph
