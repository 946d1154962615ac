package tools

// Kind is the sort of thing that a source offers and a catalog holds.
type Kind string

// The kinds. All of them are given by the same roles.
const (
	KindTool     Kind = "tool"
	KindPrompt   Kind = "prompt"
	KindResource Kind = "resource"          // named by its URI
	KindTemplate Kind = "resource_template" // named by its URI template (RFC 6570)
)

// PermissionName is what the patterns of roles match: a tool by its name, a
// prompt as "prompt:" and its name, a resource or template as "resource:" and
// its URI or URI template. No tool's name has a colon, so none stands for two.
func PermissionName(kind Kind, name string) string {
	switch kind {
	case KindPrompt:
		return "prompt:" + name
	case KindResource, KindTemplate:
		return "resource:" + name
	case KindTool:
	}
	return name
}
