// Package notify carries what an organization is told to its contacts: by e-mail
// through the operator's mail server, and as signed requests to URLs that an
// organization has chosen, one shape of which a channel in Microsoft Teams takes.
//
// It owns how a message looks in each of them, how it is signed, and what an
// answer means: taken, try again, never try again. It decides nothing about what
// is told, to whom and when, keeps nothing, and tries once. A Sender is handed
// messages by whoever delivers them.
package notify
