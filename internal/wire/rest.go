package wire

// Member is one member of an object: its name unescaped, its value exactly as
// sent.
type Member struct {
	Name  string
	Value []byte
}
