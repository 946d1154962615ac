//go:build !soak

package console_test

// themes that axe looks at every page in.
var themes = []string{"Light"}
