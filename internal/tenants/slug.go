package tenants

import (
	"database/sql/driver"
	"fmt"
	"slices"

	"gatehouse/internal/fault"
)

// Slug is an organization's name in URLs: one DNS label of lowercase letters,
// digits and inner hyphens (RFC 1123 §2.1), MinSlug to MaxSlug characters, not
// reserved.
type Slug struct{ s string }

// The bounds of a slug, in characters.
const (
	MinSlug = 2
	MaxSlug = 40
)

// reserved words would read as a part of the product in a URL or a host name.
var reserved = []string{
	"admin", "api", "app", "auth", "console", "docs", "entra", "federation", "gatehouse", "graph", "healthz", "login",
	"mcp", "oauth", "platform", "readyz", "static", "status", "support", "system", "token", "well-known", "www",
}

// ParseSlug reads a slug and says which rule a bad one breaks.
func ParseSlug(s string) (Slug, error) {
	if len(s) < MinSlug || len(s) > MaxSlug {
		return Slug{}, fault.Newf(fault.Invalid, "slug must have %d to %d characters", MinSlug, MaxSlug)
	}
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		inner := c == '-' && i > 0 && i < len(s)-1
		if !letter && !inner {
			return Slug{}, fault.New(fault.Invalid, "slug may hold lowercase letters, digits and inner hyphens only")
		}
	}
	if slices.Contains(reserved, s) {
		return Slug{}, fault.Newf(fault.Invalid, "slug %q is reserved; choose another", s)
	}
	return Slug{s}, nil
}

// MustSlug is ParseSlug for constants.
func MustSlug(s string) Slug {
	slug, err := ParseSlug(s)
	if err != nil {
		panic(err)
	}
	return slug
}

// IsZero reports whether the slug is empty.
func (s Slug) IsZero() bool { return s.s == "" }

// String returns the slug as it stands in URLs.
func (s Slug) String() string { return s.s }

// Value implements driver.Valuer.
func (s Slug) Value() (driver.Value, error) { return s.s, nil }

// Scan implements sql.Scanner.
func (s *Slug) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("scan slug: %T", src)
	}
	s.s = text
	return nil
}
