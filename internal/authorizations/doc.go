// Package authorizations is what people let Gatehouse do for them at sources that
// want each person to sign in themselves: data and rules, and the links that lead
// people there.
//
// An authorization belongs to an organization, to a person of it, and to the
// credential that the source had when they agreed. It is shown to that source for
// that person and to nobody else.
//
// It asks nobody anything: package wallet below it gets tokens, renews and revokes
// them.
package authorizations
