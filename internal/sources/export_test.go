package sources

// Printable is how text of sources is kept.
var Printable = printable
