package emulator

import (
	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// Azure Monitor takes logs of apps that hold a token for it: they ask for its URI and
// /.default (Microsoft, "Logs Ingestion API in Azure Monitor"). What is documented is
// the URI; the client id is of the emulator's making.
const (
	monitorID  = "a2c1b6a0-8f0e-4b53-9d6e-6d6f6e69746f"
	monitorURI = "https://monitor.azure.com"
)

// monitorApp is Azure Monitor as the resource of a token. Who may write where is
// decided there, by roles of Azure, which tokens do not name.
func monitorApp(tid string) *directory.App {
	return directory.NewApp(tid, seed.App{
		ID: monitorID, Name: "Azure Monitor", FirstParty: true, RequestedTokenVersion: 1, IdentifierURIs: []string{monitorURI},
	})
}
