package config

import "fmt"

// Environment says how strict a process is with itself.
type Environment uint8

// The environments. The zero value is the strict one.
const (
	Production Environment = iota
	Development
)

// String returns the name that GATEHOUSE_ENVIRONMENT takes.
func (e Environment) String() string {
	switch e {
	case Production:
		return "production"
	case Development:
		return "development"
	default:
		return fmt.Sprintf("environment(%d)", uint8(e))
	}
}

func parseEnvironment(s string) (Environment, error) {
	for _, e := range []Environment{Production, Development} {
		if s == e.String() {
			return e, nil
		}
	}
	return 0, fmt.Errorf("is %q; use production or development", s)
}
