package wire

// The methods that clients send.
const (
	MethodInitialize             = "initialize"
	MethodInitialized            = "notifications/initialized"
	MethodCancelled              = "notifications/cancelled"
	MethodPing                   = "ping"
	MethodDiscover               = "server/discover"
	MethodToolsList              = "tools/list"
	MethodToolsCall              = "tools/call"
	MethodResourcesList          = "resources/list"
	MethodResourcesTemplatesList = "resources/templates/list"
	MethodResourcesRead          = "resources/read"
	MethodPromptsList            = "prompts/list"
	MethodPromptsGet             = "prompts/get"
	MethodSubscriptionsListen    = "subscriptions/listen"
)

// wellKnown are strings that nearly every message carries one or two of.
var wellKnown = [...]string{
	MethodToolsCall, MethodToolsList, MethodDiscover, MethodInitialize, MethodInitialized, MethodCancelled, MethodPing,
	MethodResourcesList, MethodResourcesTemplatesList, MethodResourcesRead, MethodPromptsList, MethodPromptsGet,
	MethodSubscriptionsListen, Revision20260728, Revision20251125, Revision20250618, Revision20250326,
}

// intern returns b as a string, without allocating if it is well known.
func intern(b []byte) string {
	for _, s := range wellKnown {
		if string(b) == s {
			return s
		}
	}
	return string(b)
}
