package sources

import "context"

// Printable is how text of sources is kept.
var Printable = printable

// NoteTurns is noteTurns.
func (r *Refresher) NoteTurns(ctx context.Context) { r.noteTurns(ctx) }

// MostTurns is mostTurns.
const MostTurns = mostTurns
