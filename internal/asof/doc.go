// Package asof answers who could do what in an organization at an instant of the
// past.
//
// It owns the two things that an answer rests on: a Configuration, which is all
// that the organization had decided about access, as it is kept with each change;
// and a Person, what was known of somebody's groups and when. A Report asks the
// predicate of package authz about both and about nothing else, and says unknown
// where what was known does not decide. It reads no database, asks nobody, and
// knows no clock: store keeps what it is given, and the console's edge shows it.
package asof
