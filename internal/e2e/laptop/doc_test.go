// Package laptop_test runs gatehouse-dev as a newcomer does and holds it to the
// README: the ready line, dev.json, who sees which tools, the lines to type, and
// the clients people really use.
package laptop_test
