package connections

import "time"

// Seen is software that has come to an organization in any way: somebody connected
// it or wanted to, it has registered, or it brought tokens that it got from Entra.
type Seen struct {
	Software      string // of a client of Entra: its app registration, the "azp" of its tokens
	Name          string // as it last called itself; of a client of Entra: empty
	Host          string // as in Client
	Entra         bool   // it brought tokens of Entra
	Asked         bool   // somebody wanted it when it was not listed, and nobody has decided since
	FirstAt       time.Time
	LastAt        time.Time
	Connections   int
	People        int      // who have connected it
	Registrations int      // that have not expired
	Latest        []string // ids of registrations, the last made first; MaxShownRegistrations at most
}

// MaxShownRegistrations is how many registrations of one software are named.
const MaxShownRegistrations = 20

// MaxEntraClients is how many clients that bring tokens of Entra an organization
// remembers. The one seen longest ago makes room.
const MaxEntraClients = 200

// SeenEvery is how often it is noted at most that a client of Entra was seen.
const SeenEvery = time.Hour
