// Package search reads organizations' logs for those who may: it finds records,
// counts them, proves one, and exports many.
//
//	reader.go   Reader: what a log is read with; Store, which a store satisfies
//	walk.go     rows in pages, in both directions, so that no transaction waits for a reader
//	search.go   Search: the newest first
//	count.go    Count: how many in each stretch of time
//	find.go     Find and Receipt: one record, and its proof
//	export.go   Prepare and Open: an export, fixed to one checkpoint
//	content.go  Content: it is read, in parts if need be
//	piece.go    Piece: or it is made piece by piece, by somebody who may die in between
//	evidence.go as evidence
//	table.go    as CSV
//	token.go    how an export comes back to its content
//	places.go   how many are read at a time
//	ocsf.go     as events of the Open Cybersecurity Schema Framework
//
// What is sealed is found, which is seconds behind what happened. The package decides
// nothing about who may read, and knows neither HTTP nor SQL.
package search
