// Package evidence is the file that an export of an organization's log is: its
// format, which docs/audit-format.md describes for strangers, its writer and its
// verifier. It is pure and works in one pass over a file of any length.
//
//	line.go      one line: canonical JSON, read strictly and written
//	header.go    Header, the first line: which log, which records, which filter
//	record.go    a line for each record of the range
//	manifest.go  Manifest, the last line: what whoever made the file signs about it
//	note.go      signed notes, and keys that name their successors
//	plan.go      Plan: which subtrees stand for what lies beside the range
//	tally.go     what is counted while the filter runs
//	writer.go    Writer
//	lines.go     the lines of a file, and their digest
//	verify.go    Verify: the header and the records
//	tail.go      what lies right of the range, the manifest, the end
//	check.go     the checks by name, and the first that fails
//	question.go  what the reader says that they asked for
//	history.go   the tree, and the checkpoint that the reader holds
//	shown.go     text of a file, made safe to print
//	report.go    Report: what was found, as data and as text
//
// Whoever writes does not judge: a Writer writes down a record that was tampered with
// as it finds it, so that the file shows it. Whoever verifies believes nothing but the
// keys, the origin and the checkpoint they brought along.
package evidence
