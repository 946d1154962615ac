package tools

// Kind is the sort of thing that a source offers and a catalog holds.
type Kind string

// The kinds. All of them are given by the same roles.
const (
	KindTool     Kind = "tool"
	KindPrompt   Kind = "prompt"
	KindResource Kind = "resource"          // named by its URI
	KindTemplate Kind = "resource_template" // named by its URI template (RFC 6570)

	// KindInstructions is what a source says to models about itself. It stands in no
	// catalog: whoever may see something of the source is told it.
	KindInstructions Kind = "instructions"
)

// PermissionName is what the patterns of roles match: a tool by its name, a
// prompt as "prompt:" and its name, a resource or template as "resource:" and
// its URI or URI template. No tool's name has a colon, so none stands for two.
// Instructions have none: it is empty.
func PermissionName(kind Kind, name string) string {
	switch kind {
	case KindPrompt:
		return "prompt:" + name
	case KindResource, KindTemplate:
		return "resource:" + name
	case KindInstructions:
		return ""
	case KindTool:
	}
	return name
}
