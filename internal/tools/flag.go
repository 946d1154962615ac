package tools

// Flag is something in a definition that an admin should look at before they
// approve it.
type Flag struct {
	Path    string // JSON pointer
	Finding string // a sentence for an admin
	Excerpt string // of the text, in printable ASCII, at most 200 bytes
}

// Examine looks for what does not belong into a definition: instructions to the
// model, text that people cannot see, markup, names that look like others.
func Examine(o Offer) []Flag {
	return nil
}
