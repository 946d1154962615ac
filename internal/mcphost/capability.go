package mcphost

// What the host does for every client besides answering, by capability.
const (
	toolsCapability     = `{}`
	promptsCapability   = `{}`
	resourcesCapability = `{}`
)
