// Package laptop_test runs gatehouse-dev as a newcomer does and holds it to the
// README: the ready line, dev.json, who sees which tools, the lines to type, the
// clients people really use and how they sign in, and who must not get in.
package laptop_test
