// Package seal makes an organization's log of what its outbox holds, and reads it.
//
//	log.go     a log as it is stored: Row, Person, Head, Tile
//	tree.go    how a tree grows, tile by tile
//	packing.go what lies in a row before it is encrypted; value.go its values
//	batch.go   records on their way into a log
//	store.go   Store and Keys: what a Sealer asks
//	sealer.go  Sealer: one transaction's worth
//	run.go     Sealer.Run: all organizations, again and again
//	key.go     how a log names its next key
//	opener.go  Opener: what a row says, and how a field of it is erased
//
// A store keeps what is here, and understands none of it.
package seal
