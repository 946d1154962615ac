// Package parcel is the evidence package for auditors without an account: one ZIP with
// an export of an organization's log, a report of access, and what is needed to check
// both. It is pure and works in one pass over a package of any length.
//
//	member.go   which files a package consists of, in which order, and how long they may be
//	zip.go      the one spelling of a ZIP that a package has
//	writer.go   Writer
//	reader.go   a package, member by member, refused where it is spelled otherwise
//	readme.go   README.txt
//	verify.go   Verify: every member in its turn
//	access.go   what the log says of the report of access
//	claims.go   what whoever made the package says of the log
//	report.go   Report: what was found, as data and as text
//
// Members are stored as they are, never compressed: nothing grows when it is read, and
// there is one way to spell a package. A verifier compares the ZIP around the members
// with what it would itself write, so that every program that unpacks it sees the same
// files.
package parcel
