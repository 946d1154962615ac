// Package watch notices what will stop an organization's people, or has stopped
// them, before they ask: a credential that ends, consent that is withdrawn, an app
// registration that Entra refuses, memberships that cannot be refreshed, sources that
// fail, definitions that wait for an admin. It keeps an alert of each until its cause
// is gone, and sees to it that the organization's contacts are told once.
//
// It owns the kinds of alerts and their words, what is a cause, when something is
// told, and how long is tried to tell it. It knows neither SQL nor HTTP: what is the
// case it asks its Store and Entra, what is told it gives to a Sender.
//
// The worker calls it; the management API shows what it has noticed.
package watch
