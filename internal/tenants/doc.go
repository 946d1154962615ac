// Package tenants holds what an organization is: its names, its connection to
// Microsoft Entra ID, and the rules these obey.
//
// It is data and validation. It never talks to a network or a database and
// knows nothing of tokens, tools or roles; every package above it names an
// organization by the types defined here.
package tenants
