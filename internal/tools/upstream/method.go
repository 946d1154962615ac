package upstream

import (
	"strings"

	"gatehouse/internal/wire"
)

// isTask reports whether a method is about a task that a call has become.
func isTask(method string) bool { return strings.HasPrefix(method, "tasks/") }

func isListChanged(method string) bool {
	switch method {
	case wire.MethodToolsListChanged, wire.MethodPromptsListChanged, wire.MethodResourcesListChanged:
		return true
	}
	return false
}
