package tenants

// Cloud is the Microsoft cloud an Entra tenant lives in.
type Cloud string

// The clouds (Microsoft, "National clouds").
const (
	PublicCloud Cloud = "public"
	USGovCloud  Cloud = "usgov"
	ChinaCloud  Cloud = "china"
)

// places are what is different in each cloud wherever it is spoken of.
var places = map[Cloud]struct{ exchange, center string }{
	PublicCloud: {"api://AzureADTokenExchange", "https://entra.microsoft.com"},
	USGovCloud:  {"api://AzureADTokenExchangeUSGov", "https://entra.microsoft.us"},
	ChinaCloud:  {"api://AzureADTokenExchangeChina", "https://entra.microsoftonline.cn"},
}

// TokenExchangeAudience is "aud" of assertions that stand for an app by one of
// its federated credentials (Microsoft, "Workload identity federation"); empty
// for a cloud that does not exist.
func (c Cloud) TokenExchangeAudience() string { return places[c].exchange }

// AdminCenter is the Entra admin center (Microsoft, "Frequently asked questions
// about Microsoft Entra ID"), without a trailing slash; empty for a cloud that
// does not exist.
func (c Cloud) AdminCenter() string { return places[c].center }
