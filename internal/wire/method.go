package wire

// The methods of requests that clients send, of both eras.
const (
	MethodInitialize             = "initialize" // legacy
	MethodPing                   = "ping"       // legacy
	MethodDiscover               = "server/discover"
	MethodToolsList              = "tools/list"
	MethodToolsCall              = "tools/call"
	MethodResourcesList          = "resources/list"
	MethodResourcesTemplatesList = "resources/templates/list"
	MethodResourcesRead          = "resources/read"
	MethodResourcesSubscribe     = "resources/subscribe"   // legacy
	MethodResourcesUnsubscribe   = "resources/unsubscribe" // legacy
	MethodPromptsList            = "prompts/list"
	MethodPromptsGet             = "prompts/get"
	MethodComplete               = "completion/complete"
	MethodSetLevel               = "logging/setLevel"     // legacy
	MethodSubscriptionsListen    = "subscriptions/listen" // modern
)

// The methods of the Tasks extension (io.modelcontextprotocol/tasks).
const (
	MethodTasksGet    = "tasks/get"
	MethodTasksUpdate = "tasks/update"
	MethodTasksCancel = "tasks/cancel"
)

// MethodInitialized is a notification that clients send.
const MethodInitialized = "notifications/initialized" // legacy

// The notifications that both sides send.
const (
	MethodCancelled = "notifications/cancelled"
	MethodProgress  = "notifications/progress"
)

// The notifications that servers send.
const (
	MethodLogMessage           = "notifications/message"
	MethodToolsListChanged     = "notifications/tools/list_changed"
	MethodPromptsListChanged   = "notifications/prompts/list_changed"
	MethodResourcesListChanged = "notifications/resources/list_changed"
	MethodResourcesUpdated     = "notifications/resources/updated"
	MethodAcknowledged         = "notifications/subscriptions/acknowledged" // modern
	MethodElicitationComplete  = "notifications/elicitation/complete"       // legacy
	MethodTaskChanged          = "notifications/tasks"                      // Tasks extension
	MethodTaskStatus           = "notifications/tasks/status"               // legacy
)

// The methods of requests that servers send: in the legacy era as messages, in
// the modern one inside inputRequests.
const (
	MethodElicit        = "elicitation/create"
	MethodCreateMessage = "sampling/createMessage"
	MethodRootsList     = "roots/list"
)

// intern returns b as a string, without allocating if it is one of those that
// nearly every message carries one or two of.
func intern(b []byte) string {
	switch string(b) {
	case MethodToolsCall:
		return MethodToolsCall
	case MethodToolsList:
		return MethodToolsList
	case MethodDiscover:
		return MethodDiscover
	case MethodInitialize:
		return MethodInitialize
	case MethodInitialized:
		return MethodInitialized
	case MethodCancelled:
		return MethodCancelled
	case MethodProgress:
		return MethodProgress
	case MethodPing:
		return MethodPing
	case MethodResourcesList:
		return MethodResourcesList
	case MethodResourcesTemplatesList:
		return MethodResourcesTemplatesList
	case MethodResourcesRead:
		return MethodResourcesRead
	case MethodPromptsList:
		return MethodPromptsList
	case MethodPromptsGet:
		return MethodPromptsGet
	case MethodComplete:
		return MethodComplete
	case MethodSubscriptionsListen:
		return MethodSubscriptionsListen
	case MethodTasksGet:
		return MethodTasksGet
	case Revision20260728:
		return Revision20260728
	case Revision20251125:
		return Revision20251125
	case Revision20250618:
		return Revision20250618
	case Revision20250326:
		return Revision20250326
	}
	return string(b)
}
