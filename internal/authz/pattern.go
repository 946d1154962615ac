package authz

import (
	"strings"

	"gatehouse/internal/fault"
)

// The prefixes of what a pattern can name besides tools. No tool's name has a
// colon.
const (
	promptPrefix   = "prompt:"
	resourcePrefix = "resource:"
)

// The longest that a pattern may be: of tools, or of prompts behind their prefix,
// as long as the longest name; of resources as long as one can still read. They
// bound the work that a match can cause.
const (
	MaxPattern         = 128
	MaxResourcePattern = 512 // with its prefix
)

// CheckPattern says what is wrong with a pattern of permission names. A pattern
// is made of the characters of tool names and "*", which stands for any run of
// characters. After "prompt:" it names prompts; after "resource:" it names
// resources and templates by their URI, and may hold the characters of URIs (RFC
// 3986) and of templates too.
func CheckPattern(p string) error {
	if uri, ok := strings.CutPrefix(p, resourcePrefix); ok {
		return checkResourcePattern(p, uri)
	}
	name := strings.TrimPrefix(p, promptPrefix)
	if name == "" || len(name) > MaxPattern {
		return fault.Newf(fault.Invalid, "pattern %.40q must have 1 to %d characters", p, MaxPattern)
	}
	for i := range len(name) {
		if !isNamed(name[i]) {
			return fault.Newf(fault.Invalid, "pattern %.40q may hold letters, digits, \"_\", \"-\", \".\" and \"*\" only, "+
				"after \"prompt:\" where it is about prompts; patterns about resources begin with \"resource:\"", p)
		}
	}
	return nil
}

func checkResourcePattern(p, uri string) error {
	if uri == "" || len(p) > MaxResourcePattern {
		return fault.Newf(fault.Invalid, "pattern %.40q must have 1 to %d characters after \"resource:\"", p, MaxResourcePattern-len(resourcePrefix))
	}
	for i := range len(uri) {
		if c := uri[i]; !isNamed(c) && strings.IndexByte("~%:/?#[]@!$&'()+,;={}", c) < 0 {
			return fault.Newf(fault.Invalid, "pattern %.40q: after \"resource:\" may stand the characters of URIs and URI templates and \"*\"; percent-encode others", p)
		}
	}
	return nil
}

// isNamed reports whether a character may stand in a pattern of names.
func isNamed(c byte) bool {
	return c == '*' || c == '_' || c == '-' || c == '.' || 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// Matches reports whether a permission name matches a pattern, in time linear in
// both. A pattern without a prefix is about tools, except for "*", which matches
// everything.
func Matches(pattern, name string) bool {
	if strings.IndexByte(name, ':') >= 0 && strings.IndexByte(pattern, ':') < 0 {
		return pattern != "" && strings.Trim(pattern, "*") == ""
	}
	return glob(pattern, name)
}

// glob reports whether a text is what a pattern says, in which "*" stands for any
// run of characters.
func glob(pattern, name string) bool {
	begin, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, begin)
	for ok {
		var part string
		if part, rest, star = strings.Cut(rest, "*"); !star {
			return strings.HasSuffix(name, part)
		}
		_, name, ok = strings.Cut(name, part)
	}
	return false
}
