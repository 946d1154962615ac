package mcphost

// What the host does for every client besides answering, by capability.
const (
	toolsCapability     = `{"listChanged":true}`
	promptsCapability   = `{"listChanged":true}`
	resourcesCapability = `{"listChanged":true,"subscribe":true}`
)
