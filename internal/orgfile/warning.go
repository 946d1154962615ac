package orgfile

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/access"
)

// Warnings returns what about a state is permitted and probably not meant, and
// what breaks a rule that it was never held against, such as a tool that this
// deployment does not have any more. Places are spelled as in a difference: roles[Payroll].permissions[0].
func Warnings(s access.Whole, d access.Deployment) []access.Warning {
	found := access.Validate(s.Access.Sorted(), d)
	keys := map[string][]string{}
	for _, section := range Export(s).sections() {
		keys[string(section.at)] = section.keys
	}
	keys["approvals"] = approvalKeys(s.Access.Sorted())
	var out []access.Warning
	for _, p := range found.Problems {
		out = append(out, access.Warning{Path: keyed(p.Path, keys), Message: p.Message})
	}
	for _, w := range found.Warnings {
		out = append(out, access.Warning{Path: keyed(w.Path, keys), Message: w.Message})
	}
	slices.SortStableFunc(out, func(a, b access.Warning) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// keyed returns a path with the key of a section's entry for its position.
func keyed(path string, keys map[string][]string) string {
	section, rest, _ := strings.Cut(path, "[")
	if name, err := strconv.QuotedPrefix(rest); err == nil {
		key, _ := strconv.Unquote(name)
		return section + "[" + quoted(key) + rest[len(name):]
	}
	number, rest, _ := strings.Cut(rest, "]")
	i, err := strconv.Atoi(number)
	if err != nil || i >= len(keys[section]) {
		return path
	}
	return section + "[" + keys[section][i] + "]" + rest
}
